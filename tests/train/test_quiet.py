from __future__ import annotations

import subprocess
import sys
from importlib.machinery import PathFinder

import pytest

from tests.wbc_edge.conftest import environment
from train import quiet

USE = """
from train import quiet
quiet.tensorflow()
import keras, sys
keras.ops.add(1.0, 1.0)
module = sys.modules["tensorflow"]
print(type(module.__loader__).__name__, module.__spec__.loader is module.__loader__)
"""


def test_tensorflow_is_imported_without_its_announcements() -> None:
    unset = environment() | {"KERAS_BACKEND": "tensorflow"}
    unset.pop("TF_CPP_MIN_LOG_LEVEL", None)
    process = subprocess.run(
        [sys.executable, "-c", USE],
        capture_output=True,
        text=True,
        env=unset,
        check=True,
    )

    assert process.stdout.split() == ["SourceFileLoader", "True"]
    if not quiet.NVIDIA.exists():
        assert process.stderr == ""


def test_only_one_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))

    quiet.tensorflow()
    found = len(sys.meta_path)
    quiet.tensorflow()

    assert len(sys.meta_path) == found
    assert sum(isinstance(finder, quiet._Watch) for finder in sys.meta_path) == 1


def test_what_is_found_is_what_would_have_been(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = PathFinder.find_spec("tensorflow")
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    quiet.tensorflow()

    spec = sys.meta_path[0].find_spec("tensorflow", None)

    assert expected is not None
    assert spec is not None
    assert spec.origin == expected.origin
    assert sys.meta_path[0].find_spec("keras", None) is None
