import io

import numpy as np
import pytest
import scipy.sparse as sp
from PIL import Image

from tdsep import plots
from tdsep.nmf import JOINT_FIGURES, compare_held_out, complete_jointly
from tdsep.plots import joint
from tdsep.tables import JoinedTables

TARGET, SIDE = ("user", "good"), ("good", "$word_{x}$")


@pytest.fixture(params=[(8, 6, 5), (500, 70, 3)])
def tables(request):
    rng = np.random.default_rng(0)
    modes = ("user", "good", SIDE[1])
    names = {
        mode: tuple(f"{mode} {i} 絆 $" for i in range(n))
        for mode, n in zip(modes, request.param, strict=True)
    }
    target = rng.poisson(3.0, (request.param[0], request.param[1])).astype(np.float32)
    side = sp.csr_array(rng.poisson(1.0, request.param[1:]).astype(np.float64))
    return JoinedTables(
        names, {TARGET: target, SIDE: side}, {TARGET: rng.random(target.shape) < 0.4}
    )


def test_the_sheet_shows_every_panel(tables):
    options = {"weights": tables.known, "prior": 1.0, "max_iter": 3, "seed": 0}
    comparison = compare_held_out(tables.matrices, 3, 0.2, **options)
    completion = complete_jointly(tables.matrices, 3, **options)
    sheet = plots.joint_sheet(tables, completion, comparison, title="a $ 絆 \n name_{x}.csv")
    titles = [axes.get_title() for axes in sheet.axes]
    for words in ("good: known", "good: model", "of user", "Divergence", "Priors", "held-out"):
        assert any(words in title for title in titles), words
    image = Image.open(io.BytesIO(plots.to_png(sheet)))
    assert image.width >= 1200
    figures = dict(plots.joint_figures(tables, completion, comparison))
    assert tuple(figures) == JOINT_FIGURES
    assert tuple(dict(plots.joint_figures(tables, completion))) == JOINT_FIGURES[:-1]
    heights = [bar.get_height() for bar in figures["held-out"].axes[0].patches]
    assert heights == pytest.approx(list(comparison.errors.values()))
    curves = [line.get_ydata() for line in figures["divergence"].axes[0].lines]
    for curve, losses in zip(curves, completion.losses.values(), strict=True):
        np.testing.assert_allclose(curve, losses)


def test_large_tables_are_drawn_by_means(monkeypatch, rng):
    monkeypatch.setattr(joint, "_MOST_CELLS", 4)
    X, known = rng.random((10, 7)), rng.random((10, 7)) < 0.5
    known[:2, :1] = False
    tables = JoinedTables(
        {"a": tuple("0123456789"), "b": tuple("0123456")}, {("a", "b"): X}, {("a", "b"): known}
    )
    completion = complete_jointly({("a", "b"): X}, 2, prior=1.0, max_iter=3, seed=0)
    picture = joint._Picture.of(tables, completion, None, "")
    seen = joint._known_means(picture, ("a", "b"))
    rows, columns = (
        np.split(picture.order[mode], joint._edges(n)[1:]) for mode, n in (("a", 10), ("b", 7))
    )
    for i, row in enumerate(rows):
        np.testing.assert_allclose(
            picture.factor("a")[i],
            completion.factorization.factors["a"][row].mean(axis=0),
            rtol=1e-5,
        )
        for j, column in enumerate(columns):
            block, there = X[np.ix_(row, column)], known[np.ix_(row, column)]
            mean = block[there].mean() if there.any() else np.nan
            np.testing.assert_allclose(seen[i, j], mean, rtol=1e-6)
    thin = JoinedTables(
        tables.names, {("a", "b"): sp.csr_array(X * known)},
        {("a", "b"): sp.csr_array(known.astype(float))},
    )  # fmt: skip
    again = joint._known_means(joint._Picture.of(thin, completion, None, ""), ("a", "b"))
    np.testing.assert_allclose(again, seen)
