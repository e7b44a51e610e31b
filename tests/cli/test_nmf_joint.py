import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import SAMPLES

SHOP = ("shop_customer_good.csv", "shop_good_word.csv", "shop_customer_town.csv")
QUICK = ("--plots", "none", "--prior", "1", "--iterations", "20", "-k", "4")
RESULTS = [
    *(f"shop_customer_good.factor-{mode}.csv" for mode in ("customer", "good", "town", "word")),
    "shop_customer_good.nmf-joint.json",
    "shop_customer_good.predictions.csv",
]


@pytest.fixture
def shop(tdsep):
    """The sample's tables, in the folder the command runs in."""
    for name in SHOP:
        shutil.copy(SAMPLES / name, name)
    return SHOP


def names() -> list[str]:
    return sorted(path.name for path in Path("separated").iterdir())


def lines(path) -> list[dict]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_writes_factors_predictions_the_sheet_and_the_manifest(tdsep, shop):
    run = tdsep("nmf-joint", *shop, "-k", 4, "--iterations", 30, "-v")
    assert run.status == 0, run.err
    assert run.out == ""
    assert "shop_customer_good.csv: 4 components of 3 tables; divergence of a held-out" in run.err
    assert "names: 36 customer, 28 good, 24 word, 6 town" in run.err
    assert names() == sorted([*RESULTS, "shop_customer_good.nmf-joint.png"])
    document = json.loads(Path("separated/shop_customer_good.nmf-joint.json").read_text())
    found = document["joint"]
    errors = found["held_out"]["mean_divergence"]
    assert errors["together"] < 0.7 * min(errors["alone"], errors["means"])
    assert found["prior"] == min(
        map(float, found["prior_errors"]), key=lambda prior: found["prior_errors"][f"{prior:g}"]
    )
    for losses in found["divergence"].values():
        assert np.all(np.diff(losses) <= 0)
    assert [entry["name"] for entry in document["input"]["tables"]] == list(shop)


def test_the_predictions_are_the_products_of_the_factors(tdsep, shop):
    assert tdsep("nmf-joint", *shop, *QUICK).status == 0
    factors = {
        mode: {
            line[mode]: np.array([float(line[f"component{k}"]) for k in range(1, 5)])
            for line in lines(f"separated/shop_customer_good.factor-{mode}.csv")
        }
        for mode in ("customer", "good", "town", "word")
    }
    assert {mode: len(factor) for mode, factor in factors.items()} == {
        "customer": 36, "good": 28, "town": 6, "word": 24
    }  # fmt: skip
    document = json.loads(Path("separated/shop_customer_good.nmf-joint.json").read_text())
    scale = document["joint"]["tables"][0]["scale"]
    known = {
        (line["customer/good"], good): cell
        for line in lines("shop_customer_good.csv")
        for good, cell in line.items()
        if good != "customer/good"
    }
    listed = lines("separated/shop_customer_good.predictions.csv")
    held = [line for line in listed if line["true"]]
    missing = {(line["customer"], line["good"]) for line in listed if not line["true"]}
    assert missing == {cell for cell, value in known.items() if not value}
    assert len(held) == document["joint"]["held_out"]["cells"] == 11
    for line in listed:
        cell = line["customer"], line["good"]
        if line["true"]:  # predicted by a fit that had not seen it
            assert float(line["true"]) == float(known[cell])
            continue
        product = scale * factors["customer"][cell[0]] @ factors["good"][cell[1]]
        assert float(line["predicted"]) == pytest.approx(product, rel=1e-4)


def test_nothing_held_out(tdsep, shop):
    run = tdsep("nmf-joint", *shop, "--hold-out", 0, "--plots", "separated/figures", *QUICK[2:])
    assert run.status == 0, run.err
    assert "4 components of 3 tables -> shop" in run.err
    assert not any(line["true"] for line in lines("separated/shop_customer_good.predictions.csv"))
    assert {path.name.split(".")[-2] for path in Path("separated/figures").iterdir()} == {
        "tables", "factors", "divergence", "prior"
    }  # fmt: skip
    again = tdsep("nmf-joint", *shop, "--hold-out", 0, "--plots", "separated/figures",
                  "--skip-existing", *QUICK[2:])  # fmt: skip
    assert (again.status, "skipped" in again.err) == (0, True)


def test_all_cells_known(tdsep, shop):
    """Nothing is missing: only what was held out is predicted."""
    run = tdsep("nmf-joint", shop[2], shop[0], *QUICK)
    assert run.status == 0, run.err
    listed = lines("separated/shop_customer_town.predictions.csv")
    assert len(listed) == round(0.1 * 36 * 6)
    assert all(line["true"] for line in listed)


@pytest.mark.parametrize("divergence", ["euclidean", "itakura-saito", "0.5"])
def test_other_divergences(tdsep, shop, divergence):
    run = tdsep("nmf-joint", *shop, "--divergence", divergence, *QUICK, "--json", "-q")
    assert run.status == 0, run.err
    assert str(json.loads(run.out)["options"]["divergence"]) == divergence
    values = [float(line["predicted"]) for line in
              lines("separated/shop_customer_good.predictions.csv")]  # fmt: skip
    assert np.isfinite(values).all() and min(values) >= 0


def test_the_same_seed_gives_the_same_bytes(tdsep, shop):
    for folder in ("one", "two"):
        assert tdsep("nmf-joint", *shop, "--seed", 3, "-o", folder, *QUICK).status == 0
    for name in RESULTS:
        assert Path("one", name).read_bytes() == Path("two", name).read_bytes()


def test_results_are_skipped_only_if_every_table_is_the_same(tdsep, shop):
    assert tdsep("nmf-joint", *shop, *QUICK).status == 0
    again = tdsep("nmf-joint", *shop, *QUICK)
    assert again.status == 1
    assert "exists already" in again.err
    skipped = tdsep("nmf-joint", *shop, "--skip-existing", *QUICK)
    assert (skipped.status, "skipped" in skipped.err) == (0, True)
    with Path(shop[2]).open("a") as file:
        file.write("Newcomer,1,1,1,1,1,1\n")
    changed = tdsep("nmf-joint", *shop, "--skip-existing", *QUICK)
    assert changed.status == 1
    assert "or other options" in changed.err
    replaced = tdsep("nmf-joint", *shop, "--overwrite", *QUICK)
    assert replaced.status == 0
    assert "tells nothing of 1 of 37 customer names" in replaced.err
    assert len(lines("separated/shop_customer_good.factor-customer.csv")) == 37


def test_no_table_is_replaced(tdsep, shop):
    shutil.copy(shop[1], "factor-good.csv")
    run = tdsep("nmf-joint", shop[0], "factor-good.csv", "-o", ".", "--name", "{part}",
                "--overwrite", *QUICK)  # fmt: skip
    assert run.status == 2
    assert "factor-good.csv: is an input and would be replaced" in run.err
    assert Path("factor-good.csv").read_text() == Path(shop[1]).read_text()


def test_names_of_any_script(tdsep):
    Path("表.csv").write_text("人/物,りんご,$x_1$,c\nÅsa,1,,3\nb,,2,\nd,4,,1\n", encoding="utf-8")
    Path("w.csv").write_text("物,wörd,n\nりんご,a,2\nc,b,3\n$x_1$,a,1\n", encoding="utf-8")
    run = tdsep("nmf-joint", "表.csv", "w.csv", "-k", 2, "--iterations", 5)
    assert run.status == 0, run.err
    assert "表.factor-人.csv" in names()
    assert lines("separated/表.factor-物.csv")[1]["物"] == "$x_1$"


def test_tables_of_something_else_are_a_warning(tdsep, rng):
    """Both are of the same people, and what they tell has nothing in common."""
    users = [f"u{i}" for i in range(40)]
    a = np.outer(rng.random(40) + 0.5, rng.random(30) + 0.5)
    b = rng.gamma(0.05, 20.0, (40, 30))
    for mode, X in (("good", a), ("star", b)):
        header = f"user/{mode}," + ",".join(f"{mode}{j}" for j in range(30))
        body = (f"{u}," + ",".join(f"{x:.4f}" for x in line)
                for u, line in zip(users, X, strict=True))  # fmt: skip
        Path(f"{mode}.csv").write_text("\n".join((header, *body)))
    run = tdsep("nmf-joint", "good.csv", "star.csv", "--plots", "none", "-k", 2, "--prior", 0.3)
    assert run.status == 0, run.err
    assert "warning: the held-out cells of good.csv are predicted better by it alone" in run.err


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (("-k", "0"), 2, "0 is not in the range"),
        (("--hold-out", "1"), 2, "1.0 is not in the range"),
        (("--hold-out", "nan"), 2, "share"),
        (("--prior", "-1"), 2, "'-1': give a number from 0 up, or auto"),
        (("--prior", "nan"), 2, "'nan': give a number"),
        (("--prior", "much"), 2, "'much': give a number"),
        (("--unlisted", "none"), 2, "'none': give zero or missing"),
        (("--unlisted", "zero,missing"), 2, "--unlisted tells of 2 tables"),
        (("--divergence", "cosine"), 2, "'cosine' is no divergence"),
        (("--iterations", "0"), 2, "0 is not in the range"),
        (("--overwrite", "--skip-existing"), 2, "exclude each other"),
    ],
)
def test_bad_wishes_get_one_line_and_leave_nothing(tdsep, shop, options, status, words):
    run = tdsep("nmf-joint", *shop, *options)
    assert run.status == status, run.err
    assert words in run.err
    assert len(run.err.splitlines()) == 1
    assert not Path("separated").exists()


@pytest.mark.parametrize(
    ("files", "status", "words"),
    [
        ({"a.csv": "user/good,x\nA,1\n"}, 2, "give two tables or more"),
        ({"a.csv": "user/good,x\nA,1\n", "b.csv": None}, 3, "b.csv: no such file"),
        ({"a.csv": "user/good,x\nA,1\n", "b.csv": "x,y\n1,2\n"}, 3, "b.csv: names no modes"),
        ({"a.csv": "user/good,x\nA,1\n", "b.csv": "good/word,w\nx,-1\n"}, 3, "b.csv: line 2: '-1'"),
        ({"a.csv": "user/good,x\nA,1\n", "b.csv": "good/w?,w\nx,1\n"}, 3, "'w?' cannot be in"),
        ({"a.csv": "user/good,x\nA,1\n", "b.csv": "town/word,w\nx,1\n"}, 3, "no table that hangs"),
        ({"a.csv": "user/good,x\nA,1\n", "b.csv": "good/word,w\nx,1\n"}, 2, "hold out none"),
    ],
)
def test_bad_tables_get_one_line_and_leave_nothing(tdsep, files, status, words):
    for name, text in files.items():
        if text is not None:
            Path(name).write_text(text)
    run = tdsep("nmf-joint", *files)
    assert run.status == status, run.err
    assert words in run.err
    assert len(run.err.splitlines()) == 1
    assert not Path("separated").exists()
