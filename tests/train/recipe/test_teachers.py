from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.paths import INT8
from tests.train import tiny
from train.config import Config, Teacher
from train.fit import begin, learn
from train.recipe.teachers import gather
from wbc_edge import Classifier, card
from wbc_edge.card import Framing, InputSpec
from wbc_edge.errors import UsageError


def _like(file: Path, **changes: object) -> Config:
    """The configuration of a student that sees what a model file sees, at half the size."""
    known = card.read(file)
    seen = known.input
    half = InputSpec(
        height=seen.height // 2, width=seen.width // 2, framing=seen.framing, light=seen.light
    )
    settings = {"sources": (), "labels": known.labels, "input": half}
    return Config(**settings | changes)


def test_a_model_file_teaches_what_it_answers() -> None:
    config = _like(INT8)
    config = _like(INT8, labels=config.labels[::-1])
    teachers = gather(Teacher(runs=(str(INT8),), temperature=1.0), config)
    assert teachers is not None
    grey = np.array([60, 120, 200], np.uint8)[:, None, None, None]
    small = np.broadcast_to(grey, (3, config.input.height, config.input.width, 3)).copy()
    large = small.repeat(2, axis=1).repeat(2, axis=2)
    raw = Classifier(str(INT8)).session.run(large).astype(np.float64)
    expected = np.exp(raw) / np.exp(raw).sum(1, keepdims=True)
    np.testing.assert_allclose(teachers.answer(small), expected[:, ::-1], rtol=1e-5)


def test_a_teacher_that_looks_from_several_sides_is_the_same_for_each() -> None:
    config = _like(INT8, input=card.read(INT8).input)
    teachers = gather(Teacher(runs=(str(INT8),), turns=8), config)
    assert teachers is not None
    rng = np.random.default_rng(0)
    views = rng.integers(0, 256, (2, config.input.height, config.input.width, 3), np.uint8)
    answers = teachers.answer(views)
    once = gather(Teacher(runs=(str(INT8),)), config).answer(views)
    assert np.abs(answers - once).max() > 1e-3
    np.testing.assert_allclose(teachers.answer(np.rot90(views, axes=(1, 2))), answers, rtol=1e-4)


def test_only_square_views_are_turned() -> None:
    config = _like(INT8)
    oblong = replace(config, input=replace(config.input, width=config.input.height + 8))
    with pytest.raises(UsageError, match=r"teacher\.turns.* as high as they are wide"):
        gather(Teacher(runs=(str(INT8),), turns=2), oblong)


def test_several_teach_by_the_mean_of_their_answers(drawn_cells: Path, tmp_path: Path) -> None:
    config = tiny.config(drawn_cells, steps=1, epochs=1)
    views = np.full((2, config.input.height, config.input.width, 3), 99, np.uint8)
    folders = []
    for seed in (0, 1):
        run = begin(tiny.config(drawn_cells, steps=1, epochs=1, seed=seed), tmp_path / str(seed))
        learn(run, report=lambda _: None)
        folders.append(str(run.folder))
    alone = [gather(Teacher(runs=(folder,)), config).answer(views) for folder in folders]
    assert np.abs(alone[0] - alone[1]).max() > 1e-4
    both = gather(Teacher(runs=tuple(folders)), config).answer(views)
    np.testing.assert_allclose(both, (alone[0] + alone[1]) / 2, rtol=1e-5)


def test_a_teacher_that_does_not_fit_is_refused() -> None:
    how = Teacher(runs=(str(INT8),))
    with pytest.raises(UsageError, match="does not know the class 'blast'"):
        gather(how, _like(INT8, labels=("blast", "monocyte")))
    other = InputSpec(height=32, width=32, framing=Framing(method="centre", scale=0.5))
    with pytest.raises(UsageError, match="sees cells with framing"):
        gather(how, _like(INT8, input=other))


def test_without_teachers_there_are_none() -> None:
    assert gather(Teacher(), _like(INT8)) is None
