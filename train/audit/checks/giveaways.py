"""What betrays the class without showing the cell: size, format, background, frame.

Two looks at it. One attribute value at a time: do the cells that have it belong to other classes
than the rest (chi-squared test of independence, Bonferroni's correction; copies in one group count
once)? And all values of a kind together: how often does a decision tree that sees nothing else name
the right class, cross-validated with groups kept together, against the chance of one in the number
of classes?
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import chi2_contingency, norm
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.tree import DecisionTreeClassifier

from train.audit.attributes import ATTRIBUTES, blue_cast, rare_together
from train.audit.cell import Cell
from train.audit.evidence import Evidence
from train.audit.finding import Chart, Exhibit, Finding, Severity, Table, side_by_side

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_CELLS = 20
"""Values that fewer cells have are taken together."""

LEVEL = 1e-3
"""Of the test, before the correction."""

LEAST_SHIFT = 0.1
"""Total variation distance between the classes of a value's cells and of the rest."""

LEAST_EXPECTED = 5
"""Cells of a class that would have to be among those with a value, for their absence to tell."""

LEAST_GAIN = 0.1
"""Balanced accuracy above chance from which a tree has seen too much, if chance does less."""

LARGE_EFFECT = 0.8
"""Cohen's d that is commonly called large."""

FOLDS = 5


def check(evidence: Evidence) -> Iterator[Finding]:
    """Per source: a finding per telling value, and one for the trees."""
    for source in evidence.sources:
        cells = [cell for cell in evidence.cells if cell.source == source]
        if len({cell.sample.label for cell in cells}) > 1:
            yield from _values(source, cells)
            yield from _trees(source, cells)


# ---- one value at a time ---------------------------------------------------------------------


def _values(source: str, cells: list[Cell]) -> Iterator[Finding]:
    asked = []
    for attribute, of in ATTRIBUTES.items():
        values = rare_together(of(cells), LEAST_CELLS)
        for value, count in Counter(values).most_common():
            # The value that most cells have is told by those that have it not.
            if LEAST_CELLS <= count <= len(cells) / 2:
                asked.append((attribute, value, np.array([v == value for v in values])))
    for attribute, value, has in asked:
        finding = _value(source, cells, attribute, value, has, tests=len(asked))
        if finding is not None:
            yield finding


@dataclass(frozen=True, kw_only=True)
class _Told:
    """What the cells that have a value, and the others, have of each class.

    Attributes:
        labels: the classes, in the order of the arrays.
        here, rest: how many cells with and without the value are of each.
        p: of independence, corrected.
    """

    labels: list[str]
    here: NDArray[np.float64]
    rest: NDArray[np.float64]
    p: float

    @property
    def shares(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Of each class among the cells with the value, and among the others."""
        return self.here / self.here.sum(), self.rest / self.rest.sum()

    @property
    def shift(self) -> float:
        """Total variation distance between the two."""
        here, rest = self.shares
        return 0.5 * float(np.abs(here - rest).sum())

    @property
    def overall(self) -> NDArray[np.float64]:
        """The share of each class among all cells."""
        both = self.here + self.rest
        return both / both.sum()

    @property
    def expected(self) -> NDArray[np.float64]:
        """How many cells with the value there would be of each, told it nothing."""
        return self.overall * self.here.sum()

    @property
    def never(self) -> list[str]:
        """The classes that no cell with the value is of, though some were to be expected."""
        enough = (self.here == 0) & (self.expected >= LEAST_EXPECTED)
        return [name for name, absent in zip(self.labels, enough, strict=True) if absent]


def _value(
    source: str, cells: list[Cell], attribute: str, value: str, has: np.ndarray, *, tests: int
) -> Finding | None:
    labels = sorted({cell.sample.label for cell in cells})
    members = [cell for cell, h in zip(cells, has, strict=True) if h]
    told = _Told(
        labels=labels,
        here=_counts(members, labels),
        rest=_counts([cell for cell, h in zip(cells, has, strict=True) if not h], labels),
        p=min(1.0, tests * _p_value(cells, has, labels)),
    )
    if told.p > LEVEL or told.shift < LEAST_SHIFT:
        return None
    cast, effect = _cast(cells, has)
    seen = attribute != "background" and abs(effect) >= LARGE_EFFECT
    with_it, without = told.shares
    return Finding(
        check="giveaways",
        severity=Severity.WARNING,
        title=f"{source}: {attribute} '{value}' betrays the class ({told.here.sum():.0f} cells)",
        text=" ".join([*_of_classes(told), *(_of_background(cast, effect) if seen else ())]),
        figures={
            "source": source,
            "attribute": attribute,
            "value": value,
            "p": told.p,
            "shift": told.shift,
            "counts": dict(zip(labels, told.here.tolist(), strict=True)),
            "never": told.never,
            "background_cast": cast,
            "background_effect": effect,
        },
        tables=(
            Table(
                head=("class", "with it", "without", "expected with it"),
                rows=tuple(
                    (name, f"{here:.0f}", f"{rest:.0f}", f"{expected:.1f}")
                    for name, here, rest, expected in zip(
                        labels, told.here, told.rest, told.expected, strict=True
                    )
                ),
            ),
        ),
        charts=(
            Chart(
                title=f"Classes of cells with {attribute} '{value}', and of the others",
                kind="bars",
                series={
                    value: dict(zip(labels, with_it.tolist(), strict=True)),
                    "the others": dict(zip(labels, without.tolist(), strict=True)),
                },
            ),
        ),
        exhibits=tuple(_examples(value, members, labels)),
    )


def _of_classes(told: _Told) -> Iterator[str]:
    best = int(told.here.argmax())
    yield (
        f"A network that sees it need not look at the cell: {told.labels[best]} has "
        f"{told.shares[0][best]:.0%} of these cells and {told.overall[best]:.0%} of all."
    )
    if never := told.never:
        expected = sum(told.expected[told.labels.index(name)] for name in never)
        yield (
            f"Not one of them is {' or '.join(never)}, though {expected:.0f} were to be expected."
        )


def _of_background(cast: float, effect: float) -> Iterator[str]:
    yield (
        f"And they look different: their background is {'bluer' if cast > 0 else 'yellower'} by "
        f"{abs(cast):.0f} of 255 (Cohen's d {effect:+.1f}), so that resizing does not hide it."
    )


def _p_value(cells: list[Cell], has: np.ndarray, labels: list[str]) -> float:
    """Of independence, every group counting once on each side: its copies are no evidence more."""
    sides = [
        list({c.sample.group: c for c, h in zip(cells, has, strict=True) if h == side}.values())
        for side in (True, False)
    ]
    table = np.stack([_counts(side, labels) for side in sides])
    return float(chi2_contingency(table[:, table.any(0)]).pvalue)


def _counts(cells: Sequence[Cell], labels: list[str]) -> np.ndarray:
    counts = Counter(cell.sample.label for cell in cells)
    return np.array([counts[label] for label in labels], float)


def _cast(cells: list[Cell], has: np.ndarray) -> tuple[float, float]:
    """How much bluer the background of some cells is than the others', and Cohen's d of it."""
    casts = blue_cast(cells)
    one, other = casts[has], casts[~has]
    difference = float(one.mean() - other.mean())
    pooled = np.sqrt((one.var() * len(one) + other.var() * len(other)) / len(casts))
    return difference, difference / float(pooled) if pooled > 0 else 0.0


def _examples(value: str, members: list[Cell], labels: list[str]) -> Iterator[Exhibit]:
    one_each = [next((c for c in members if c.sample.label == label), None) for label in labels]
    yield side_by_side(f"with {value}", [cell for cell in one_each if cell], most=len(labels))


# ---- all values of a kind --------------------------------------------------------------------


def _trees(source: str, cells: list[Cell]) -> Iterator[Finding]:
    labels = [cell.sample.label for cell in cells]
    classes = sorted(set(labels))
    if min(Counter(labels).values()) < FOLDS or len({c.sample.group for c in cells}) < 10 * FOLDS:
        return
    chance = 1 / len(classes)
    groups = [cell.sample.group for cell in cells]
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
    parts = list(folds.split(labels, labels, groups))
    tree = DecisionTreeClassifier(
        max_depth=8,
        min_samples_leaf=max(3, len(cells) // 1000),
        class_weight="balanced",
        random_state=0,
    )
    scores = {
        name: float(
            balanced_accuracy_score(labels, cross_val_predict(tree, values, labels, cv=parts))
        )
        for name, values in _features(cells).items()
    }
    gain = max(LEAST_GAIN, _by_chance(classes, labels, groups, LEVEL / len(scores)))
    telling = {
        name: score
        for name, score in scores.items()
        if score >= chance + gain and name != "mean colour of the picture"
    }
    verdict = (
        ", ".join(f"{name} {score:.0%}" for name, score in telling.items())
        if telling
        else "nothing beside the cell tells the class"
    )
    yield Finding(
        check="giveaways",
        severity=Severity.WARNING if telling else Severity.NOTE,
        title=f"{source}: guessing the class without looking at the cell: {verdict} "
        f"(chance {chance:.0%})",
        text="Balanced accuracy of a decision tree that sees nothing else. The mean colour holds "
        "the cell itself and may tell it honestly; size, format and the empty background may not. "
        "Frame cells alike, vary colours in training, and test on cells of another laboratory.",
        figures={"source": source, "chance": chance, "balanced_accuracy": scores},
        tables=(
            Table(
                head=("what the tree sees", "balanced accuracy"),
                rows=tuple((name, f"{score:.1%}") for name, score in scores.items()),
            ),
        ),
        charts=(
            Chart(
                title="Balanced accuracy of the guess",
                kind="bars",
                series={"tree": scores, "chance": dict.fromkeys(scores, chance)},
            ),
        ),
    )


def _by_chance(
    classes: Sequence[str], labels: Sequence[str], groups: Sequence[str], level: float
) -> float:
    """The balanced accuracy above chance that guessing exceeds with this probability.

    By the normal approximation, cells of one group counting as one.
    """
    chance = 1 / len(classes)
    pairs = Counter(label for label, _ in set(zip(labels, groups, strict=True)))
    variance = sum(chance * (1 - chance) / pairs[label] for label in classes) / len(classes) ** 2
    return float(norm.isf(level) * math.sqrt(variance))


def _features(cells: list[Cell]) -> dict[str, np.ndarray]:
    kinds = sorted({cell.format for cell in cells})
    return {
        "size and format": np.array([(c.width, c.height, kinds.index(c.format)) for c in cells]),
        "bytes of the file": np.array([(c.file_bytes,) for c in cells]),
        "colour of the background": np.array([c.background for c in cells]),
        "black at the rim": np.array([(c.black_rim,) for c in cells]),
        "mean colour of the picture": np.array([c.mean for c in cells]),
    }
