from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from export.calibration import calibration, refuse_held_out
from train import pixels
from train.run import Run
from wbc_edge.errors import UsageError


def test_only_training_cells_calibrate(run: Run) -> None:
    views = {v.tobytes() for v in calibration(run, size=80).pixels}
    for part in ("val", "test"):
        for sample in run.splits["drawn"].parts[part]:
            assert pixels.prepare(sample, run.config.input).tobytes() not in views
    for sample in run.splits["drawn"].parts["train"]:
        assert pixels.prepare(sample, run.config.input).tobytes() in views


def test_every_class_is_there_as_often(run: Run) -> None:
    by_pixels = {
        pixels.prepare(s, run.config.input).tobytes(): s.label
        for s in run.splits["drawn"].parts["train"]
    }
    drawn = calibration(run, size=24).pixels
    counts = Counter(by_pixels[view.tobytes()] for view in drawn)
    assert set(counts.values()) == {3}
    assert len(counts) == 8


def test_the_seed_decides_and_the_hash_tells(run: Run) -> None:
    one, same, other = (calibration(run, size=16, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.pixels, same.pixels)
    assert one.sha256 == same.sha256 != other.sha256


def test_a_cell_that_judges_must_not_calibrate(run: Run) -> None:
    cells = run.splits["drawn"].parts["test"][:1]
    view = pixels.prepare(cells[0], run.config.input)
    with pytest.raises(UsageError, match="is the test cell"):
        refuse_held_out(run, cells, view[None])


def test_no_cell_at_all_is_refused(run: Run) -> None:
    with pytest.raises(UsageError, match="at least one cell"):
        calibration(run, size=0)
