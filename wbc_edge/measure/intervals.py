"""Intervals: what a finite number of images, or of rounds, allows one to say.

Everything here is numpy and the standard library, so that the instrument runs where the model runs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEVEL = 0.95
RESAMPLES = 2000
# With fewer groups than this to tell it by, the spread between groups cannot be measured.
FEW_GROUPS = 10


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A figure and the interval around it, all three in the same unit."""

    value: float
    low: float
    high: float


def quantile(level: float) -> float:
    """The two-sided standard normal quantile: 1.96 for a level of 0.95."""
    return NormalDist().inv_cdf((1 + level) / 2)


def student(level: float, degrees: float) -> float:
    """The two-sided quantile of Student's t, by its expansion in the normal one.

    Fisher and Cornish, Technometrics 2, 1960, pp. 209-225. It is right to a hundredth from three
    degrees of freedom on for a level of 0.95, from six for 0.999, and too small below.
    """
    z = quantile(level)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / degrees**power for power, term in enumerate(terms, 1))


def wilson(successes: float, count: float) -> Estimate:
    """A proportion with Wilson's score interval (Wilson, JASA 22, 1927, pp. 209-212).

    It keeps an honest width where every image is right, which the textbook interval does not.

    Args:
        successes: 0 to `count`; may be fractional when `count` is an effective number.
        count: how many independent trials, above 0.
    """
    if not 0 <= successes <= count or count <= 0:
        raise ValueError(f"{successes} successes of {count} is not a proportion")
    share = successes / count
    z2 = quantile(LEVEL) ** 2
    centre = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = math.sqrt(z2 * share * (1 - share) / count + (z2 / count) ** 2 / 4) / (1 + z2 / count)
    # Where all are alike one end is whole, and rounding would leave it a bit beside.
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == count else min(1.0, centre + half)
    return Estimate(value=share, low=low, high=high)


def proportion(hits: NDArray[np.bool_], index: NDArray[np.int64]) -> Estimate:
    """The share of hits among images, with Wilson's interval at the effective number of images.

    Args:
        hits: (images,), one at least.
        index: (images,) the group of each image, from `group_index`.
    """
    value = int(hits.sum()) / len(hits)
    return around(value, effective_size(hits, index))


def around(value: float, count: float) -> Estimate:
    """A share as it was measured, with Wilson's interval at `count` independent trials, above 0."""
    scaled = wilson(value * count, count)
    return Estimate(value=value, low=min(value, scaled.low), high=max(value, scaled.high))


def wider(one: Estimate, other: Estimate) -> Estimate:
    """The first, with the wider of the two intervals at either end."""
    return Estimate(value=one.value, low=min(one.low, other.low), high=max(one.high, other.high))


def effective_size(hits: NDArray[np.bool_], index: NDArray[np.int64]) -> float:
    """As how many independent images the arguments of `proportion` count."""
    sizes = np.bincount(index)
    found = np.bincount(index[hits], minlength=len(sizes))
    telling = min(int((found > 0).sum()), int((found < sizes).sum()))
    return len(hits) / design_effect(found, found, sizes, telling=telling)


def balanced_size(counts: ArrayLike) -> float:
    """Size of the simple sample whose mean varies as a mean over classes of these sizes does.

    Args:
        counts: (classes,) images of each class; classes without any do not count.
    """
    sizes = np.asarray(counts, dtype=np.float64)
    present = sizes[sizes > 0]
    return float(len(present) ** 2 / (1 / present).sum())


def effective_sizes(
    hits: NDArray[np.bool_], index: NDArray[np.int64], counts: ArrayLike
) -> tuple[float, float]:
    """As how many independent images all count together, and how many in a mean over classes.

    Args:
        hits, index: (images,) as in `proportion`.
        counts: (classes,) images of each class.
    """
    together = effective_size(hits, index)
    return together, balanced_size(counts) * together / len(hits)


def design_effect(
    sums: NDArray[np.int64],
    squares: NDArray[np.int64],
    sizes: NDArray[np.int64],
    *,
    telling: int,
    level: float = LEVEL,
) -> float:
    """How many dependent images are worth one independent image (Kish, 1965), 1 or more.

    Measured as the variance between groups over that of as many independent images, each group held
    against the mean of the others, which it has not drawn to itself; few groups know their spread
    no better than Student's t. Where too few tell of it, a group counts as one image: the worst
    case.

    Args:
        sums, squares: (groups,) what the values of a group's images add up to, and their squares.
        sizes: (groups,) images of each group.
        telling: groups in which what makes the difference (an error, a discordant pair) was seen.
        level: of the interval that it is to widen.
    """
    if sizes.max() <= 1:
        return 1.0
    count = float(sizes.sum())
    mean = float(sums.sum()) / count
    independent = float(squares.sum()) - count * mean**2
    if telling < FEW_GROUPS or independent <= 0:
        return float((sizes.astype(np.float64) ** 2).sum()) / count
    shares = sizes / count
    between = float((((sums - mean * sizes) / (1 - shares)) ** 2).sum())
    degrees = max(1.0, 1 / float((shares**2).sum()) - 1)
    return max(1.0, between / independent * (student(level, degrees) / quantile(level)) ** 2)


def paired_score(gained: float, lost: float, count: float, *, level: float = LEVEL) -> Estimate:
    """The difference of two paired proportions with Tango's score interval.

    Tango, Statistics in Medicine 17, 1998, pp. 891-908. With no discordant pair at all it still has
    a width, z^2 / (n + z^2) to either side, where a bootstrap would claim certainty.

    Args:
        gained: pairs that only the candidate has right.
        lost: pairs that only the reference has right.
        count: all pairs, above 0; the three may be fractional when they are effective numbers.
        level: of the interval.

    Returns:
        (gained - lost) / count, as a share and not in points.
    """
    if min(gained, lost) < 0 or gained + lost > count * (1 + 1e-12) or count <= 0:
        raise ValueError(f"{gained} gained and {lost} lost do not fit into {count} pairs")
    z = quantile(level)
    difference = (gained - lost) / count

    def score(delta: float) -> float:
        # The share of losses that is most likely if the true difference were `delta`.
        b = -gained - lost + (2 * count - gained + lost) * delta
        c = -lost * delta * (1 - delta)
        loss = (math.sqrt(max(0.0, b * b - 8 * count * c)) - b) / (4 * count)
        variance = count * (2 * loss + delta * (1 - delta))
        return (gained - lost - count * delta) / math.sqrt(max(variance, 1e-300))

    def crossing(outer: float, target: float) -> float:
        inner = difference
        for _ in range(80):
            middle = (inner + outer) / 2
            if abs(score(middle)) < target:
                inner = middle
            else:
                outer = middle
        return inner

    return Estimate(value=difference, low=crossing(-1.0, z), high=crossing(1.0, z))


def resampled_totals(
    rows: NDArray[np.int64], *, rounds: int = RESAMPLES, seed: int = 0
) -> NDArray[np.int64]:
    """The bootstrap over independent units: column sums of `rounds` resamples of the rows.

    Equal rows are drawn together (a resample of n rows is one multinomial draw over the distinct
    ones), which makes it exact and quick at once: thousands of images have few distinct outcomes.

    Args:
        rows: (units, columns) counts, one row per independent unit (an image, a group of copies).

    Returns:
        (rounds, columns) totals.
    """
    distinct, repeats = np.unique(rows, axis=0, return_counts=True)
    generator = np.random.default_rng(seed)
    drawn = generator.multinomial(len(rows), repeats / len(rows), size=rounds)
    totals: NDArray[np.int64] = drawn @ distinct
    return totals


def percentile_limits(samples: NDArray[np.float64], *, level: float = LEVEL) -> tuple[float, float]:
    """The percentile bootstrap interval (Efron and Tibshirani, 1993, chapter 13)."""
    tail = 50 * (1 - level)
    low, high = np.percentile(samples, [tail, 100 - tail])
    return float(low), float(high)


def median(samples: NDArray[np.float64], *, level: float = LEVEL) -> Estimate:
    """The median of (n,) samples with its exact, distribution-free interval.

    The interval ends at order statistics: as many samples lie below the true median as a fair coin
    shows heads (Hahn and Meeker, Statistical Intervals, 1991, section 5.2). A percentile bootstrap
    of the median of 15 ends at the same kind of place but one sample too far inside: it says 99 %
    and covers 96.5 %. With fewer samples than the level asks for, 8 for 99 %, it is their range.
    """
    ordered = np.sort(samples)
    count = len(ordered)
    outside, tail = 0, 2.0**-count
    while tail <= (1 - level) / 2 and outside < (count - 1) // 2:
        outside += 1
        tail += math.comb(count, outside) * 2.0**-count
    inner = max(0, outside - 1)
    return Estimate(
        value=float(np.median(ordered)),
        low=float(ordered[inner]),
        high=float(ordered[count - 1 - inner]),
    )


def fewest_for_median(level: float = LEVEL) -> int:
    """The fewest samples whose range holds their median as surely as the level asks: 8 for 99 %."""
    return 1 + math.ceil(-math.log2(1 - level))


def can_tell_apart(count: int, others: int, *, level: float = LEVEL) -> bool:
    """Whether so many samples beside so many others could differ beyond chance at the level.

    Where neither set reaches into the other, the most that they can show, the rank-sum test's exact
    two-sided probability is two orders of all; five beside five are enough for 99 %.
    """
    return 2 / math.comb(count + others, count) <= 1 - level


def shift(
    samples: NDArray[np.float64], others: NDArray[np.float64], *, level: float = LEVEL
) -> Estimate:
    """How much higher (n,) samples lie than (m,) independent others, free of their distribution.

    The Hodges-Lehmann estimate, the median of all n x m differences, with the interval that belongs
    to the rank-sum test (Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, 2014,
    section 4.3), by its normal approximation. With too few samples for the level it is the range of
    the differences: the two sets are told apart only where they do not overlap.
    """
    differences = np.sort(np.subtract.outer(samples, others).ravel())
    count = len(differences)
    spread = math.sqrt(count * (len(samples) + len(others) + 1) / 12)
    outside = max(0, math.floor(count / 2 - quantile(level) * spread))
    return Estimate(
        value=float(np.median(differences)),
        low=float(differences[outside]),
        high=float(differences[count - 1 - outside]),
    )


def exponential(logarithms: Estimate) -> Estimate:
    """An estimate of logarithms as one of what they are the logarithms of."""
    return Estimate(
        value=math.exp(logarithms.value),
        low=math.exp(logarithms.low),
        high=math.exp(logarithms.high),
    )


def median_ratio(ours: ArrayLike, theirs: ArrayLike, *, level: float = LEVEL) -> Estimate:
    """The median of ours over theirs, pair by pair, with its exact interval; all are above 0.

    By way of logarithms, so that a/b and b/a have the same interval seen from either side.
    """
    return exponential(median(np.log(np.asarray(ours) / np.asarray(theirs)), level=level))


def group_index(count: int, groups: list[str] | tuple[str, ...] | None) -> NDArray[np.int64]:
    """(count,) the independent unit that each image belongs to: its own without groups."""
    if groups is None:
        return np.arange(count)
    if len(groups) != count:
        raise ValueError(f"{len(groups)} groups for {count} images")
    index: NDArray[np.int64] = np.unique(np.asarray(groups), return_inverse=True)[1].reshape(-1)
    return index


def sum_by_group(values: NDArray[np.int64], index: NDArray[np.int64]) -> NDArray[np.int64]:
    """(groups, columns) sums of (count, columns) values over the images of each group."""
    totals = np.zeros((int(index.max()) + 1, values.shape[1]), dtype=np.int64)
    np.add.at(totals, index, values)
    return totals
