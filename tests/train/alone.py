"""The split of one source, with no other beside it."""

from __future__ import annotations

from collections.abc import Iterable

from train.sources.sample import Sample
from train.split import Split, parted, parted_in_folds


def split(samples: Iterable[Sample], *, seed: int = 0) -> Split:
    return parted({"cells": samples}, seed=seed)["cells"]


def folds(samples: Iterable[Sample], count: int, *, seed: int = 0) -> tuple[Split, ...]:
    return tuple(turn["cells"] for turn in parted_in_folds({"cells": samples}, count, seed=seed))
