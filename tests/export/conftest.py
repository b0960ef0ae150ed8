"""One tiny trained run, exported by the tests that need files."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("tf2onnx", reason="the export extra is not installed")

from tests.train import tiny
from train.fit import fit
from train.run import Run


@pytest.fixture(scope="session")
def run(drawn_cells: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A network trained for a few steps on drawn cells."""
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    return fit(tiny.config(drawn_cells, epochs=1, steps=30), folder, report=lambda _: None)
