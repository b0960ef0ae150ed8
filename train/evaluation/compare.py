"""Several subjects on the same cells: figures side by side and paired tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from train.evaluation.bootstrap import Bootstrap
from train.evaluation.cells import Cells, check_labels
from train.evaluation.doubts import doubts
from train.evaluation.figures import MEANS, Figures, class_means, figures, named_values
from train.evaluation.subject import Identity, Subject
from wbc_edge import __version__
from wbc_edge.errors import UsageError
from wbc_edge.measure import compare as paired
from wbc_edge.measure.intervals import Estimate, balanced_size

if TYPE_CHECKING:
    from numpy.typing import NDArray

F1 = MEANS.index("f1")
"""Place of F1 among the figures of `named_values`, which come in this order."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two subjects on the same cells; differences are second minus first, in shares.

    Attributes:
        first, second: their names.
        accuracy: answers cell by cell, the exact test and the difference of accuracy.
        p_adjusted: p-value of that test after Holm's correction for all pairs of the source.
        macro_f1: difference of the macro mean of F1.
        f1: label -> difference of F1; None where one of the two has none.
    """

    first: str
    second: str
    accuracy: paired.Comparison
    p_adjusted: float
    macro_f1: Estimate | None
    f1: dict[str, Estimate | None]


@dataclass(frozen=True, kw_only=True)
class Side:
    """All subjects on the cells of one source: name -> figures, and every pair."""

    cells: Cells
    figures: dict[str, Figures]
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """All that is said of some subjects beside one another; see `evaluate.Evaluation`."""

    version: str
    created: str
    identities: dict[str, Identity]
    labels: tuple[str, ...]
    classes: tuple[str, ...]
    parts: tuple[Side, ...]
    doubts: tuple[str, ...]


def compare(
    subjects: Sequence[Subject],
    cells: Sequence[Cells],
    *,
    classes: Sequence[str] = (),
    seed: int = 0,
) -> Comparison:
    """Judge subjects beside one another, source by source.

    Args:
        subjects: two or more, the order being that of the report.
        cells: what they are judged by.
        classes: classes to restrict the answers to, the probabilities renormalised over them.
        seed: of the bootstrap.

    Raises:
        UsageError: fewer than two subjects, or classes that not all of them have.
        InputError: a cell's file cannot be read.
    """
    if len(subjects) < 2:
        raise UsageError("a comparison takes two subjects or more")
    labels = tuple(classes) or subjects[0].identity.labels
    for subject in subjects:
        _check(subject.identity, labels, restricted=bool(classes))
        check_labels(cells, subject.identity.labels, classes)
    named = dict(zip(unique_names(subjects), subjects, strict=True))
    return Comparison(
        version=__version__,
        created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        identities={name: subject.identity for name, subject in named.items()},
        labels=labels,
        classes=tuple(classes),
        parts=tuple(_side(named, part, labels, seed) for part in cells),
        doubts=tuple(
            sentence
            for name, subject in named.items()
            for sentence in doubts(cells, name, subject.knowledge)
        ),
    )


def unique_names(subjects: Sequence[Subject]) -> list[str]:
    """A name for each subject: its own, its path where others share it, else numbered."""
    names = [subject.identity.name for subject in subjects]
    paths = [subject.identity.path for subject in subjects]
    chosen = [
        name if names.count(name) == 1 else path for name, path in zip(names, paths, strict=True)
    ]
    return [
        name if chosen.count(name) == 1 else f"{name} #{number}"
        for number, name in enumerate(chosen, start=1)
    ]


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values (Holm, Scandinavian Journal of Statistics 6 (1979) 65-70)."""
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted


def _check(identity: Identity, labels: Sequence[str], *, restricted: bool) -> None:
    if not restricted and set(identity.labels) != set(labels):
        raise UsageError(
            f"{identity.path} has other classes than the first: {', '.join(identity.labels)} "
            f"beside {', '.join(labels)}; --classes names those to compare on"
        )


def _side(subjects: dict[str, Subject], cells: Cells, labels: tuple[str, ...], seed: int) -> Side:
    given = {name: subject.answers(cells.samples, labels) for name, subject in subjects.items()}
    scores = {name: answers.probabilities for name, answers in given.items()}
    tests = {
        pair: paired.compare(
            scores[pair[1]],
            scores[pair[0]],
            cells.truth,
            labels,
            paths=[sample.key for sample in cells.samples],
            groups=cells.groups,
            seed=seed,
        )
        for pair in combinations(scores, 2)
    }
    adjusted = holm([found.p_value for found in tests.values()])
    bootstrap = Bootstrap(cells.groups, seed=seed)
    true = np.array([labels.index(label) for label in cells.truth], dtype=np.int64)
    resampled = {name: _f1(values, true, bootstrap) for name, values in scores.items()}
    pairs = []
    for (pair, found), p_adjusted in zip(tests.items(), adjusted, strict=True):
        (first, firsts), (second, seconds) = resampled[pair[0]], resampled[pair[1]]
        macro, *by_class = _f1_differences(second - first, seconds - firsts, true, bootstrap)
        pairs.append(
            Pair(
                first=pair[0],
                second=pair[1],
                accuracy=found,
                p_adjusted=p_adjusted,
                macro_f1=macro,
                f1=dict(zip(labels, by_class, strict=True)),
            )
        )
    return Side(
        cells=cells,
        figures={
            name: figures(
                values,
                cells.truth,
                labels,
                threshold=subjects[name].identity.threshold,
                refused=given[name].refused,
                groups=cells.groups,
                seed=seed,
            )
            for name, values in scores.items()
        },
        pairs=tuple(pairs),
    )


def _f1(
    scores: NDArray[np.float64], true: NDArray[np.int64], bootstrap: Bootstrap
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(1 + classes,) F1, of the macro mean and class by class, and (rounds, 1 + classes) of it."""
    is_true = np.eye(scores.shape[1])[true]

    def statistic(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        values = named_values(scores, true, weights)
        macro, _ = class_means(values, weights @ is_true)
        return np.column_stack([macro[:, F1], values[:, F1]])

    (point,) = statistic(np.ones((1, len(true))))
    return point, bootstrap.samples(statistic)


def _f1_differences(
    point: NDArray[np.float64],
    drawn: NDArray[np.float64],
    true: NDArray[np.int64],
    bootstrap: Bootstrap,
) -> list[Estimate | None]:
    """Differences of `_f1` of two subjects, on the same resamples, with their intervals."""
    classes = range(len(point) - 1)
    counts = [len(np.unique(bootstrap.index[true == number])) for number in classes]
    return [
        bootstrap.difference(
            None if np.isnan(point[column]) else float(point[column]), drawn[:, column], count
        )
        for column, count in enumerate(
            [balanced_size(counts), *(max(count, 1) for count in counts)]
        )
    ]
