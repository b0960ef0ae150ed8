"""Is the candidate as good as its reference? Both answer the same images, so they form pairs.

Only images that one of the two has right and the other wrong say anything about a difference:
`lost` ones (right by the reference alone) and `gained` ones (right by the candidate alone).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wbc_edge.measure.accuracy import checked
from wbc_edge.measure.intervals import (
    LEVEL,
    Estimate,
    design_effect,
    group_index,
    paired_score,
    percentile_limits,
    proportion,
    quantile,
    resampled_totals,
    sum_by_group,
    wider,
)

MAX_DROP = 0.5
# Beyond this many images the answer is "cannot be shown" rather than a number.
MOST_IMAGES = 100_000_000
_SURELY = (1 + quantile(0.6) / quantile(LEVEL)) ** 2
"""How many times as many images decide in four cases of five, the usual power of a trial, as in one
of two: 2.04."""

Outcome = Literal["kept", "lost", "undecided"]


@dataclass(frozen=True, kw_only=True)
class Flip:
    """An image that the two models name differently; `effect` says what the candidate did to it."""

    path: str
    truth: str
    reference: str
    candidate: str
    effect: Literal["lost", "gained", "still wrong"]


@dataclass(frozen=True, kw_only=True)
class RecallChange:
    """Recall of one class, candidate minus reference, in shares; None without images of it."""

    label: str
    support: int
    lost: int
    gained: int
    change: Estimate | None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether the drop in accuracy is within a limit, as far as the images can tell.

    - "kept": the whole interval of the drop lies at or under `max_drop`;
    - "lost": the whole interval lies above it;
    - "undecided": the limit lies inside the interval; about `images_needed` images like these would
      most likely decide it (None where the measured drop is so close to the limit that no number
      would). Where no image is right by one of them alone, nothing tells how often that happens,
      and it is the number that would decide if it never did.

    `changed` is how many images are right by one alone. `drop`, `worst` and `best` are the measured
    drop and the ends of its interval, in points.
    """

    outcome: Outcome
    max_drop: float
    drop: float
    best: float
    worst: float
    changed: int
    images_needed: int | None

    def sentence(self) -> str:
        """The verdict in words. A drop that the interval cannot exclude is never called none."""
        if self.drop < 0:
            change = f"{-self.drop:.2f} points gained"
            ends = f"{-self.worst:.2f} to {-self.best:.2f}"
        else:
            change, ends = f"{self.drop:.2f} points lost", f"{self.best:.2f} to {self.worst:.2f}"
        span = f"{change} (95 % interval {ends})"
        if self.outcome == "kept":
            return f"kept: {span}, at most {self.max_drop:g} may be lost"
        if self.outcome == "lost":
            return (
                f"lost: {span}, {self.drop - self.max_drop:.2f} over the limit of {self.max_drop:g}"
            )
        if self.images_needed is None:
            more = "no number of images would decide a drop so close to it"
        elif self.changed:
            more = f"about {self.images_needed} images like these would decide, four times in five"
        else:
            more = f"{self.images_needed} images would decide, if all are answered alike"
        return f"undecided: {span} around the limit of {self.max_drop:g}; {more}"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A candidate beside its reference. `difference` is candidate minus reference, in shares.

    `p_value` is that of McNemar's exact test, or of `sign_flip` where images belong together.
    """

    count: int
    independent: int
    reference_right: int
    candidate_right: int
    lost: int
    gained: int
    difference: Estimate
    p_value: float
    agreement: Estimate
    largest_probability_difference: float
    largest_difference_at: str
    recall: tuple[RecallChange, ...]
    flips: tuple[Flip, ...]
    verdict: Verdict

    @property
    def test(self) -> str:
        """The test that gave the p-value, in words."""
        if self.independent == self.count:
            return "McNemar's exact test"
        return f"exact sign-flip test of {self.independent} groups"


def compare(
    candidate: ArrayLike,
    reference: ArrayLike,
    truth: Sequence[str],
    labels: Sequence[str],
    *,
    paths: Sequence[str] | None = None,
    groups: Sequence[str] | None = None,
    max_drop: float = MAX_DROP,
    seed: int = 0,
) -> Comparison:
    """Compare two models on the same images.

    Args:
        candidate: (images, classes) probabilities of the model in question.
        reference: (images, classes) probabilities of the model it is to be as good as.
        truth: the true label of each image.
        labels: the classes, in the order of the columns of both.
        paths: a name for each image, for the list of flips; by default its number.
        groups: what each image was made from, as in `accuracy.measure`.
        max_drop: points of top-1 accuracy that may be lost.
        seed: of the bootstrap.

    Raises:
        ValueError: shapes or labels that do not match, or no image.
    """
    ours, true = checked(candidate, truth, labels)
    theirs, _ = checked(reference, truth, labels)
    names = [str(number) for number in range(len(true))] if paths is None else list(paths)
    index = group_index(len(true), None if groups is None else list(groups))
    ours_named, theirs_named = ours.argmax(axis=1), theirs.argmax(axis=1)
    ours_right, theirs_right = ours_named == true, theirs_named == true
    lost, gained = theirs_right & ~ours_right, ours_right & ~theirs_right
    gap = np.abs(ours - theirs).max(axis=1)
    down, up = int(lost.sum()), int(gained.sum())
    difference = paired_difference(gained, lost, index, seed=seed)
    return Comparison(
        count=len(true),
        independent=int(index.max()) + 1,
        reference_right=int(theirs_right.sum()),
        candidate_right=int(ours_right.sum()),
        lost=down,
        gained=up,
        difference=difference,
        p_value=_p_value(gained, lost, index),
        agreement=proportion(ours_named == theirs_named, index),
        largest_probability_difference=float(gap.max()),
        largest_difference_at=names[int(gap.argmax())],
        recall=_recall_changes(true, lost, gained, labels, index),
        flips=_flips(true, ours_named, theirs_named, names, labels),
        verdict=judge(difference, gained=up, lost=down, count=len(true), max_drop=max_drop),
    )


def mcnemar(lost: int, gained: int) -> float:
    """The two-sided p-value of McNemar's exact test, in integer arithmetic.

    McNemar, Psychometrika 12, 1947, pp. 153-157: without a true difference each discordant pair is
    as likely lost as gained, so the smaller of the two counts is binomial with probability 1/2.
    """
    pairs = lost + gained
    ways = 1
    tail = 1
    for k in range(min(lost, gained)):
        ways = ways * (pairs - k) // (k + 1)
        tail += ways
    return min(1.0, 2 * tail / (1 << pairs))


def sign_flip(nets: NDArray[np.int64]) -> float:
    """The two-sided p-value of the exact sign-flip test.

    Fisher, The Design of Experiments, 1935, section 21: without a true difference the models of a
    group might as well change places, so its net loss has either sign with equal chance. Where
    every image is a group of its own this is McNemar's exact test.

    Args:
        nets: (groups,) images lost minus gained, of each group of images.
    """
    sizes = np.abs(nets[nets != 0])
    total = int(sizes.sum())
    # chances[s] is the probability that the groups counted as lost, the first ones, hold s images.
    chances = np.zeros(total + 1)
    chances[0] = 1.0
    for size in sizes.tolist():
        chances /= 2
        chances[size:] += chances[:-size].copy()
    # A sum of the nets is 2 s - total.
    extreme = np.abs(2 * np.arange(total + 1) - total) >= abs(int(nets.sum()))
    return min(1.0, float(chances[extreme].sum()))


def paired_difference(
    gained: NDArray[np.bool_],
    lost: NDArray[np.bool_],
    index: NDArray[np.int64],
    *,
    level: float = LEVEL,
    seed: int = 0,
) -> Estimate:
    """Accuracy of the candidate minus that of the reference, with its interval.

    The interval is the wider, end by end, of two: the percentile bootstrap over independent groups,
    and Tango's score interval at the effective number of images. The bootstrap follows any
    dependence but can only redraw what was seen: with no discordant pair it would claim [0, 0], and
    with few it is too narrow. The score interval has an honest width there.

    Args:
        gained, lost: (images,) which pairs are discordant, and how.
        index: (images,) the group of each image, from `intervals.group_index`.
    """
    units = _units(gained, lost, index)
    totals = resampled_totals(units, seed=seed)
    low, high = percentile_limits((totals[:, 0] - totals[:, 1]) / totals[:, 2], level=level)
    score = _effective_score(units, level=level)
    return wider(score, Estimate(value=score.value, low=low, high=high))


def judge(
    difference: Estimate,
    *,
    gained: int,
    lost: int,
    count: int,
    max_drop: float = MAX_DROP,
) -> Verdict:
    """The verdict on a paired difference in accuracy; see `Verdict` for its three outcomes."""
    drop, best, worst = (
        # + 0.0 turns a drop of -0.0 into 0.0.
        -100 * end + 0.0
        for end in (difference.value, difference.high, difference.low)
    )
    outcome = decide(best, worst, limit=max_drop)
    needed = None
    if outcome == "undecided":
        needed = images_needed(gained, lost, count, best=best, worst=worst, max_drop=max_drop)
    return Verdict(
        outcome=outcome,
        max_drop=max_drop,
        drop=drop,
        best=best,
        worst=worst,
        changed=lost + gained,
        images_needed=needed,
    )


def decide(best: float, worst: float, *, limit: float) -> Outcome:
    """Whether a loss whose interval is [best, worst] stays within a limit."""
    if worst <= limit:
        return "kept"
    return "lost" if best > limit else "undecided"


def images_needed(
    gained: int, lost: int, count: int, *, best: float, worst: float, max_drop: float
) -> int | None:
    """How many images would decide in four cases of five, if they go on as these did.

    None if no number would.

    Args:
        gained, lost, count: as they were measured.
        best, worst: the ends of the drop's interval as measured, in points. They carry the
            dependence between images: where the one beyond the limit lies further out than the
            plain score interval, more images are needed.
        max_drop: the limit, in points.
    """
    drop = 100 * (lost - gained) / count
    score = paired_score(gained, lost, count)
    beyond, plain = (worst, -100 * score.low) if drop <= max_drop else (best, -100 * score.high)
    # Where every image is lost there is no room for an interval above the drop.
    inflation = max(1.0, ((beyond - drop) / (plain - drop)) ** 2) if plain != drop else 1.0

    def decided(images: float) -> bool:
        share = images / count
        score = paired_score(gained * share, lost * share, images)
        return decide(-100 * score.high, -100 * score.low, limit=max_drop) != "undecided"

    if not decided(MOST_IMAGES):
        return None
    few, many = 1.0, float(MOST_IMAGES)
    while many - few > 0.5:
        middle = (few + many) / 2
        few, many = (few, middle) if decided(middle) else (middle, many)
    # So many would decide if theirs were this drop; in half of cases it lies nearer to the limit.
    spread = _SURELY if gained + lost else 1.0
    return max(count + 1, math.ceil(spread * many * inflation))


def _p_value(gained: NDArray[np.bool_], lost: NDArray[np.bool_], index: NDArray[np.int64]) -> float:
    up, down, sizes = _units(gained, lost, index).T
    if sizes.max() <= 1:
        return mcnemar(int(down.sum()), int(up.sum()))
    return sign_flip(down - up)


def _units(
    gained: NDArray[np.bool_], lost: NDArray[np.bool_], index: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(groups, 3) gained, lost and all images of each group."""
    ones = np.ones(len(index), dtype=np.int64)
    return sum_by_group(np.column_stack([gained, lost, ones]), index)


def _effective_score(units: NDArray[np.int64], *, level: float = LEVEL) -> Estimate:
    """Tango's interval at the effective number of images of `_units`."""
    gained, lost, sizes = units.T
    effect = design_effect(
        gained - lost,
        gained + lost,
        sizes,
        telling=int((gained + lost > 0).sum()),
        level=level,
    )
    up, down, count = (int(total) for total in units.sum(axis=0))
    # Shares are the same at the effective number of images; only the width changes.
    score = paired_score(up / effect, down / effect, count / effect, level=level)
    return Estimate(value=(up - down) / count, low=score.low, high=score.high)


def _recall_changes(
    true: NDArray[np.int64],
    lost: NDArray[np.bool_],
    gained: NDArray[np.bool_],
    labels: Sequence[str],
    index: NDArray[np.int64],
) -> tuple[RecallChange, ...]:
    changes = []
    for number, label in enumerate(labels):
        members = true == number
        support = int(members.sum())
        change = None
        if support:
            change = _effective_score(_units(gained[members], lost[members], index[members]))
        changes.append(
            RecallChange(
                label=label,
                support=support,
                lost=int((lost & members).sum()),
                gained=int((gained & members).sum()),
                change=change,
            )
        )
    return tuple(changes)


def _flips(
    true: NDArray[np.int64],
    candidate: NDArray[np.int64],
    reference: NDArray[np.int64],
    names: Sequence[str],
    labels: Sequence[str],
) -> tuple[Flip, ...]:
    return tuple(
        Flip(
            path=names[at],
            truth=labels[int(true[at])],
            reference=labels[int(reference[at])],
            candidate=labels[int(candidate[at])],
            effect=_effect(int(true[at]), int(candidate[at]), int(reference[at])),
        )
        for at in np.flatnonzero(candidate != reference).tolist()
    )


def _effect(true: int, candidate: int, reference: int) -> Literal["lost", "gained", "still wrong"]:
    if reference == true:
        return "lost"
    return "gained" if candidate == true else "still wrong"
