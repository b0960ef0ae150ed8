"""Has a model find and name the cells of fields in which people have marked them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment
from tqdm import tqdm

from train.sources import Source
from train.sources.fields import Box, Field, fields_of, parts_of
from train.split import parted
from wbc_edge import image
from wbc_edge.classifier import Classifier
from wbc_edge.count import NO_LEUKOCYTES
from wbc_edge.errors import UsageError
from wbc_edge.fields import FieldCell, find_cells
from wbc_edge.measure.intervals import Estimate, group_index, proportion, wilson
from wbc_edge.output import shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

SLACK = 0.01
"""How near to the edge of a field a box is that the edge cuts, in short sides."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a model saw in the fields of one source.

    Attributes:
        model: as it was given.
        source: name of the source.
        fields: how many.
        marked: white cells that people have marked and the edge of no field cuts.
        found: share of these that have a nucleus found in their box; cells of one slide or
            original count as the evidence that they are.
        cut: marked cells that an edge cuts; some are found, none is judged.
        twice: nuclei found beyond the first of a marked cell.
        answered: share of the found ones that got the name of a white cell.
        dismissed: share that was taken for no cell.
        named: answered cells of test fields with a known name.
        right: share of these whose answer is that name.
        others: what else was found, by what it was taken for: a class, unclassified or no cell.
    """

    model: str
    source: str
    fields: int
    marked: int
    found: Estimate
    cut: int
    twice: int
    answered: float
    dismissed: float
    named: int
    right: Estimate
    others: dict[str, int]


def perform(model: str, source: Source) -> Seen:
    """One model on all fields of a source; the names are judged in the test part of its split.

    Raises:
        UsageError: the source has no fields, or none whose cells are marked.
        InputError: a field cannot be read.
        ModelError, RuntimeUnavailable: the model cannot be used.
    """
    fields = fields_of(source)
    if not any(each.boxes for each in fields):
        raise UsageError(f"{source.path}: there is no field with a marked cell")
    split = parted({source.name: source.read()})[source.name]
    unseen = {group for group, at in parts_of(source, split.parts).items() if at == {"test"}}
    classifier = Classifier.untuned(model)
    tally = _Tally()
    for each in tqdm(fields, desc=source.name, leave=False):
        picture = image.load(each.path).picture
        cells, *_ = find_cells(classifier, picture)
        tally.add(each, cells, picture.size, unseen=each.group in unseen)
    if not tally.marked:
        raise UsageError(f"{source.path}: the edges of its fields cut every marked cell")
    found = len(tally.taken)
    return Seen(
        model=model,
        source=source.name,
        fields=len(fields),
        marked=len(tally.marked),
        found=_share(tally.marked),
        cut=tally.cut,
        twice=tally.twice,
        answered=tally.taken_for("answered") / max(found, 1),
        dismissed=tally.taken_for("not_a_cell") / max(found, 1),
        named=len(tally.right),
        right=_share(tally.right),
        others=dict(tally.others.most_common()),
    )


class _Tally:
    def __init__(self) -> None:
        self.cut = self.twice = 0
        # Of each whole marked cell, whether it was found, and of each named one, whether rightly;
        # both with what it was made from.
        self.marked: list[tuple[str, bool]] = []
        self.right: list[tuple[str, bool]] = []
        self.taken: list[str] = []
        self.others: Counter[str] = Counter()

    def taken_for(self, what: str) -> int:
        return self.taken.count(what)

    def add(
        self, field: Field, cells: Sequence[FieldCell], size: tuple[int, int], *, unseen: bool
    ) -> None:
        """Counts what was found in a field beside what is marked there."""
        whole = np.array([not _is_cut(box, size) for box in field.boxes], bool)
        self.cut += int((~whole).sum())
        inside = np.array([[_inside(cell, box) for box in field.boxes] for cell in cells], bool)
        inside = inside.reshape(len(cells), len(whole))
        met = dealt(inside, whole)
        for number, (cell, marks) in enumerate(zip(cells, inside, strict=True)):
            answer = cell.prediction
            mark = met.get(number)
            if not marks.any():
                self.others[shown(answer)] += 1
            elif mark is None:
                self.twice += int((marks & whole).any())
            elif whole[mark]:
                named = answer.reason is None and answer.label not in NO_LEUKOCYTES
                self.taken.append("answered" if named else answer.reason or "another")
                if unseen and named and field.names[mark] is not None:
                    self.right.append((field.group, answer.label == field.names[mark]))
        taken = set(met.values())
        self.marked += [(field.group, n in taken) for n, there in enumerate(whole) if there]


def dealt(inside: NDArray[np.bool_], whole: NDArray[np.bool_]) -> dict[int, int]:
    """As many nuclei in marks of their own as can be, in whole ones before those that an edge cuts.

    Args:
        inside: whether a nucleus lies in a mark, (nuclei, marks); in several where marks overlap.
        whole: whether a mark is cut by no edge, (marks,).

    Returns:
        Nucleus -> its mark. Kuhn, Naval Research Logistics Quarterly 2 (1955) 83-97.
    """
    worth = inside * np.where(whole, 1.0 + len(whole), 1.0)
    nuclei, marks = linear_sum_assignment(worth, maximize=True)
    pairs = zip(nuclei.tolist(), marks.tolist(), strict=True)
    return {nucleus: mark for nucleus, mark in pairs if inside[nucleus, mark]}


def _share(judged: Sequence[tuple[str, bool]]) -> Estimate:
    """The share of what holds, the interval over what the cells were made from; 0 of nothing."""
    if not judged:
        return wilson(0, 1)
    groups, holds = zip(*judged, strict=True)
    return proportion(np.array(holds), group_index(len(groups), list(groups)))


def _inside(cell: FieldCell, box: Box) -> bool:
    x, y, _ = cell.nucleus
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _is_cut(box: Box, size: tuple[int, int]) -> bool:
    slack = SLACK * min(size)
    return min(box[:2]) <= slack or box[2] >= size[0] - slack or box[3] >= size[1] - slack
