"""All that the checks look at: the pictures of one audit, and which of them look alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from train.audit import alike, turned
from train.audit.alike import Pair
from train.audit.cell import Cell, measure
from train.progress import on_all_cores
from train.sources import Source, check_names
from train.sources.sample import LeftOut, Sample
from wbc_edge.errors import InputError
from wbc_edge.measure.together import together


@dataclass(frozen=True, kw_only=True)
class Unreadable:
    """A picture that cannot be read: the InputError's code and reason."""

    source: str
    sample: Sample
    code: str
    reason: str


@dataclass(frozen=True)
class Evidence:
    """What was read, and what follows from it and is costly enough to be found once.

    `left_out` are (source, picture) that readers pass over because the label is in doubt; `empty`
    are (source, folder) of classes without a picture.
    """

    sources: tuple[str, ...]
    cells: tuple[Cell, ...]
    unreadable: tuple[Unreadable, ...] = ()
    left_out: tuple[tuple[str, LeftOut], ...] = ()
    empty: tuple[tuple[str, str], ...] = ()

    @cached_property
    def exact(self) -> list[list[Cell]]:
        """Sets of two and more cells with the same bytes or the same pixels."""
        sets = together(
            self.cells, lambda c: (("bytes", c.bytes_digest), ("pixels", c.pixels_digest))
        )
        return [members for members in sets if len(members) > 1]

    @cached_property
    def lookalikes(self) -> list[Pair]:
        """Pairs with nearly the same perceptual hash that are not exact duplicates."""
        return self._inexact(alike.pairs(self.cells))

    @cached_property
    def copies(self) -> list[Pair]:
        """Pairs that show one scene, turned, mirrored, shifted or scaled; none of those above."""
        known = {frozenset((id(pair.a), id(pair.b))) for pair in self.lookalikes}
        return [
            pair
            for pair in self._inexact(turned.pairs(self.cells))
            if frozenset((id(pair.a), id(pair.b))) not in known
        ]

    @cached_property
    def families(self) -> list[list[Cell]]:
        """Sets of two and more cells that show one thing, by whatever is known or seen of them.

        Joined by bytes, pixels, look, original, and the group and scene that the source declares.
        """
        numbers = alike.marks([*self.lookalikes, *self.copies])

        def marks(cell: Cell) -> Iterable[tuple[object, ...]]:
            yield from (("pair", number) for number in numbers(cell))
            yield "bytes", cell.bytes_digest
            yield "pixels", cell.pixels_digest
            yield "group", cell.source, cell.sample.group
            if cell.sample.original is not None:
                yield "original", cell.sample.original
            if cell.sample.scene is not None:
                yield "scene", cell.source, cell.sample.scene

        return [members for members in together(self.cells, marks) if len(members) > 1]

    def _inexact(self, pairs: Iterable[Pair]) -> list[Pair]:
        number = {id(cell): n for n, members in enumerate(self.exact) for cell in members}
        return [
            pair
            for pair in pairs
            if id(pair.a) not in number or number[id(pair.a)] != number.get(id(pair.b))
        ]


def read(sources: Sequence[Source]) -> Evidence:
    """Reads every picture of the sources once, on all processors, with a progress bar.

    Raises:
        UsageError: a source cannot be read as such, or two have the same name.
    """
    check_names(sources)
    asked = [(source.name, sample) for source in sources for sample in source.read()]
    found = list(on_all_cores(lambda pair: _attempt(*pair), asked, doing="reading cells"))
    return Evidence(
        sources=tuple(source.name for source in sources),
        cells=tuple(item for item in found if isinstance(item, Cell)),
        unreadable=tuple(item for item in found if isinstance(item, Unreadable)),
        left_out=tuple((source.name, item) for source in sources for item in source.left_out()),
        empty=tuple((source.name, name) for source in sources for name in source.empty()),
    )


def _attempt(source: str, sample: Sample) -> Cell | Unreadable:
    try:
        return measure(sample, source)
    except InputError as error:
        return Unreadable(source=source, sample=sample, code=error.code, reason=error.reason)
