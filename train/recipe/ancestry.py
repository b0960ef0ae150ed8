"""What a run learns from: networks that see cells as it does, and have not seen its test cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from train import record
from train.run import Run
from wbc_edge.errors import UsageError

if TYPE_CHECKING:
    from train.config import Config
    from wbc_edge.card import InputSpec


def check_fits(
    who: str, labels: Sequence[str], seen: InputSpec, config: Config, *, scale: bool = True
) -> None:
    """Makes sure that a network knows a run's classes, and is shown cells as it has seen them.

    Args:
        who: the network, as errors call it.
        labels: its classes.
        seen: what it sees; the size does not matter.
        config: the run's.
        scale: whether it has to have seen cells of the same scale.

    Raises:
        UsageError: a class that it lacks, or another framing or light.
    """
    missing = sorted(set(config.labels) - set(labels))
    if missing:
        raise UsageError(f"{who} does not know the class '{missing[0]}'")
    if not scale:
        framing = replace(seen.framing, scale=config.input.framing.scale)
        seen = replace(seen, framing=framing)
    for name in ("framing", "light"):
        theirs, shown = getattr(seen, name), getattr(config.input, name)
        if theirs != shown:
            raise UsageError(f"{who} sees cells with {name} {theirs}, not {shown}")


def check_start(start: Run, config: Config) -> None:
    """Makes sure that a run can go on from another one's network: its logits become its own.

    It may go on at another scale of the cells, which a teacher, who learns no more, may not.

    Raises:
        UsageError: the folder holds no run, its classes are others or in another order, or it sees
            cells framed or lit otherwise.
    """
    who = f"{start.folder}: this network to go on from"
    labels = start.config.labels
    check_fits(who, labels, start.config.input, config, scale=False)
    if more := sorted(set(labels) - set(config.labels)):
        raise UsageError(f"{who} knows the class '{more[0]}' besides")
    if labels != config.labels:
        raise UsageError(f"{who} has its classes in another order: {', '.join(labels)}")


def check_unseen(run: Run) -> None:
    """Makes sure that no test cell of a run has taught, or chosen, a run that it learns from.

    Runs are followed to those that they have learnt from themselves. Model files are not: their
    cards hold a hash of their split, but not its cells.

    Raises:
        UsageError: such a run has seen a test cell, or holds no record of its split.
    """
    tested = {
        name: {sample.key for sample in split.parts["test"]} for name, split in run.splits.items()
    }
    for earlier in runs(run.config.learns_from):
        for name, source in record.read(earlier.split_file).items():
            if leaks := sorted(source.seen & tested.get(name, set())):
                raise UsageError(
                    f"{earlier.folder}: has seen {len(leaks)} of the cells of {name} that this run "
                    f"is tested on, {leaks[0]} first; learn from a run of the same split"
                )


def elder_sources(run: Run) -> dict[str, int]:
    """Source -> training cells, of those that only the runs know that this one has learnt from."""
    found: dict[str, int] = {}
    for earlier in runs(run.config.learns_from):
        for name, source in record.read(earlier.split_file).items():
            if name not in run.splits:
                found.setdefault(name, len(source.parts["train"]))
    return found


def runs(networks: Iterable[str]) -> Iterator[Run]:
    """The run folders among the networks, and those that they have learnt from, each once."""
    waiting = [Path(network) for network in networks]
    met: set[Path] = set()
    while waiting:
        folder = waiting.pop()
        if folder.is_dir() and folder.resolve() not in met:
            met.add(folder.resolve())
            run = Run(folder)
            yield run
            waiting += map(Path, run.config.learns_from)
