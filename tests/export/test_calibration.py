from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from export.calibration import calibration, training_views
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
    views, _ = run.part("drawn", "test")
    known = calibration(run, size=16).pixels[5]

    class Leaking:
        """The run, were one of its training cells a test cell as well."""

        config, splits = run.config, run.splits

        def part(self, _source: str, part: str) -> tuple[np.ndarray, None]:
            return (np.stack([known] * len(views)) if part == "test" else views[:0]), None

    splits = {"drawn": replace(run.splits["drawn"], parts=run.splits["drawn"].parts | {"val": ()})}
    Leaking.splits = splits
    with pytest.raises(UsageError, match="calibrates and is the test cell"):
        calibration(Leaking(), size=16)
    learnt_from = training_views(Leaking(), size=16, seed=0)
    assert len(learnt_from) == 15
    assert not (learnt_from == known).all((1, 2, 3)).any()


def test_a_few_cells_are_not_all_of_one_class(run: Run) -> None:
    labels = {
        pixels.prepare(s, run.config.input).tobytes(): s.label
        for s in run.splits["drawn"].parts["train"]
    }
    first = [
        tuple(labels[view.tobytes()] for view in calibration(run, size=4, seed=seed).pixels)
        for seed in range(4)
    ]
    assert all(len(set(drawn)) == 4 for drawn in first)
    assert len(set(first)) > 1


def test_no_cell_at_all_is_refused(run: Run) -> None:
    with pytest.raises(UsageError, match="at least one cell"):
        calibration(run, size=0)


def test_every_copy_of_a_cell_that_judges_is_left_out(run: Run) -> None:
    known, *others = run.splits["drawn"].parts["train"][:3]
    view = pixels.prepare(known, run.config.input)
    parts = {"train": (known, replace(known, key="copy"), *others), "val": (), "test": (known,)}

    class Leaking:
        config, splits = run.config, {"drawn": replace(run.splits["drawn"], parts=parts)}

        def part(self, _source: str, part: str) -> tuple[np.ndarray, None]:
            return np.stack([view])[: len(parts[part])], None

    assert len(training_views(Leaking(), size=4, seed=0)) == 2
