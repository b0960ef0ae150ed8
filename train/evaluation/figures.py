"""The figures of one subject on one set of cells, each with its interval over independent cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from train.evaluation import ranking
from train.evaluation.bootstrap import Bootstrap
from train.evaluation.costly import Costly, costliest
from train.evaluation.ranking import Curve, Selective
from wbc_edge.measure.accuracy import BINS, Accuracy, Calibration, bin_of, checked, measure
from wbc_edge.measure.intervals import (
    LEVEL,
    Estimate,
    effective_size,
    effective_sizes,
    proportion,
    wider,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEANS = ("precision", "recall", "f1", "auc")

CHANCES = 500
"""Sets of answers that are drawn to tell what chance makes of a calibration error."""


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
        calibration_chance: what it would be on the average if the confidences were right: chance
            alone makes an error of it, the larger the fewer the cells.
        threshold: confidence under which the subject abstains.
        refused: share of cells that it took for none.
        coverage: share of cells answered: from the threshold on, and not refused.
        risk: share of wrong answers among these; None where nothing is answered.
        selective: the risk at every coverage.
        mistakes: the wrong answers, the most confident first.
        costly: the slides or originals whose cells have the most of them.
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
    calibration_chance: float
    threshold: float
    refused: Estimate
    coverage: Estimate
    risk: Estimate | None
    selective: Selective
    mistakes: tuple[Mistake, ...]
    costly: tuple[Costly, ...]


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
    no_cell = np.zeros(len(true), dtype=bool) if refused is None else refused
    measured = measure(
        scores, truth, labels, threshold=threshold, refused=no_cell, groups=groups, seed=seed
    )
    classes, macro, weighted = _by_class(scores, true, measured, bootstrap)
    named, confidence = scores.argmax(axis=1), scores.max(axis=1)
    right = named == true
    chance = calibration_by_chance(confidence, bootstrap)
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
            confidence, right, measured.calibration.error, bootstrap, chance
        ),
        calibration_chance=float(chance.mean()),
        threshold=threshold,
        refused=proportion(no_cell, bootstrap.index),
        coverage=measured.abstention.coverage,
        risk=measured.abstention.risk,
        selective=ranking.selective(confidence, right, no_cell),
        mistakes=mistakes(scores, true, labels),
        costly=costliest(groups, truth, [labels[column] for column in named]),
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


def _by_class(
    scores: NDArray[np.float64],
    true: NDArray[np.int64],
    measured: Accuracy,
    bootstrap: Bootstrap,
) -> tuple[tuple[ClassFigures, ...], Means, Means]:
    size = len(measured.labels)
    is_true = np.eye(size)[true]

    def statistic(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        values = class_values(scores, true, weights)
        macro, weighted = class_means(values, weights @ is_true)
        return np.concatenate([values, macro[:, :, None], weighted[:, :, None]], axis=2)

    (point,) = statistic(np.ones((1, len(true))))
    drawn = bootstrap.samples(statistic)
    right = scores.argmax(axis=1) == true
    members = [true == number for number in range(size)]
    groups = [len(np.unique(bootstrap.index[inside])) for inside in members]

    def estimates(place: int, names: Sequence[str], count: float) -> dict[str, Estimate | None]:
        found: dict[str, Estimate | None] = {}
        for name in names:
            row = MEANS.index(name)
            value = None if np.isnan(point[row, place]) else float(point[row, place])
            # An area is no share of cells: Wilson's interval is not its own.
            judge = bootstrap.estimate if name == "auc" else bootstrap.share
            found[name] = judge(value, drawn[:, row, place], count)
        return found

    def area(place: int) -> Estimate | None:
        found = estimates(place, ("auc",), max(groups[place], 1))["auc"]
        inside = members[place]
        if found is None or not inside.any() or inside.all():
            return found
        others = len(np.unique(bootstrap.index[~inside]))
        return wider(found, ranking.area_interval(found.value, groups[place], others))

    classes = tuple(
        ClassFigures(
            label=score.label,
            support=score.support,
            independent=groups[number],
            precision=score.precision,
            recall=score.recall,
            **estimates(number, ("f1",), _size(right, bootstrap.index, members[number])),
            auc=area(number),
        )
        for number, score in enumerate(measured.classes)
    )
    cells, balanced = effective_sizes(
        right, bootstrap.index, [score.support for score in measured.classes]
    )
    return (
        classes,
        Means(**estimates(size, MEANS, balanced)),
        Means(**estimates(size + 1, MEANS, cells)),
    )


def _size(right: NDArray[np.bool_], index: NDArray[np.int64], members: NDArray[np.bool_]) -> float:
    """As how many independent cells some count; 1 where there are none."""
    return effective_size(right[members], index[members]) if members.any() else 1.0


def _calibration_error(
    confidence: NDArray[np.float64],
    right: NDArray[np.bool_],
    value: float,
    bootstrap: Bootstrap,
    chance: NDArray[np.float64],
) -> Estimate | None:
    """The error with its interval, whose low end is 0 where `chance` may have made all of it."""
    # (cells, bins): by how much the confidence exceeds what came true.
    gaps = np.eye(BINS)[bin_of(confidence)] * (confidence - right)[:, None]

    def statistic(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        error: NDArray[np.float64] = np.abs(weights @ gaps).sum(axis=1) / weights.sum(axis=1)
        return error

    # Resampled, a sum of absolute gaps only grows: the interval is that of the reflected values
    # (the basic bootstrap; Davison and Hinkley, 1997, section 5.2), as far as they can be errors.
    reflected = np.clip(2 * value - bootstrap.samples(statistic), 0, 1)
    found = bootstrap.estimate(value, reflected, bootstrap.independent)
    if found is not None and value <= np.quantile(chance, (1 + LEVEL) / 2):
        return replace(found, low=0.0)
    return found


def calibration_by_chance(
    confidence: NDArray[np.float64], bootstrap: Bootstrap
) -> NDArray[np.float64]:
    """Calibration errors that these confidences would show if every one of them were right.

    Cells that belong together come true together. Of few cells they are large.

    Args:
        confidence: of each cell, shape (N,).
        bootstrap: of the same cells.

    Returns:
        An error for each of `CHANCES` draws.
    """
    rng, bins = np.random.default_rng(0), bin_of(confidence)
    found = []
    for _ in range(CHANCES):
        right = rng.random(bootstrap.independent)[bootstrap.index] < confidence
        gaps = np.bincount(bins, weights=confidence - right, minlength=BINS)
        found.append(np.abs(gaps).sum() / len(confidence))
    return np.array(found)
