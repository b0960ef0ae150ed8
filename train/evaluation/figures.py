"""The figures of one subject on one set of cells, each with its interval over independent cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from train.evaluation import ranking
from train.evaluation.bootstrap import Bootstrap
from train.evaluation.ranking import Curve, Selective
from wbc_edge.measure.accuracy import BINS, Calibration, checked, measure
from wbc_edge.measure.intervals import Estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEANS = ("precision", "recall", "f1", "auc")


@dataclass(frozen=True, kw_only=True)
class ClassFigures:
    """One class against the rest; None where a figure is not defined.

    `recall` and `f1` need cells of the class, `precision` cells that were called so, `auc` cells of
    the class and cells of another.
    """

    label: str
    support: int
    independent: int
    precision: Estimate | None
    recall: Estimate | None
    f1: Estimate | None
    auc: Estimate | None


@dataclass(frozen=True, kw_only=True)
class Means:
    """Precision, recall, F1 and AUC over the classes that have cells."""

    precision: Estimate | None
    recall: Estimate | None
    f1: Estimate | None
    auc: Estimate | None


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """A cell that was called something else; `index` is its place among the cells."""

    index: int
    truth: str
    predicted: str
    confidence: float
    probability_of_truth: float


@dataclass(frozen=True, kw_only=True)
class Figures:
    """All that is said of one subject on one set of cells.

    Attributes:
        count: number of cells.
        independent: number of groups of cells that were not made from one another.
        labels: the classes, in the order of the columns.
        accuracy: share of cells that are called what they are.
        macro: means in which every class with cells counts alike.
        weighted: means in which every class counts by its cells.
        classes: class by class.
        confusion: counts; a row per true class, a column per predicted one.
        roc: label -> curve of the class against the rest, where there is one.
        calibration: reliability bins and the expected calibration error.
        calibration_error: that error with its interval.
        threshold: confidence under which the subject abstains.
        refused: share of cells that it took for none.
        coverage: share of cells answered: from the threshold on, and not refused.
        risk: share of wrong answers among these; None where nothing is answered.
        selective: the risk at every coverage.
        mistakes: the wrong answers, the most confident first.
    """

    count: int
    independent: int
    labels: tuple[str, ...]
    accuracy: Estimate
    macro: Means
    weighted: Means
    classes: tuple[ClassFigures, ...]
    confusion: tuple[tuple[int, ...], ...]
    roc: dict[str, Curve]
    calibration: Calibration
    calibration_error: Estimate | None
    threshold: float
    refused: Estimate | None
    coverage: Estimate | None
    risk: Estimate | None
    selective: Selective
    mistakes: tuple[Mistake, ...]


def figures(
    probabilities: NDArray[np.float64],
    truth: Sequence[str],
    labels: Sequence[str],
    *,
    threshold: float = 0.0,
    refused: NDArray[np.bool_] | None = None,
    groups: Sequence[str] | None = None,
    seed: int = 0,
) -> Figures:
    """Judge probabilities (cells, classes) against the true labels.

    Args:
        probabilities: rows that sum to 1.
        truth: the label of each cell, each one of `labels`.
        labels: the classes in the order of the columns.
        threshold: the subject abstains where its confidence is below this.
        refused: (cells,) what the subject took for no cell, and abstained for at any confidence.
        groups: what each cell was made from; by default every cell stands for itself.
        seed: of the bootstrap.

    Raises:
        ValueError: shapes that do not match, no cell, or a label that is not in `labels`.
    """
    scores, true = checked(probabilities, truth, labels)
    groups = [str(number) for number in range(len(true))] if groups is None else groups
    bootstrap = Bootstrap(groups, seed=seed)
    measured = measure(scores, truth, labels, threshold=threshold, groups=groups, seed=seed)
    classes, macro, weighted = _by_class(scores, true, labels, bootstrap)
    confidence, right = scores.max(axis=1), scores.argmax(axis=1) == true
    no_cell = np.zeros(len(true), dtype=bool) if refused is None else refused
    taken, coverage, risk = _abstention(confidence, right, threshold, no_cell, bootstrap)
    return Figures(
        count=measured.count,
        independent=measured.independent,
        labels=tuple(labels),
        accuracy=measured.top1,
        macro=macro,
        weighted=weighted,
        classes=classes,
        confusion=measured.confusion,
        roc={
            label: curve
            for number, label in enumerate(labels)
            if (curve := ranking.roc(scores[:, number], true == number)) is not None
        },
        calibration=measured.calibration,
        calibration_error=_calibration_error(
            confidence, right, measured.calibration.error, bootstrap
        ),
        threshold=threshold,
        refused=taken,
        coverage=coverage,
        risk=risk,
        selective=ranking.selective(confidence, right, no_cell),
        mistakes=mistakes(scores, true, labels),
    )


def mistakes(
    scores: NDArray[np.float64], true: NDArray[np.int64], labels: Sequence[str]
) -> tuple[Mistake, ...]:
    """The wrong answers, the most confident first."""
    named, confidence = scores.argmax(axis=1), scores.max(axis=1)
    wrong = np.flatnonzero(named != true)
    return tuple(
        Mistake(
            index=at,
            truth=labels[int(true[at])],
            predicted=labels[int(named[at])],
            confidence=float(confidence[at]),
            probability_of_truth=float(scores[at, true[at]]),
        )
        for at in wrong[np.argsort(-confidence[wrong], kind="stable")].tolist()
    )


def named_values(
    scores: NDArray[np.float64], true: NDArray[np.int64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(B, 3, classes) precision, recall and F1 under (B, cells) weights; NaN: not defined."""
    size = scores.shape[1]
    is_true, is_named = np.eye(size)[true], np.eye(size)[scores.argmax(axis=1)]
    support, called = weights @ is_true, weights @ is_named
    right = weights @ (is_true * is_named)
    with np.errstate(invalid="ignore", divide="ignore"):
        # Without a cell of the class there is nothing to find: no F1, rather than one of 0.
        f1 = np.where(support > 0, 2 * right / (support + called), np.nan)
        return np.stack([right / called, right / support, f1], axis=1)


def class_values(
    scores: NDArray[np.float64], true: NDArray[np.int64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(B, 4, classes) precision, recall, F1 and AUC under (B, cells) weights; NaN: not defined."""
    areas = [
        ranking.auc(scores[:, number], true == number, weights) for number in range(scores.shape[1])
    ]
    return np.concatenate(
        [named_values(scores, true, weights), np.stack(areas, axis=1)[:, None]], axis=1
    )


def class_means(
    values: NDArray[np.float64], supports: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(B, figures) macro and weighted means of `class_values`, over the classes that have cells.

    A class that has cells and was never named has no precision; it counts as 0, as its F1 does.

    Args:
        values: (B, figures, classes), precision first.
        supports: (B, classes) cells of each class.
    """
    present = supports > 0
    filled = values.copy()
    filled[:, 0] = np.where(np.isnan(filled[:, 0]), 0.0, filled[:, 0])
    defined = present[:, None, :] & ~np.isnan(filled)
    with np.errstate(invalid="ignore", divide="ignore"):
        filled = np.where(defined, filled, 0.0)
        macro = filled.sum(axis=2) / defined.sum(axis=2)
        shares = np.where(defined, supports[:, None, :], 0.0)
        weighted = (filled * shares).sum(axis=2) / shares.sum(axis=2)
    return macro, weighted


def effective_count(counts: Sequence[int]) -> float:
    """Size of the simple sample whose mean varies as a mean over classes of these sizes does."""
    present = np.array([count for count in counts if count], dtype=np.float64)
    return float(len(present) ** 2 / (1 / present).sum())


def _by_class(
    scores: NDArray[np.float64],
    true: NDArray[np.int64],
    labels: Sequence[str],
    bootstrap: Bootstrap,
) -> tuple[tuple[ClassFigures, ...], Means, Means]:
    size = len(labels)
    is_true = np.eye(size)[true]

    def statistic(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        values = class_values(scores, true, weights)
        macro, weighted = class_means(values, weights @ is_true)
        return np.concatenate([values, macro[:, :, None], weighted[:, :, None]], axis=2)

    (point,) = statistic(np.ones((1, len(true))))
    drawn = bootstrap.samples(statistic)
    counts = [len(np.unique(bootstrap.index[true == number])) for number in range(size)]

    def column(number: int, count: float) -> dict[str, Estimate | None]:
        return {
            name: bootstrap.estimate(
                None if np.isnan(point[row, number]) else float(point[row, number]),
                drawn[:, row, number],
                count,
            )
            for row, name in enumerate(MEANS)
        }

    classes = tuple(
        ClassFigures(
            label=label,
            support=int((true == number).sum()),
            independent=counts[number],
            **column(number, max(counts[number], 1)),
        )
        for number, label in enumerate(labels)
    )
    macro = Means(**column(size, effective_count(counts)))
    return classes, macro, Means(**column(size + 1, bootstrap.independent))


def _calibration_error(
    confidence: NDArray[np.float64], right: NDArray[np.bool_], value: float, bootstrap: Bootstrap
) -> Estimate | None:
    edges = np.linspace(0, 1, BINS + 1)
    inside = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, BINS - 1)
    # (cells, bins): by how much the confidence exceeds what came true.
    gaps = np.eye(BINS)[inside] * (confidence - right)[:, None]

    def statistic(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        error: NDArray[np.float64] = np.abs(weights @ gaps).sum(axis=1) / weights.sum(axis=1)
        return error

    return bootstrap.estimate(value, bootstrap.samples(statistic), bootstrap.independent)


def _abstention(
    confidence: NDArray[np.float64],
    right: NDArray[np.bool_],
    threshold: float,
    refused: NDArray[np.bool_],
    bootstrap: Bootstrap,
) -> tuple[Estimate | None, Estimate | None, Estimate | None]:
    """Share refused, and coverage and risk of answering what remains from the threshold on."""
    answered = (confidence >= threshold) & ~refused
    parts = np.column_stack([refused, answered, answered & ~right]).astype(np.float64)

    def statistic(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        taken, given, wrong = (weights @ parts).T
        total = weights.sum(axis=1)
        with np.errstate(invalid="ignore"):
            return np.stack([taken / total, given / total, wrong / given], axis=1)

    (point,) = statistic(np.ones((1, len(right))))
    drawn = bootstrap.samples(statistic)
    groups = len(np.unique(bootstrap.index[answered]))
    no_cell, coverage, risk = (
        bootstrap.estimate(None if np.isnan(value) else float(value), drawn[:, column], count)
        for column, (value, count) in enumerate(
            zip(point, (bootstrap.independent, bootstrap.independent, max(groups, 1)), strict=True)
        )
    )
    return no_cell, coverage, risk
