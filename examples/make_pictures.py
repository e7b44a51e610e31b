"""Make all pictures of this folder, and docs/how-it-works.md, which shows those of the lecture.

After the script's name may stand those of pictures of the lecture (`02_gaussian`): these are made
alone, and the page. With `page` it is the page alone.
"""

import ast
import io
import re
import runpy
import shlex
import shutil
import sys
import tempfile
from contextlib import chdir
from pathlib import Path

from PIL import Image

from tdsep.cli.main import cli
from tdsep.plots import to_png

HERE = Path(__file__).parent
LECTURE = sorted((HERE / "lecture").glob("[0-9]*.py"))
#: Where the pictures are shown.
PAGE = HERE.parent / "docs" / "how-it-works.md"
INTRODUCTION = """\
# How it works: the lecture, figure by figure

Separation without a trained network rests on two methods, and both can be followed from first
principles. Each section is the prose of a script that draws the picture under it: run it, change
it. All is computed from the samples in `data/` or from what the script makes on the spot.

{contents}
This page and its pictures are made by `python examples/make_pictures.py`; tests run every script.
"""


def save(picture: bytes, path: Path, width: int) -> None:
    """Save a picture, small."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    size = width, round(width * image.height / image.width)
    small = image.resize(size, Image.Resampling.LANCZOS).quantize(256, kmeans=1)
    small.save(path, optimize=True)


def page() -> str:
    """Put the page together from what the scripts say of themselves.

    A text named after a script stands after it: what tdsep does beyond the lecture.
    """
    sections, contents = [], []
    for number, script in enumerate(LECTURE, start=1):
        prose = ast.get_docstring(ast.parse(script.read_text(encoding="utf-8")))
        assert prose is not None, script
        title, text = prose.split("\n", 1)
        title = title.rstrip(".")
        picture = f"![{title}](../examples/pictures/{script.stem}.png)"
        source = f"[{script.name}](../examples/lecture/{script.name})"
        sections.append(f"## {number}. {title}\n\n{text.strip()}\n\n{picture}\n\n{source}\n")
        contents.append(f"{number}. {link(title, f'{number}. {title}')}")
        beyond = script.with_suffix(".md")
        if beyond.exists():
            sections.append(beyond.read_text(encoding="utf-8"))
            heading = sections[-1].splitlines()[0].removeprefix("### ")
            contents.append(f"   - {link(heading, heading)}")
    introduction = INTRODUCTION.format(contents="\n".join(contents) + "\n")
    return "\n".join([introduction, *sections])


def link(text: str, heading: str) -> str:
    """Link to a heading of the page, as GitHub names it."""
    anchor = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
    return f"[{text}](#{anchor})"


def sheets() -> None:
    """Make the pictures that the project's own page shows, by the commands that it shows."""
    readme = (HERE.parent / "README.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"\(examples/([^/)]+\.png)\)", readme))
    for command in re.findall(r"^\$ tdsep ((?:gmm|nmf)-\S+ data/.*)$", readme, re.MULTILINE):
        if not shown:
            break
        with tempfile.TemporaryDirectory() as folder, chdir(HERE.parent):
            cli.main([*shlex.split(command), "-o", folder], standalone_mode=False)
            for sheet in Path(folder).glob("*.png"):
                if sheet.name in shown:  # and not by an earlier command
                    save(sheet.read_bytes(), HERE / sheet.name, 1200)
                    shown.remove(sheet.name)


def screenshot() -> None:
    """Picture the upper part of a page that `--report` writes; needs playwright and Chromium."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        sample = str(HERE.parent / "data" / "two_talkers.wav")
        options = ["--spacing", "0.04", "--report", "-o", folder]
        cli.main(["gmm-separate", sample, *options], standalone_mode=False)
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--mute-audio"]
        )
        page = browser.new_page(viewport={"width": 1200, "height": 1300})
        page.goto((Path(folder) / "two_talkers.gmm.html").as_uri())
        page.keyboard.press("2")
        page.click(".picture >> nth=1", position={"x": 400, "y": 50})
        page.mouse.move(0, 0)
        save(page.screenshot(), HERE / "report.png", 1000)


if __name__ == "__main__":
    wanted = sys.argv[1:]
    if not wanted:
        sheets()
        screenshot()
    for script in LECTURE:
        if not wanted or script.stem in wanted:
            found = runpy.run_path(str(script))
            save(to_png(found["figure"]), HERE / "pictures" / f"{script.stem}.png", 900)
    PAGE.write_text(page(), encoding="utf-8")
