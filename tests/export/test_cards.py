from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from export.cards import TOOLS, _lessons
from tests.train import tiny
from train import document, fact
from train.config import Teacher
from train.run import Run
from wbc_edge import bundle, card
from wbc_edge.measure.device import installed_versions


def _run(folder: Path, **changes: Any) -> Run:
    folder.mkdir()
    tiny.config(folder, **changes).save(folder / "config.json")
    return Run(folder)


def test_what_taught_the_networks_that_a_run_goes_on_from_is_told_too(tmp_path: Path) -> None:
    first = _run(tmp_path / "first", teacher=Teacher(runs=("runs/old master",)))
    document.write(first.attributes_file, {"values": {"granularity": [], "nucleus": []}})
    second = _run(tmp_path / "second", start=str(first.folder))
    mean = _run(tmp_path / "mean", mean_of=(str(first.folder), str(second.folder)))
    last = _run(
        tmp_path / "last",
        start=str(mean.folder),
        teacher=Teacher(runs=("runs/new master", "runs/old master")),
    )
    assert _lessons(second) == _lessons(first) == _lessons(mean)
    assert _lessons(last) == {
        fact.TAUGHT_BY: "new master, old master",
        fact.LEARNT_BESIDE: "granularity, nucleus",
    }
    assert _lessons(_run(tmp_path / "orphan", start=str(tmp_path / "gone"))) == {}


def test_a_file_tells_what_taught_it_and_a_circle_ends(tmp_path: Path) -> None:
    nano = next(model.path for model in bundle.shipped() if model.name == "nano-float16")
    described = card.read(nano)
    pupil = _run(tmp_path / "pupil", teacher=Teacher(runs=(str(nano), "gone.tflite")))
    assert _lessons(pupil) == {fact.TAUGHT_BY: f"nano {described.version}, gone.tflite"}
    heir = _run(tmp_path / "heir", start=str(nano))
    assert _lessons(heir)[fact.TAUGHT_BY] == described.created_with[fact.TAUGHT_BY]
    # As it was called then, for another file may lie there now.
    document.write(pupil.teachers_file, {str(nano): "nano 0.1"})
    assert _lessons(pupil) == {fact.TAUGHT_BY: "nano 0.1, gone.tflite"}
    one = _run(tmp_path / "one", start=str(tmp_path / "other"), teacher=Teacher(runs=("a",)))
    _run(tmp_path / "other", start=str(one.folder), teacher=Teacher(runs=("b",)))
    assert _lessons(one) == {fact.TAUGHT_BY: "a, b"}


def test_versions_are_told_of_the_tools_that_are_there() -> None:
    found = installed_versions((*TOOLS, "no-such-package"))
    assert {"tensorflow", "onnx", "numpy"} <= set(found) <= set(TOOLS)
    assert found["numpy"] == np.__version__
