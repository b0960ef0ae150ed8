from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from train.evaluation.subject import FileSubject, open_subject
from train.run import Run
from wbc_edge import bundle, runtimes
from wbc_edge import card as cards
from wbc_edge.card import SecondLook
from wbc_edge.choice import presets_of
from wbc_edge.classifier import Classifier
from wbc_edge.errors import ModelError, UsageError
from wbc_edge.runtimes import tuned


def test_a_file_answers_as_the_command_line_does(run: Run, tflite: str, onnx: str) -> None:
    samples = run.splits["drawn"].parts["test"]
    answers = []
    for path in (tflite, onnx):
        subject = open_subject(path)
        found = subject.answers(samples, subject.identity.labels).probabilities
        device = Classifier(path)
        expected = [list(device.classify(s.path).probabilities.values()) for s in samples]
        np.testing.assert_allclose(found, expected, atol=1e-6)
        assert subject.identity.path == path
        assert subject.identity.form == path.rsplit(".", 1)[1]
        assert subject.identity.labels == device.labels
        answers.append(found)
    np.testing.assert_allclose(*answers, atol=0.1)


def test_a_run_answers_with_its_best_network(run: Run) -> None:
    subject = open_subject(str(run.folder))
    samples = run.splits["drawn"].parts["test"]
    found = subject.answers(samples, subject.identity.labels).probabilities
    assert found.shape == (8, 8)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    logits = run.best().predict_on_batch(np.asarray(run.part("drawn", "test")[0]))
    np.testing.assert_array_equal(found.argmax(1), logits.argmax(1))
    assert subject.identity.form == "keras"
    assert subject.knowledge.cells == {
        "drawn": frozenset(
            s.key for part in ("train", "val") for s in run.splits["drawn"].parts[part]
        )
    }
    assert [row["epoch"] for row in subject.history] == [1, 2]


def test_a_shipped_model_is_known_by_its_name() -> None:
    subject = open_subject("edge")
    assert subject.identity.path == "edge"
    assert "pbc" in subject.knowledge.sources
    assert len(subject.knowledge.split_sha256 or "") == 64


def test_a_file_is_not_judged_by_what_the_machine_is_tuned_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(tuned.VARIABLE, str(tmp_path / "tuning.json"))
    first = runtimes.first_usable(bundle.shipped()[0].path)
    tuned.store("tflite", tuned.Choice(runtime=first, threads=3))
    session = FileSubject("edge")._classifier.session
    assert (session.runtime, session.threads) == (first, 1)


def test_a_card_says_what_is_taken_for_no_cell(run: Run, tflite: str, tmp_path: Path) -> None:
    samples = run.splits["drawn"].parts["test"]
    labels = cards.read(tflite).labels
    assert not open_subject(tflite).answers(samples, labels).refused.any()
    strict = Path(shutil.copy(tflite, tmp_path))
    cards.write(
        strict, replace(cards.read(strict), outlier=1e6, presets={"two": ("ig", "monocyte")})
    )
    subject = open_subject(str(strict))
    assert subject.answers(samples, labels).refused.all()
    assert subject.identity.presets == {"two": ("ig", "monocyte")}


def test_chosen_classes_are_chosen_before_a_second_look_as_on_the_device(
    run: Run, tflite: str, tmp_path: Path
) -> None:
    samples = run.splits["drawn"].parts["test"]
    twice = Path(shutil.copy(tflite, tmp_path))
    card = cards.read(twice)
    once = [Classifier(twice).classify(s.path).confidence for s in samples]
    below = float(np.median(once))
    cards.write(twice, replace(card, second_look=SecondLook(turns=4, below=below)))
    chosen = ("monocyte", "eosinophil", "ig")
    found = open_subject(str(twice)).answers(samples, chosen).probabilities
    device = Classifier(twice, classes=chosen)
    answers = [device.classify(s.path) for s in samples]
    expected = [[answer.probabilities[label] for label in chosen] for answer in answers]
    np.testing.assert_allclose(found, expected, atol=1e-9)
    assert {Classifier(twice).classify(s.path).looks for s in samples} == {1, 4}


def test_a_run_has_the_presets_that_its_files_get(run: Run) -> None:
    found = open_subject(str(run.folder)).identity.presets
    assert found
    assert found == presets_of(run.config.labels)


def test_a_run_chooses_among_the_classes_asked_for_in_their_order(run: Run) -> None:
    subject = open_subject(str(run.folder))
    samples = run.splits["drawn"].parts["test"]
    labels = subject.identity.labels
    whole = subject.answers(samples, labels).probabilities
    chosen = ("monocyte", "eosinophil")
    found = subject.answers(samples, chosen).probabilities
    columns = whole[:, [labels.index(label) for label in chosen]]
    np.testing.assert_allclose(found, columns / columns.sum(axis=1, keepdims=True), rtol=1e-4)


def test_what_is_no_subject_is_refused(run: Run) -> None:
    with pytest.raises(UsageError, match="no training run here"):
        open_subject(str(run.folder.parent))
    with pytest.raises(ModelError, match="there is no model file nothing"):
        open_subject("nothing")
