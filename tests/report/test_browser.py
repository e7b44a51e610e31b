"""The page in a browser: it opens, plays, and switches in place."""

import shutil
from pathlib import Path

import pytest

from tdsep.cli.main import cli
from tests.conftest import SAMPLES

pytestmark = pytest.mark.browser
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
#: Of a browser that plays: nothing is heard, and time passes all the same.
QUIET = ("--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--mute-audio")


@pytest.fixture(scope="module")
def page_file(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    options = ["--method", "lecture", "-n", "2", "--report", "-q", "-o", str(folder)]
    cli.main(["gmm-separate", str(SAMPLES / "two_talkers.wav"), *options], standalone_mode=False)
    return folder / "two_talkers.gmm.html"


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser, page_file):
    """The page, opened; in the end it must have said nothing and asked for nothing."""
    opened = browser.new_page(viewport={"width": 1200, "height": 900})
    said = []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda request: said.append(request.url[:80]))
    opened.goto(page_file.as_uri())
    yield opened
    assert [line for line in said if not line.startswith(("data:", page_file.as_uri()))] == []
    opened.close()


def wait_until(page, condition: str) -> None:
    """Wait; the page's policy forbids what playwright would wait by."""
    for _ in range(300):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(condition)


def at(page) -> float:
    return page.evaluate("document.tdsep.position()")


def heard(page) -> list[float]:
    """What is let through of each track, when a switch is over."""
    page.wait_for_timeout(150)
    return [
        round(gain, 2) for gain in page.evaluate("document.tdsep.gains.map((g) => g.gain.value)")
    ]


def test_it_plays_and_switches_in_place(page):
    page.click("#play")
    wait_until(page, "document.tdsep.position() > 0.3")
    assert heard(page) == [1, 0, 0]
    before = at(page)
    page.keyboard.press("2")
    assert heard(page) == [0, 1, 0]
    assert 0 < at(page) - before < 3
    page.keyboard.press("ArrowDown")
    assert heard(page) == [0, 0, 1]
    page.click(".choose >> nth=0")
    assert heard(page) == [1, 0, 0]
    lengths = page.evaluate("document.tdsep.buffers.map((buffer) => buffer.length)")
    assert len(lengths) == 3
    assert len(set(lengths)) == 1


def test_the_tracks_are_in_step(page):
    """The parts as the browser decodes them add up to the mixture as it does, sample by sample."""
    page.click("#play")
    wait_until(page, "document.tdsep.buffers !== null")
    left = page.evaluate(
        """() => {
            const [mixture, ...parts] = document.tdsep.buffers.map((b) => b.getChannelData(0));
            let error = 0, power = 0;
            for (let i = 0; i < mixture.length; i++) {
                error += (mixture[i] - parts[0][i] - parts[1][i]) ** 2;
                power += mixture[i] ** 2;
            }
            return error / power;
        }"""
    )
    assert left < 0.05


def test_seeking(page):
    page.click(".track .picture >> nth=1", position={"x": 1, "y": 20})
    assert at(page) < 0.1
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert at(page) == pytest.approx(4, abs=0.1)
    page.keyboard.press("ArrowLeft")
    assert at(page) == pytest.approx(2, abs=0.1)
    assert page.inner_text("#time").startswith("0:02")
    lefts = page.evaluate("[...document.querySelectorAll('.cursor')].map((c) => c.style.left)")
    assert {round(float(left.removesuffix("%"))) for left in lefts} == {20}
    page.focus("#play")
    page.keyboard.press("Home")
    assert at(page) == 0


def test_playing_ends_and_begins_again(page):
    page.evaluate("document.getElementById('seek').value = 9.8")
    page.dispatch_event("#seek", "input")
    page.keyboard.press(" ")
    wait_until(page, "document.tdsep.sources.length > 0")
    wait_until(page, "document.tdsep.since === null")
    assert at(page) == 0


def test_pointing_at_a_talker_lights_its_gaussian_and_its_mask(page):
    page.hover(".legend [data-part='1']")
    page.wait_for_timeout(300)
    seen = page.evaluate(
        """[...document.querySelectorAll('.whose img, .curve[data-part]')]
            .map((e) => [e.dataset.part, Number(getComputedStyle(e).opacity) > 0.5])"""
    )
    assert {tuple(one) for one in seen} == {("0", False), ("1", True)}
    page.mouse.move(0, 0)
    page.wait_for_timeout(300)
    assert page.evaluate("document.body.classList.contains('lit')") is False


@pytest.mark.parametrize("width", [320, 390, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_phones_and_the_dark(browser, page_file, width, scheme):
    opened = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    opened.goto(page_file.as_uri())
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    ground = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") is (scheme == "light")
    opened.close()


def test_by_keyboard_alone(page):
    """Tab reaches the players in order, each shows that it is reached, and Enter chooses."""
    reached = []
    for _ in range(6):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.id || document.activeElement.innerText")
        )
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none"
    assert reached == ["play", "seek", "1 mixture", "2 talker1", "file", "3 talker2"]
    page.keyboard.press("Enter")
    assert page.evaluate("document.tdsep.chosen") == 2
