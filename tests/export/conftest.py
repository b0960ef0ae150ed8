"""One tiny trained run, exported by the tests that need files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("tf2onnx", reason="the export extra is not installed")

from export import build
from export.formats import FORMATS
from export.gate import Limits
from export.options import Options
from tests.train import tiny
from train import training
from train.config import Negatives
from train.fit import fit
from train.negatives import build as negatives
from train.run import Run

# A network of thirty steps sits on every fence; only the mechanism is under test here.
ANYTHING = Limits(max_drop=100, max_recall_drop=100, min_agreement=0)


def options(**changes: Any) -> Options:
    """Those of an export of the tiny run, which loses what it may."""
    return Options(**{"name": "tiny", "limits": ANYTHING} | changes)


def silent(_: str) -> None:
    """Receives what is reported."""


@pytest.fixture(scope="session")
def run(drawn_cells: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A network trained for a few steps on drawn cells and on pictures without one.

    It keeps the moving statistics of batch norms, as a longer training does: fitted to a network
    that knows so little they make much of what eight bits cost it.
    """
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    negatives.build([], folder.parent / "negatives", count=7)
    config = tiny.config(
        drawn_cells,
        epochs=1,
        steps=30,
        negatives=Negatives(path=str(folder.parent / "negatives")),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "lagging", lambda *_: False)
        return fit(config, folder, report=lambda _: None)


@pytest.fixture(scope="session")
def files(run: Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every format of that network, by name."""
    out = tmp_path_factory.mktemp("out")
    exported = build.export(run, out, options(calibration_size=40), to=list(FORMATS), report=silent)
    return {item.format: item.path for item in exported}
