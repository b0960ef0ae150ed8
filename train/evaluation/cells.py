"""What a subject is judged by: the cells of one part of a source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from train import record
from train.run import Run
from train.sources import Source, check_names
from train.sources.sample import Sample
from train.split import PARTS, Split, akin, digest, independent, parted
from wbc_edge.errors import UsageError

CHOICES = (*PARTS, "all")
"""The parts of a source that can be asked for."""


@dataclass(frozen=True, kw_only=True)
class Cells:
    """The cells of one source.

    Attributes:
        source: its name.
        path: where it lies.
        part: which of its cells these are, one of `CHOICES`.
        samples: the cells, in the order of their keys.
        other: number of cells left out because they are of none of the asked-for classes.
        conflicts: number of cells left out because the same bytes stand under two labels.
        split_sha256: hash of the split that the part comes from.
    """

    source: str
    path: Path
    part: str
    samples: tuple[Sample, ...]
    other: int
    conflicts: int
    split_sha256: str

    @property
    def truth(self) -> list[str]:
        """The label of each cell."""
        return [sample.label for sample in self.samples]

    @property
    def grouped(self) -> bool:
        """Whether the source says what any of its cells was made from: a slide, an original."""
        return any(sample.group != sample.key for sample in self.samples)

    @cached_property
    def digests(self) -> dict[str, str]:
        """Key -> `train.split.digest` of each cell."""
        return {sample.key: digest(sample) for sample in self.samples}

    @cached_property
    def groups(self) -> list[str]:
        """A name for what each cell was made from: cells that share it are not independent."""
        return independent(self.samples, self.digests)


def take(
    sources: Sequence[Source], *, part: str = "test", classes: Sequence[str] = (), seed: int = 0
) -> tuple[Cells, ...]:
    """The cells of a part of each source.

    Args:
        sources: where the cells come from.
        part: one of `CHOICES`.
        classes: leave out cells of other classes; by default none is left out.
        seed: of the split.

    Raises:
        UsageError: no source or an unknown part; two sources of one name; a source without a cell
            in the part and the classes.
    """
    _check_part(part)
    check_names(sources)
    splits = parted({source.name: source.read() for source in sources}, seed=seed)
    return tuple(_take(source, splits[source.name], part, classes) for source in sources)


def take_recorded(
    run: Run, *, part: str = "test", classes: Sequence[str] = ()
) -> tuple[Cells, ...]:
    """The cells of a part of each source of a run, by the split that it wrote down.

    Sources without such a cell are passed over.

    Raises:
        UsageError: an unknown part, no cell at all, or cells that have gone or become others since
            the run began: figures of what is there would not be those of the part.
    """
    _check_part(part)
    splits = record.read(run.split_file)
    found = []
    for source in run.config.sources:
        if source.name not in splits:
            raise UsageError(f"{run.split_file}: does not tell the parts of {source.name}")
        split = splits[source.name]
        keys = frozenset[str]().union(*(split.parts[name] for name in _meant(part)))
        there = source.read()
        if part == "all":
            keys |= split.akin
        if part == "test":  # of a scene that is known to be trained on only since
            tested = [sample for sample in there if sample.key in keys]
            keys -= akin(tested, [sample for sample in there if sample.key in split.seen])
        members = [sample for sample in there if sample.key in keys]
        if gone := sorted(keys - {sample.key for sample in members}):
            raise UsageError(
                f"{run.folder}: {len(gone)} of the {len(keys)} cells of {source.name} in its part "
                f"'{part}' are no longer there, {gone[0]} first; --data judges those that are"
            )
        if any(not classes or sample.label in classes for sample in members):
            cells = _cells(
                source,
                part,
                members,
                classes,
                conflicts=split.conflicts,
                split_sha256=split.sha256,
            )
            if replaced := split.replaced(cells.digests):
                raise UsageError(
                    f"{run.folder}: {len(replaced)} of the cells of {source.name} in its part "
                    f"'{part}' are others now, {replaced[0]} first; --data judges what is there"
                )
            found.append(cells)
    if not found:
        raise UsageError(f"{run.folder}: its sources have no such cell in their part '{part}'")
    return tuple(found)


def choice(text: str | None, presets: Mapping[str, Sequence[str]]) -> list[str]:
    """The classes that `a,b,c` stands for, each once; a name may be that of a preset."""
    names = [] if text is None else [name.strip() for name in text.split(",")]
    return list(dict.fromkeys(label for name in names for label in presets.get(name, (name,))))


def check_labels(cells: Iterable[Cells], labels: Sequence[str], classes: Sequence[str]) -> None:
    """Make sure that a subject knows the classes that it is asked for.

    Raises:
        UsageError: a class that is none of the subject's labels, or one class alone.
    """
    unknown = [label for label in classes if label not in labels]
    if unknown:
        raise UsageError(
            f"--classes: the model has no class '{unknown[0]}'; it has {', '.join(labels)}"
        )
    if len(classes) == 1:
        raise UsageError("--classes: one class alone leaves nothing to tell apart")
    for part in cells:
        strange = sorted(set(part.truth) - set(labels))
        if strange:
            raise UsageError(
                f"{part.path}: holds the class '{strange[0]}', which the model does not have; it "
                f"has {', '.join(labels)} (--classes leaves the cells of other classes out)"
            )


def _check_part(part: str) -> None:
    if part not in CHOICES:
        raise UsageError(f"there is no part '{part}'; choose {', '.join(CHOICES)}")


def _meant(part: str) -> tuple[str, ...]:
    return PARTS if part == "all" else (part,)


def _take(source: Source, divided: Split, part: str, classes: Sequence[str]) -> Cells:
    return _cells(
        source,
        part,
        [
            *(sample for name in _meant(part) for sample in divided.parts[name]),
            *(divided.akin if part == "all" else ()),
        ],
        classes,
        conflicts=len(divided.conflicts),
        split_sha256=divided.sha256,
    )


def _cells(
    source: Source,
    part: str,
    members: Sequence[Sample],
    classes: Sequence[str],
    *,
    conflicts: int,
    split_sha256: str,
) -> Cells:
    wanted = [sample for sample in members if not classes or sample.label in classes]
    if not wanted:
        of = f" of {', '.join(classes)}" if classes else ""
        raise UsageError(f"{source.path}: no cell{of} in its part '{part}'")
    return Cells(
        source=source.name,
        path=source.path,
        part=part,
        samples=tuple(sorted(wanted, key=lambda sample: sample.key)),
        other=len(members) - len(wanted),
        conflicts=conflicts,
        split_sha256=split_sha256,
    )
