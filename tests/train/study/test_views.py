"""A small network, shown cells that it has never seen in other ways than it was trained with."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.train import command, tiny
from train.evaluation.cells import take
from train.evaluation.subject import KerasSubject
from train.fit import begin
from train.run import Run
from train.sources import parse
from train.study.asked import ask
from train.study.views.colours import density, reinhard
from train.study.views.view import View, ViewedSubject
from wbc_edge import synthetic
from wbc_edge.card import Framing
from wbc_edge.errors import UsageError


@pytest.fixture(scope="module")
def unseen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("other") / "laboratory"
    synthetic.write_dataset(folder, 6, seed=9, size=80)
    return folder


def test_what_is_shown_decides_the_answer(run: Run, unseen: Path) -> None:
    subject = KerasSubject(run)
    known = run.splits["drawn"].parts["val"]
    (cells,) = take([parse(str(unseen))], part="all")
    own, *others = (
        ViewedSubject(subject, view, known).answers(cells.samples, run.config.labels).probabilities
        for view in (
            View(scale=2.2),
            View(scale=1.5),
            View(scale=2.2, turns=8),
            View(scale=2.2, turns=2, look_scales=(1.0, 0.7)),
            View(scale=2.2, colours="reinhard"),
        )
    )
    np.testing.assert_array_equal(
        own, subject.answers(cells.samples, run.config.labels).probabilities
    )
    for other in others:
        np.testing.assert_allclose(other.sum(axis=1), 1, rtol=1e-5)
        assert np.abs(other - own).max() > 1e-4


def test_more_turns_may_be_kept_for_the_doubtful(run: Run, unseen: Path) -> None:
    subject = KerasSubject(run)
    known = run.splits["drawn"].parts["val"]
    (cells,) = take([parse(str(unseen))], part="all")
    once = subject.answers(cells.samples, run.config.labels).probabilities
    below = float(np.median(once.max(axis=1)))
    all_turned, some_turned = (
        ViewedSubject(subject, View(scale=2.2, turns=4, below=limit), known)
        .answers(cells.samples, run.config.labels)
        .probabilities
        for limit in (None, below)
    )
    doubtful = once.max(axis=1) < below
    assert doubtful.any()
    np.testing.assert_array_equal(some_turned[~doubtful], once[~doubtful])
    np.testing.assert_allclose(some_turned[doubtful], all_turned[doubtful], atol=1e-5)


def test_colours_are_brought_to_those_of_the_known() -> None:
    grey = np.random.default_rng(0).normal(0, 1, (4, 16, 16, 1))
    known = (150 + 25 * grey + (20, -10, 5)).clip(0, 255).astype(np.uint8)
    strange = (110 + 10 * grey + (-20, 10, 25)).clip(0, 255).astype(np.uint8)
    for change in (reinhard, density):
        brought = change(known)(strange)
        assert (brought.dtype, brought.shape) == (np.uint8, strange.shape)
        for channel in range(3):
            was, now, aim = (found[..., channel] for found in (strange, brought, known))
            assert abs(now.mean() - aim.mean()) < abs(was.mean() - aim.mean()) / 3
            assert abs(now.std() - aim.std()) < abs(was.std() - aim.std()) / 3


def test_the_command_writes_a_row_for_every_view(
    run: Run, unseen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "views.md"
    asked = f"{run.folder}={unseen}"
    options = ("--scale", "1.8", "--scale", "2.2", "--turns", "1", "--turns", "2")
    options += ("--below", "0.5", "--colours", "density")
    options += ("--look-scale", "1", "--look-scale", "0.8", "--look-scale", "1.3")
    assert command.run(monkeypatch, "study", "views", asked, *options, "--out", out) == 0
    rows = json.loads(out.with_suffix(".json").read_text())["rows"]
    assert [(row["scale"], row["turns"], row["below"], row["look_scales"]) for row in rows] == [
        (1.8, 1, None, [1]),
        (2.2, 1, None, [1]),
        (1.8, 2, 0.5, [1]),
        (2.2, 2, 0.5, [1]),
        (1.8, 2, 0.5, [1, 0.8]),
        (2.2, 2, 0.5, [1, 0.8]),
    ]
    for row in rows:
        assert row["colours"] == "density"
        assert row["unseen"]["cells"] == 48
        assert row["unseen"]["part"] == "all"
        assert row["known"]["source"] == "drawn"
        assert 0 < row["known"]["cells"] < 48
    page = out.read_text()
    assert "| 1.8 diameters, 2 turns where below 0.5, colours by density |" in page
    assert "| 1.8 diameters, 2 turns at scales 1, 0.8 where below 0.5, colours by density |" in page
    assert "Trained at 2.2 diameters; shown on 32 × 32 pixels. Unseen: 48 cells of" in page


def test_what_cannot_be_asked_is_refused(
    run: Run, drawn_cells: Path, unseen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="expected RUN=READER:FOLDER"):
        ask(str(run.folder))
    with pytest.raises(UsageError, match="not finished"):
        ask(f"{begin(tiny.config(drawn_cells), tmp_path / 'begun').folder}={unseen}")
    centred = replace(run.config.input, framing=Framing(method="centre", scale=1.0))
    other = begin(replace(run.config, input=centred), tmp_path / "centred")
    other.metrics_file.write_text("{}")
    with pytest.raises(UsageError, match="has no scale to change"):
        ask(f"{other.folder}={unseen}")
    asked = ("study", "views", f"{run.folder}={unseen}", "--out", tmp_path / "v.md")
    assert command.run(monkeypatch, *asked, "--turns", "3") == 2
    assert command.run(monkeypatch, *asked, "--below", "0.5") == 2
    assert command.run(monkeypatch, *asked, "--look-scale", "1") == 2
    assert command.run(monkeypatch, *asked, "--turns", "2", "--look-scale", "0.8") == 2
    assert command.run(monkeypatch, *asked, "--turns", "2", "--look-scale", "1") == 2
    assert not (tmp_path / "v.md").exists()
