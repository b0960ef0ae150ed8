"""Where a network errs: its accuracy among the cells that share an attribute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from train.evaluation.cells import Cells
from train.evaluation.figures import Figures
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
    return tuple(
        one
        for attribute, values in sorted(members.items())
        if len(values) > 1
        for one in _slices(attribute, values, figures, cells)
    )


def _slices(
    attribute: str, values: Mapping[str, list[int]], figures: Figures, cells: Cells
) -> Iterator[Slice]:
    """The values of one attribute, each with the numbers of its cells."""
    mistakes = {mistake.index: mistake for mistake in figures.mistakes}
    right = np.array([number not in mistakes for number in range(len(cells.samples))])
    of_all = right[[number for chosen in values.values() for number in chosen]].mean()
    for value, chosen in sorted(values.items()):
        index = group_index(len(chosen), [cells.groups[number] for number in chosen])
        accuracy = proportion(right[chosen], index)
        wrong = [mistakes[number] for number in chosen if number in mistakes]
        pairs = Counter((mistake.truth, mistake.predicted) for mistake in wrong)
        yield Slice(
            attribute=attribute,
            value=value,
            count=len(chosen),
            accuracy=accuracy,
            below=bool(accuracy.high < of_all),
            confused=next(((*pair, count) for pair, count in pairs.most_common(1)), None),
        )
