"""What tests of several packages share: where the real cells are, and a small set of drawn ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wbc_edge import synthetic

# TensorFlow announces the processor's features on standard error whenever it is imported.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# What this machine was tuned to is no part of any test.
os.environ["WBC_EDGE_TUNING"] = str(Path(__file__).with_name("no-such-tuning.json"))

SHARED = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real cells; tests that need it are skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the real cells (../shared/data) are not on this machine")
    return SHARED


@pytest.fixture(scope="session")
def drawn_cells(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve drawn cells a class, 96 px, in a folder per class."""
    folder = tmp_path_factory.mktemp("drawn") / "drawn"
    synthetic.write_dataset(folder, 12, seed=1, size=96)
    return folder
