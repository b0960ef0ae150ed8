"""How often a model is right, class by class, and whether its confidence can be believed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wbc_edge.measure.intervals import (
    Estimate,
    around,
    effective_sizes,
    group_index,
    percentile_limits,
    proportion,
    resampled_totals,
    wider,
)

BINS = 15


@dataclass(frozen=True, kw_only=True)
class ClassScore:
    """One class: `recall` is None without images of it, `precision` where it was never named."""

    label: str
    support: int
    recall: Estimate | None
    precision: Estimate | None
    f1: float | None


@dataclass(frozen=True, kw_only=True)
class Bin:
    """Images whose confidence lies in (low, high]; `confidence` and `accuracy` are their means."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """The expected calibration error and the bins behind it."""

    error: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True, kw_only=True)
class Abstention:
    """What a threshold buys: `coverage`, the share answered; `risk`, the share of those wrong."""

    threshold: float
    answered: int
    coverage: Estimate
    risk: Estimate | None


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """All that is said about one model on one set of images.

    `confusion[i][j]` counts the images of class i that were called j. `independent` is the number
    of groups, or of images where no groups were given. The averages over classes leave out a class
    of which there is no image: it has no recall, rather than one of 0. `again` is the share that
    was looked at again (`wbc_edge.looks`), None where that is not known.
    """

    count: int
    independent: int
    labels: tuple[str, ...]
    top1: Estimate
    balanced: Estimate
    macro_f1: Estimate
    classes: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    calibration: Calibration
    abstention: Abstention
    again: Estimate | None = None


def measure(
    probabilities: ArrayLike,
    truth: Sequence[str],
    labels: Sequence[str],
    *,
    threshold: float = 0.0,
    refused: NDArray[np.bool_] | None = None,
    again: NDArray[np.bool_] | None = None,
    groups: Sequence[str] | None = None,
    seed: int = 0,
) -> Accuracy:
    """Judge a model's probabilities against the true labels.

    Args:
        probabilities: (images, classes), rows that sum to 1.
        truth: the true label of each image, each one of `labels`.
        labels: the classes in the order of the columns.
        threshold: the model abstains where its confidence is below this.
        refused: (images,) what it took for no cell, and abstained for at any confidence.
        again: (images,) what it looked at again.
        groups: what each image was made from; images of one group are not independent (copies of
            one cell), so intervals resample groups, and count images for as many as they are worth.
            By default every image stands for itself.
        seed: of the bootstrap; the same seed gives the same interval.

    Raises:
        ValueError: shapes that do not match, no image, or a true label that is not in `labels`.
    """
    scores, true = checked(probabilities, truth, labels)
    predicted = scores.argmax(axis=1)
    index = group_index(len(true), None if groups is None else list(groups))
    confusion = confusion_matrix(true, predicted, len(labels))
    tables = _tables_by_group(true, predicted, index, len(labels))
    right = predicted == true
    # Every class counts alike; and images that belong together count for fewer, as in the top-1.
    together, by_class = effective_sizes(right, index, confusion.sum(axis=1))
    return Accuracy(
        count=len(true),
        independent=len(tables),
        labels=tuple(labels),
        top1=_top1(confusion, tables, independent=together, seed=seed),
        balanced=_mean(balanced_accuracy, confusion, tables, independent=by_class, seed=seed),
        macro_f1=_mean(macro_f1, confusion, tables, independent=by_class, seed=seed),
        classes=class_scores(true, predicted, labels, index),
        confusion=tuple(tuple(int(cell) for cell in row) for row in confusion),
        calibration=calibration(scores, true),
        abstention=abstention(scores, true, index, threshold=threshold, refused=refused),
        again=None if again is None else proportion(again, index),
    )


def checked(
    probabilities: ArrayLike, truth: Sequence[str], labels: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(images, classes) probabilities and (images,) class numbers; a ValueError says why not."""
    scores = np.asarray(probabilities, dtype=np.float64)
    if len(truth) == 0:
        raise ValueError("there is no image to judge by")
    if scores.shape != (len(truth), len(labels)):
        raise ValueError(
            f"probabilities are {scores.shape}, expected {(len(truth), len(labels))} "
            "for as many images and labels"
        )
    if not np.isfinite(scores).all():
        raise ValueError("a probability is not a finite number")
    position = {label: number for number, label in enumerate(labels)}
    unknown = sorted(set(truth) - set(position))
    if unknown:
        raise ValueError(f"true labels that the model does not have: {', '.join(unknown)}")
    return scores, np.array([position[label] for label in truth], dtype=np.int64)


def confusion_matrix(
    true: NDArray[np.int64], predicted: NDArray[np.int64], classes: int
) -> NDArray[np.int64]:
    """(classes, classes) counts: a row per true class, a column per predicted one."""
    # Where integers are of 32 bits, numpy 1 counts none of 64.
    cell = (true * classes + predicted).astype(np.intp)
    return np.bincount(cell, minlength=classes * classes).reshape(classes, classes)


def balanced_accuracy(confusion: NDArray[np.int64]) -> NDArray[np.float64]:
    """The mean recall of (..., classes, classes) confusion matrices, over classes with images."""
    with np.errstate(invalid="ignore"):
        recall = _diagonal(confusion) / confusion.sum(axis=-1)
    return _mean_of_present(recall, confusion)


def macro_f1(confusion: NDArray[np.int64]) -> NDArray[np.float64]:
    """The mean F1 of (..., classes, classes) confusion matrices, over classes with images."""
    right = _diagonal(confusion)
    with np.errstate(invalid="ignore"):
        f1 = 2 * right / (confusion.sum(axis=-1) + confusion.sum(axis=-2))
    return _mean_of_present(f1, confusion)


def class_scores(
    true: NDArray[np.int64],
    predicted: NDArray[np.int64],
    labels: Sequence[str],
    index: NDArray[np.int64],
) -> tuple[ClassScore, ...]:
    """Recall and precision of each class; all but `labels` have a number for each image.

    Args:
        index: the group of each image, from `intervals.group_index`.
    """
    scores = []
    for number, label in enumerate(labels):
        members, called = true == number, predicted == number
        hits = members & called
        right, support, named = (int(part.sum()) for part in (hits, members, called))
        scores.append(
            ClassScore(
                label=label,
                support=support,
                recall=proportion(hits[members], index[members]) if support else None,
                precision=proportion(hits[called], index[called]) if named else None,
                f1=2 * right / (support + named) if support + named else None,
            )
        )
    return tuple(scores)


def calibration(
    probabilities: NDArray[np.float64], true: NDArray[np.int64], *, bins: int = BINS
) -> Calibration:
    """The expected calibration error over equal-width bins of confidence.

    Guo et al., "On Calibration of Modern Neural Networks", ICML 2017: bins (low, high], the gap of
    mean confidence and accuracy in each, weighted by its share of the images.
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == true
    edges = np.linspace(0, 1, bins + 1)
    inside = bin_of(confidence, bins)
    filled = tuple(
        Bin(
            low=float(edges[number]),
            high=float(edges[number + 1]),
            count=int(members.sum()),
            confidence=float(confidence[members].mean()),
            accuracy=float(right[members].mean()),
        )
        for number in range(bins)
        if (members := inside == number).any()
    )
    error = sum(part.count * abs(part.accuracy - part.confidence) for part in filled) / len(true)
    return Calibration(error=error, bins=filled)


def bin_of(confidence: NDArray[np.float64], bins: int = BINS) -> NDArray[np.int64]:
    """(images,) the number of the bin (low, high] that each confidence lies in."""
    edges = np.linspace(0, 1, bins + 1)
    return np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)


def abstention(
    probabilities: NDArray[np.float64],
    true: NDArray[np.int64],
    index: NDArray[np.int64],
    *,
    threshold: float,
    refused: NDArray[np.bool_] | None = None,
) -> Abstention:
    """Coverage and selective risk (El-Yaniv and Wiener, JMLR 11, 2010) at a threshold.

    What is `refused`, (images,), is not answered at any. `index` is as in `class_scores`.
    """
    answered = probabilities.max(axis=1) >= threshold
    if refused is not None:
        answered &= ~refused
    wrong = probabilities.argmax(axis=1) != true
    count = int(answered.sum())
    return Abstention(
        threshold=threshold,
        answered=count,
        coverage=proportion(answered, index),
        risk=proportion(wrong[answered], index[answered]) if count else None,
    )


def _diagonal(confusion: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.diagonal(confusion, axis1=-2, axis2=-1)


def _mean_of_present(
    values: NDArray[np.float64], confusion: NDArray[np.int64]
) -> NDArray[np.float64]:
    present = confusion.sum(axis=-1) > 0
    total = np.where(present, values, 0.0).sum(axis=-1)
    mean: NDArray[np.float64] = total / present.sum(axis=-1)
    return mean


def _tables_by_group(
    true: NDArray[np.int64],
    predicted: NDArray[np.int64],
    index: NDArray[np.int64],
    classes: int,
) -> NDArray[np.int64]:
    """(groups, classes * classes): the confusion matrix of each group, laid flat."""
    tables = np.zeros((int(index.max()) + 1, classes * classes), dtype=np.int64)
    np.add.at(tables, (index, true * classes + predicted), 1)
    return tables


def _top1(
    confusion: NDArray[np.int64], tables: NDArray[np.int64], *, independent: float, seed: int
) -> Estimate:
    """By images, Wilson's interval; by groups, the bootstrap's where that is the wider."""
    if len(tables) == confusion.sum():
        return around(float(_share_right(confusion)), independent)
    return _mean(_share_right, confusion, tables, independent=independent, seed=seed)


def _mean(
    figure: Callable[[NDArray[np.int64]], NDArray[np.float64]],
    confusion: NDArray[np.int64],
    tables: NDArray[np.int64],
    *,
    independent: float,
    seed: int,
) -> Estimate:
    """A mean, with the wider of two intervals, end by end.

    The bootstrap can only redraw what was seen: of classes without an error, or of a few groups, it
    says too much. Wilson's interval at the effective number of images has an honest width there.
    """
    found = _bootstrapped(figure, confusion, tables, seed=seed)
    return wider(found, around(found.value, independent))


def _share_right(confusions: NDArray[np.int64]) -> NDArray[np.float64]:
    share: NDArray[np.float64] = _diagonal(confusions).sum(axis=-1) / confusions.sum((-2, -1))
    return share


def _bootstrapped(
    figure: Callable[[NDArray[np.int64]], NDArray[np.float64]],
    confusion: NDArray[np.int64],
    tables: NDArray[np.int64],
    *,
    seed: int,
) -> Estimate:
    classes = len(confusion)
    resamples = resampled_totals(tables, seed=seed).reshape(-1, classes, classes)
    low, high = percentile_limits(figure(resamples))
    return Estimate(value=float(figure(confusion)), low=low, high=high)
