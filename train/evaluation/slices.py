"""Where a network errs: its accuracy among the cells that share an attribute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from train.evaluation.cells import Cells
from train.evaluation.figures import Figures, Mistake
from train.sources import attributes
from train.sources.attributes import Attributes
from wbc_edge.measure.intervals import Estimate, group_index, proportion


@dataclass(frozen=True, kw_only=True)
class Slice:
    """The cells of one value of an attribute.

    Attributes:
        attribute: its name, such as `nucleus_shape`.
        value: theirs, such as `segmented-bilobed`.
        count: number of cells.
        accuracy: share of them that are called what they are.
        below: whether the whole interval lies below the accuracy on all cells whose value of the
            attribute is known.
        confused: what its cells are most often taken for: truth, answer and number of cells.
    """

    attribute: str
    value: str
    count: int
    accuracy: Estimate
    below: bool
    confused: tuple[str, str, int] | None


def slices(figures: Figures, cells: Cells, known: Attributes) -> tuple[Slice, ...]:
    """Every value of every attribute that two or more values have, by attribute and value."""
    members: dict[str, dict[str, list[int]]] = {}
    for number, sample in enumerate(cells.samples):
        for attribute, value in attributes.of(sample, known).items():
            members.setdefault(attribute, {}).setdefault(value, []).append(number)
    mistakes = {mistake.index: mistake for mistake in figures.mistakes}
    found = []
    for attribute, values in sorted(members.items()):
        known_of = [number for chosen in values.values() for number in chosen]
        accuracy = sum(number not in mistakes for number in known_of) / len(known_of)
        if len(values) > 1:
            found += [
                _slice(mistakes, cells, attribute, value, chosen, accuracy)
                for value, chosen in sorted(values.items())
            ]
    return tuple(found)


def _slice(
    mistakes: Mapping[int, Mistake],
    cells: Cells,
    attribute: str,
    value: str,
    chosen: list[int],
    accuracy_of_all: float,
) -> Slice:
    right = np.array([number not in mistakes for number in chosen])
    accuracy = proportion(
        right, group_index(len(chosen), [cells.groups[number] for number in chosen])
    )
    wrong = [mistakes[number] for number in chosen if number in mistakes]
    pairs = Counter((mistake.truth, mistake.predicted) for mistake in wrong)
    return Slice(
        attribute=attribute,
        value=value,
        count=len(chosen),
        accuracy=accuracy,
        below=accuracy.high < accuracy_of_all,
        confused=next(((*pair, count) for pair, count in pairs.most_common(1)), None),
    )
