"""A small network whose last layer learns the labels of cells that it has never seen."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.train import command
from train.evaluation.cells import Cells, take
from train.evaluation.subject import KerasSubject
from train.run import Run
from train.sources import parse
from train.study.probe.probed import ProbedSubject
from wbc_edge import synthetic
from wbc_edge.errors import UsageError

CLASSES = ("lymphocyte", "neutrophil")


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes of drawn cells, and a single one of a third."""
    folder = tmp_path_factory.mktemp("other") / "laboratory"
    synthetic.write_dataset(folder, 12, seed=9, size=80)
    for label in synthetic.LABELS:
        for path in sorted((folder / label).iterdir())[label == "platelet" :]:
            if label not in CLASSES:
                path.unlink()
    return folder


@pytest.fixture(scope="module")
def cells(elsewhere: Path) -> Cells:
    (found,) = take([parse(str(elsewhere))], part="all")
    return found


def test_features_are_what_the_last_layer_is_given(run: Run) -> None:
    subject = KerasSubject(run)
    views = run.part("drawn", "val")[0][:3]
    weights, bias = run.best().get_layer("logits").get_weights()
    logits = subject.features(views) @ weights + bias
    odds = np.log(subject.probabilities(views, run.config.labels))
    np.testing.assert_allclose(
        odds - odds.mean(1, keepdims=True), logits - logits.mean(1, keepdims=True), atol=1e-4
    )


def test_a_layer_that_has_learnt_there_tells_cells_apart_but_no_cell_teaches_its_own(
    run: Run, cells: Cells
) -> None:
    subject = KerasSubject(run)
    probed = ProbedSubject(subject, cells, (*CLASSES, "platelet"))
    assert probed.learnt == CLASSES
    said = probed.answers(cells.samples, (*CLASSES, "platelet")).probabilities
    np.testing.assert_allclose(said.sum(1), 1)
    assert (said[:, 2] == 0).all()
    truth = np.array(cells.truth)
    known = np.isin(truth, CLASSES)
    right = np.array(CLASSES)[said[known, :2].argmax(1)] == truth[known]
    assert right.mean() > 0.8
    # With labels that nothing in the pictures decides, it is right by chance: it has not seen them.
    rng = np.random.default_rng(0)
    dealt = rng.permutation(np.repeat(CLASSES, known.sum() // 2))
    kept = [one for one, there in zip(cells.samples, known, strict=True) if there]
    mixed = tuple(replace(one, label=str(label)) for one, label in zip(kept, dealt, strict=True))
    guess = ProbedSubject(subject, replace(cells, samples=mixed), CLASSES)
    said = guess.answers(mixed, CLASSES).probabilities
    assert (np.array(CLASSES)[said.argmax(1)] == dealt).mean() < 0.8


def test_a_source_of_one_class_teaches_nothing(run: Run, cells: Cells) -> None:
    with pytest.raises(UsageError, match="fewer than two classes have 5 cells or more"):
        ProbedSubject(KerasSubject(run), cells, ("neutrophil", "platelet"))


def test_the_command_writes_a_page_and_the_figures(
    run: Run, elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "probe.md"
    asked = f"{run.folder}={elsewhere}"
    assert command.run(monkeypatch, "study", "probe", asked, "--out", page) == 0
    (row,) = json.loads(page.with_suffix(".json").read_text())["rows"]
    assert row["probed"]["cells"] == row["as_it_is"]["cells"] == 25
    assert row["probed"]["averaged"] == list(CLASSES)
    text = page.read_text()
    assert "its last layer learnt there" in text
    assert "not in the mean for too few cells: platelet (1)" in text
