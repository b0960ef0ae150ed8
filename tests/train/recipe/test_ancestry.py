from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.train import tiny
from train import record
from train.config import Teacher
from train.fit import begin, learn
from train.recipe import ancestry
from train.recipe.ancestry import check_unseen
from train.run import Run
from train.sources import READERS, folder
from train.sources.sample import Sample
from train.split import save
from wbc_edge.errors import UsageError


def _run(cells: Path, folder: Path, **changes: Any) -> Run:
    """A run that has written down its split."""
    run = begin(tiny.config(cells, **changes), folder)
    save(run.splits, run.split_file)
    return run


def _learn(cells: Path, folder: Path, **changes: Any) -> None:
    learn(begin(tiny.config(cells, **changes), folder), report=lambda _: None)


def test_a_run_that_has_seen_test_cells_is_not_learnt_from(
    drawn_cells: Path, tmp_path: Path
) -> None:
    other = str(_run(drawn_cells, tmp_path / "other", seed=1).folder)
    between = str(_run(drawn_cells, tmp_path / "between", start=other).folder)
    for number, changes in enumerate(
        (
            {"start": other},
            {"teacher": Teacher(runs=(other,))},
            {"start": between},
        )
    ):
        run = tmp_path / f"run {number}"
        with pytest.raises(UsageError, match=r": it, or .* has seen \d of the cells of drawn that"):
            _learn(drawn_cells, run, **changes)
        assert not Run(run).split_file.exists()


def test_a_run_that_was_trained_on_validation_cells_is_not_gone_on_from(
    drawn_cells: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tested(root: Path) -> list[Sample]:
        """As where the source itself says what tests: another seed then deals the others anew."""
        cells = folder.read(root)
        return [replace(cell, part="test" if n % 6 == 0 else None) for n, cell in enumerate(cells)]

    monkeypatch.setitem(READERS, "folder", tested)
    other = _run(drawn_cells, tmp_path / "other", seed=1)
    between = _run(drawn_cells, tmp_path / "between", seed=1, start=str(other.folder))
    for number, start in enumerate((other, between)):
        with pytest.raises(UsageError, match=r"was trained on \d of the cells of drawn that this"):
            _learn(drawn_cells, tmp_path / f"run {number}", start=str(start.folder))
    check_unseen(_run(drawn_cells, tmp_path / "same", seed=1, start=str(between.folder)))
    check_unseen(_run(drawn_cells, tmp_path / "taught", teacher=Teacher(runs=(str(other.folder),))))


def test_runs_of_the_same_split_are_learnt_from_whatever_they_are_called(
    drawn_cells: Path, tmp_path: Path
) -> None:
    first, second = str(tmp_path / "first"), str(tmp_path / "second")
    _run(drawn_cells, tmp_path / "first", start=second)
    # Each from the other, since one was trained anew: followed but once.
    _run(drawn_cells, tmp_path / "second", start=first)
    teachers = Teacher(runs=(first, "nano"))
    check_unseen(_run(drawn_cells, tmp_path / "third", start=second, teacher=teachers))


def test_what_elders_have_seen_outlives_them(drawn_cells: Path, tmp_path: Path) -> None:
    first = _run(drawn_cells, tmp_path / "first", seed=1)
    seen = record.read(first.split_file)["drawn"].seen
    second = _run(drawn_cells, tmp_path / "second", seed=1, start=str(first.folder))
    third = _run(drawn_cells, tmp_path / "third", seed=1, start=str(second.folder))
    for run in (second, third):
        ancestry.write(run)
        shutil.rmtree(run.config.start)
    assert ancestry.elders(third)["drawn"].cells == seen
    with pytest.raises(UsageError, match=r"third: it, or .* has seen"):
        _learn(drawn_cells, tmp_path / "fourth", start=str(third.folder))


def test_test_cells_are_known_under_another_folder_s_name(
    drawn_cells: Path, tmp_path: Path
) -> None:
    moved = shutil.copytree(drawn_cells, tmp_path / "moved")
    other = _run(moved, tmp_path / "other", seed=1)
    between = _run(drawn_cells, tmp_path / "between", seed=1, start=str(other.folder))
    shutil.rmtree(moved)
    for number, network in enumerate((other, between)):
        with pytest.raises(UsageError, match=r"has seen \d+ of the cells of drawn that"):
            _learn(drawn_cells, tmp_path / f"run {number}", start=str(network.folder))


def test_a_network_to_learn_from_that_is_not_there_is_named(
    drawn_cells: Path, tmp_path: Path
) -> None:
    run = _run(drawn_cells, tmp_path / "run", start=str(tmp_path / "gone"))
    with pytest.raises(UsageError, match=r"gone: no training run here"):
        check_unseen(run)
    with pytest.raises(UsageError, match=r"gone: no training run here"):
        ancestry.elders(run)


def test_the_card_of_a_teacher_names_its_sources(drawn_cells: Path, tmp_path: Path) -> None:
    run = _run(drawn_cells, tmp_path / "run", teacher=Teacher(runs=("nano",)))
    found = ancestry.elder_sources(run)
    assert sorted(found) == ["bccd", "chula", "pbc"]
    assert found["pbc"] > 10_000


def test_a_run_that_has_seen_other_copies_of_test_cells_is_not_learnt_from(
    drawn_cells: Path, tmp_path: Path
) -> None:
    """PBC goes round as files of other kinds, under the same stems."""
    first = shutil.copytree(drawn_cells, tmp_path / "pbc")
    second = shutil.copytree(drawn_cells, tmp_path / "pbc_jpeg")
    for number, path in enumerate(sorted(first.rglob("*.png"))):
        copy = second / path.relative_to(first)
        copy.rename(copy.with_name(f"cell_{number}.jpg"))  # as bytes go, the same
        path.rename(path.with_name(f"cell_{number}.png"))
    for path in second.rglob("*.jpg"):
        path.write_bytes(path.read_bytes() + b"other bytes")
    other = str(_run(first, tmp_path / "other", seed=1).folder)
    with pytest.raises(UsageError, match=r"other: it, or .* cells of pbc_jpeg that this run"):
        _learn(second, tmp_path / "run", start=other)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"pbc": []}', r"'pbc' has to be a table, not \[\]"),
        ('{"pbc": {"train": 1}}', "'pbc.cells' is missing"),
        ('{"pbc": {"train": "all", "cells": []}}', "'pbc.train' has to be a whole number"),
        ('{"pbc": {"train": 1, "cells": [[]]}}', r"'pbc.cells\[0\]' has to be a text"),
    ],
)
def test_a_damaged_record_of_elders_is_named(text: str, reason: str, tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.elders_file.write_text(text)
    with pytest.raises(UsageError, match=rf"elders\.json: the setting {reason}"):
        ancestry.elders(run)


def test_a_damaged_record_of_teachers_is_named(drawn_cells: Path, tmp_path: Path) -> None:
    run = _run(drawn_cells, tmp_path / "run", teacher=Teacher(runs=("nano",)))
    run.teachers_file.write_text('{"nano": 1}')
    with pytest.raises(UsageError, match=r"teachers\.json: the setting 'nano' has to be a text"):
        ancestry.teachers(run)
