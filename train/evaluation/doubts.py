"""Whether a subject is what it will be, and may have learnt from the cells that judge it."""

from __future__ import annotations

from collections.abc import Sequence

from train.evaluation.cells import Cells
from train.evaluation.subject import Knowledge
from train.sources.catalogue import copied_set, original
from train.split import combined


def doubts(cells: Sequence[Cells], name: str, knowledge: Knowledge) -> tuple[str, ...]:
    """Sentences for a report; none where the subject cannot know the cells.

    A run names the cells that it learnt from, so that every known one is counted, another copy of
    the same original, or the same file in another folder, included. A model file names its sources
    and one hash over their splits.

    Args:
        cells: what the subject is judged by.
        name: what to call the subject.
        knowledge: what it says of the cells that it learnt from.
    """
    if knowledge.finished:
        return _of_cells(cells, name, knowledge)
    unfinished = f"The training of {name} is not finished: its network may yet be another."
    return (unfinished, *_of_cells(cells, name, knowledge))


def _of_cells(cells: Sequence[Cells], name: str, knowledge: Knowledge) -> tuple[str, ...]:
    if not knowledge.sources:
        return (f"{name} does not say what it was trained on: it may know these cells.",)
    if knowledge.cells is not None:
        # Of a model file that a run has learnt from, only the names of its sources are known.
        named = tuple(source for source in knowledge.sources if not knowledge.cells.get(source))
        return (
            *(
                f"{part.source}: {name} was trained or chosen on {count} of these "
                f"{len(part.samples)} cells; figures on them say little of new cells."
                for part in cells
                if (count := _known(part, knowledge))
            ),
            *(
                f"{part.source}: {name} has learnt from a model file that was trained on cells of "
                "this source, of which it tells no names: it may know these."
                for part in cells
                if part.source in named
            ),
            *_copies(cells, name, named),
        )
    own = [part for part in cells if part.source in knowledge.sources]
    copies = _copies(cells, name, knowledge.sources)
    seen = tuple(
        f"{part.source}: {name} was trained and chosen on cells of this source, and these are its "
        f"part '{part.part}'; figures on them say little of new cells."
        for part in own
        if part.part != "test"
    )
    return (*copies, *(seen or _unproved(own, name, knowledge)))


def _known(cells: Cells, knowledge: Knowledge) -> int:
    keys = (knowledge.cells or {}).get(cells.source, frozenset())
    digests = cells.digests if knowledge.digests else {}
    return sum(
        sample.key in keys
        or original(sample, cells.source) in knowledge.originals
        or digests.get(sample.key) in knowledge.digests
        for sample in cells.samples
    )


def _copies(cells: Sequence[Cells], name: str, sources: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        f"{part.source}: {count} of these {len(part.samples)} cells are copies of pictures in "
        f"{', '.join(origins)}, which {name} was trained on: it may know their originals."
        for part in cells
        for count, origins in [_copied(part, sources)]
        if count
    )


def _copied(cells: Cells, sources: Sequence[str]) -> tuple[int, list[str]]:
    """How many cells show a picture of another source that was trained on, and which sources."""
    # An original is called by its set and its name there.
    trained = {copied_set(name): name for name in sources if name != cells.source}
    origins = [(original(s, cells.source) or "").partition("/")[0] for s in cells.samples]
    foreign = [trained[origin] for origin in origins if origin in trained]
    return len(foreign), sorted(set(foreign))


def _unproved(own: Sequence[Cells], name: str, knowledge: Knowledge) -> tuple[str, ...]:
    if not own:
        return ()
    if knowledge.split_sha256 is None:
        return (f"The card of {name} has no hash of its split: it may know these cells.",)
    if combined({part.source: part.split_sha256 for part in own}) == knowledge.split_sha256:
        return ()
    missing = sorted(set(knowledge.sources) - {part.source for part in own})
    if missing:
        return (
            f"That {name} has not seen these cells is not proved: its card has one hash over the "
            f"splits of all that it knows; not among the data given: {', '.join(missing)}.",
        )
    return (
        f"This split is another one than {name} was trained by (the hash in its card differs): "
        "it may have learnt from these cells.",
    )
