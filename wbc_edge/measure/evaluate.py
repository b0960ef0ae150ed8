"""A classifier's answers to a labelled set, by the very path that `wbc-edge classify` takes."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wbc_edge.classifier import Classifier
from wbc_edge.measure.dataset import Dataset


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A file that could not be answered, by its path from the set's folder on, and why."""

    path: str
    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Answers:
    """(images, classes) probabilities in the order that was asked for, and the images that failed.

    `refused`, (images,), says which were taken for no cell: an abstention at any confidence;
    `looks`, (images,), how often each was looked at. `paths` are from the set's folder on, with
    slashes on every system, so that the reports of two can be compared.
    """

    probabilities: NDArray[np.float64]
    refused: NDArray[np.bool_]
    looks: NDArray[np.int64]
    truth: tuple[str, ...]
    paths: tuple[str, ...]
    failures: tuple[Failure, ...]


def answer(
    classifier: Classifier,
    dataset: Dataset,
    labels: Sequence[str],
    *,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Answers:
    """Classify every image of the set.

    Args:
        labels: the order of the columns, which may be another one than the classifier's own.
        workers: threads that decode and infer; by default one for each core.
        progress: called with images done and all images.
    """

    def below(path: str) -> str:
        return Path(os.path.relpath(path, dataset.folder)).as_posix()

    rows = classifier.classify_many((item.path for item in dataset.items), workers=workers)
    probabilities, refused, looks, truth, paths, failures = [], [], [], [], [], []
    for done, (item, row) in enumerate(zip(dataset.items, rows, strict=True), start=1):
        if row.prediction is not None:
            probabilities.append(row.prediction.ordered(labels))
            refused.append(row.prediction.reason == "not_a_cell")
            looks.append(row.prediction.looks)
            truth.append(item.label)
            paths.append(below(row.path))
        elif row.error is not None:
            path, error = below(row.path), row.error
            failures.append(Failure(path=path, code=error.code, message=error.reason))
        if progress is not None:
            progress(done, len(dataset.items))
    return Answers(
        probabilities=np.array(probabilities).reshape(-1, len(labels)),
        refused=np.array(refused, dtype=bool),
        looks=np.array(looks, dtype=np.int64),
        truth=tuple(truth),
        paths=tuple(paths),
        failures=tuple(failures),
    )
