from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.paths import INT8
from wbc_edge import Classifier, synthetic
from wbc_edge import bundle as bundles
from wbc_edge import card as cards
from wbc_edge.card import Card, SecondLook
from wbc_edge.measure import dataset
from wbc_edge.measure.benchmark import bench
from wbc_edge.measure.evaluate import answer
from wbc_edge.measure.latency import Plan
from wbc_edge.measure.sections import sections


@pytest.fixture
def cells(tmp_path: Path) -> dataset.Dataset:
    """Two drawn cells of each of two classes, and a file that is no image."""
    for label in ("monocyte", "platelet"):
        (tmp_path / label).mkdir()
        for seed in range(2):
            pixels = synthetic.draw(label, seed=seed, size=48)
            Image.fromarray(pixels).save(tmp_path / label / f"{seed}.png")
    (tmp_path / "monocyte" / "notes.png").write_text("not an image")
    return dataset.read(tmp_path, synthetic.LABELS)


def test_answers_are_those_of_classify(cells: dataset.Dataset) -> None:
    classifier = Classifier(INT8)
    answers = answer(classifier, cells, classifier.labels)
    assert answers.truth == ("monocyte", "monocyte", "platelet", "platelet")
    assert answers.probabilities.shape == (4, 8)
    for path, row in zip(answers.paths, answers.probabilities, strict=True):
        said = classifier.classify(cells.folder / path)
        assert list(said.probabilities.values()) == row.tolist()
    assert [failure.path for failure in answers.failures] == ["monocyte/notes.png"]


def test_columns_follow_the_labels_asked_for(cells: dataset.Dataset) -> None:
    classifier = Classifier(INT8)
    straight = answer(classifier, cells, classifier.labels)
    turned = answer(classifier, cells, classifier.labels[::-1])
    np.testing.assert_array_equal(turned.probabilities, straight.probabilities[:, ::-1])


def test_cells_that_are_taken_for_none_are_known(cells: dataset.Dataset) -> None:
    classifier = Classifier(INT8)
    assert not answer(classifier, cells, classifier.labels).refused.any()
    classifier.outlier = 1e6
    assert answer(classifier, cells, classifier.labels).refused.tolist() == [True] * 4


def test_cells_that_are_looked_at_again_are_known(cells: dataset.Dataset) -> None:
    opened = bundles.open_bundle(INT8)
    assert answer(Classifier(opened), cells, opened.card.labels).looks.tolist() == [1] * 4
    card = replace(opened.card, second_look=SecondLook(turns=2, below=1.0))
    classifier = Classifier(replace(opened, card=card))
    assert answer(classifier, cells, opened.card.labels).looks.tolist() == [2] * 4
    assert "looked at again" in _accuracy_rows(card, cells)
    assert "looked at again" not in _accuracy_rows(opened.card, cells)


def _accuracy_rows(card: Card, cells: dataset.Dataset) -> list[str]:
    """Names of the figures that a report on the cells shows of the tiny model with this card."""
    copy = cells.folder.parent / "model.tflite"
    shutil.copy(INT8, copy)
    cards.write(copy, card)
    report = bench(
        [copy], data=cells.folder, plan=Plan(rounds=1, warmup=0), cold_rounds=0, folder_rounds=0
    )
    (section,) = (each for each in sections(report) if each.key == "accuracy")
    assert section.table is not None
    return [row[1] for row in section.table.rows]


def test_an_unreadable_image_is_reported_and_not_lost(cells: dataset.Dataset) -> None:
    seen: list[tuple[int, int]] = []
    answers = answer(
        Classifier(INT8),
        cells,
        synthetic.LABELS,
        workers=1,
        progress=lambda *step: seen.append(step),
    )
    (failure,) = answers.failures
    assert Path(failure.path).name == "notes.png"
    assert failure.code == "not_an_image"
    assert seen[-1] == (5, 5)
