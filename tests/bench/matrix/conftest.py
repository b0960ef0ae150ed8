from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.paths import FLOAT, INT8, ONNX


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """A folder as export leaves it: a float32 file and an int8 one of the same network."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    for path in (FLOAT, INT8, ONNX):
        shutil.copy(path, folder)
    return folder
