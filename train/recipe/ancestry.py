"""What a run learns from: networks that see cells as it does, and have not seen its test cells."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from train import document, record
from train.config import at_scale
from train.run import Run, named
from train.sources import Source
from train.sources.catalogue import copied_set, original
from wbc_edge.bundle import open_bundle
from wbc_edge.errors import ModelError, UsageError

if TYPE_CHECKING:
    from train.config import Config
    from wbc_edge.card import Framing, InputSpec


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
        seen = at_scale(seen, config.input.framing.scale)
    for name in ("framing", "light"):
        theirs, shown = getattr(seen, name), getattr(config.input, name)
        if theirs != shown:
            raise UsageError(f"{who} sees cells with {name} {_words(theirs)}, not {_words(shown)}")


def _words(how: Framing | str) -> str:
    return how if isinstance(how, str) else f"{how.method} {how.scale:g}"


@dataclass(frozen=True, kw_only=True)
class Elder:
    """What networks that a run has learnt from know of one source.

    Attributes:
        train: number of its cells that they were trained on.
        cells: keys of those that they were trained or chosen on; none of a model file, whose card
            holds a hash of its split, but not its cells.
        digests: hashes of the same cells (`train.split.digest`), by which they are known under
            whatever name; none of those that an earlier release has learnt from.
    """

    train: int
    cells: frozenset[str]
    digests: frozenset[str] = frozenset()

    def with_(self, other: Elder) -> Elder:
        """What both know; they share most of their cells, so these are not counted twice."""
        return Elder(
            train=max(self.train, other.train),
            cells=self.cells | other.cells,
            digests=self.digests | other.digests,
        )


def check_unseen(run: Run) -> None:
    """Makes sure that no test cell of a run has taught, or chosen, what it learns from.

    Nor what that has learnt from in its turn, nor another copy of the cell, whatever the source is
    called there; of model files it cannot be told. Nor may a validation cell have been trained on
    by the network to go on from: it remembers its cells, and would choose the epoch by them.

    Raises:
        UsageError: a network to learn from has seen a test cell, or one to go on from was trained
            on a validation cell, is not there, or holds no record of its split.
    """
    for network in run.config.learns_from:
        elders = _known(network, set())
        known = {source: elder.cells for source, elder in elders.items()}
        digests = digests_of(elders)
        seen = originals([network], known)
        for name, split in run.splits.items():
            leaks = sorted(
                sample.key
                for sample in split.parts["test"]
                if sample.key in known.get(name, ())
                or split.digests[sample.key] in digests
                or original(sample, name) in seen
            )
            if leaks:
                raise UsageError(
                    f"{network}: it, or what it has learnt from, has seen {len(leaks)} of the "
                    f"cells of {name} that this run is tested on, {leaks[0]} first; learn from a "
                    "run of the same split"
                )
    taught = _trained_on(run.config.start)
    for name, split in run.splits.items():
        leaks = sorted(s.key for s in split.parts["val"] if split.digests[s.key] in taught)
        if leaks:
            raise UsageError(
                f"{run.config.start}: was trained on {len(leaks)} of the cells of {name} that this "
                f"run is validated with, {leaks[0]} first; go on from a run of the same split"
            )


def _trained_on(start: str | None) -> frozenset[str]:
    """Hashes of the cells that a run, or one that it went on from and that is there, trained on."""
    gone_on_from = runs(_some(start), lambda config: _some(config.start))
    return frozenset(
        digest
        for run in gone_on_from
        for source in record.read(run.split_file).values()
        for digest in source.parts["train"].values()
        if digest
    )


def _some(network: str | None) -> list[str]:
    return [] if network is None else [network]


def digests_of(elders: Mapping[str, Elder]) -> frozenset[str]:
    """Hashes of all cells that are known of any source."""
    return frozenset[str]().union(*(elder.digests for elder in elders.values()))


def originals(networks: Iterable[str], known: Mapping[str, Collection[str]]) -> frozenset[str]:
    """What the pictures were taken from that runs have learnt from, as far as that has names.

    Args:
        networks: run folders, and model files, of which it cannot be told.
        known: source -> keys of the cells that these, and what they have learnt from, have seen.
    """
    sources: dict[str, Source] = {}
    for run in runs(networks):
        for source in run.config.sources:
            # As it lies for the run itself: for an earlier one it may have lain elsewhere.
            sources.setdefault(source.name, source)
    return frozenset(
        name
        for source in sources.values()
        # A source may have gone since; what it held is then known by its keys alone.
        if source.path.is_dir()
        for sample in source.read()
        if sample.key in known.get(source.name, ())
        and (name := original(sample, source.name)) is not None
    )


def doubts(run: Run) -> list[str]:
    """Sentences on model files that a run learns from, and that may have learnt its test cells.

    A card names sources and has one hash over their splits: where a run has them all, split alike,
    its test cells are theirs.
    """
    found = []
    for network in run.config.learns_from:
        if named(network) is not None:
            continue
        training = open_bundle(network).card.training
        theirs = {copied_set(source.name) for source in training.sources}
        shared = sorted(name for name in run.splits if copied_set(name) in theirs)
        if shared and training.split_sha256 != run.split_sha256:
            found.append(
                f"{network} has learnt from {', '.join(shared)} too, and perhaps from cells that "
                "this run is tested on"
            )
    return found


def write(run: Run) -> None:
    """Writes down what the networks that a run learns from know, and what its teachers are called.

    They may be gone tomorrow, or others.

    Raises:
        UsageError: one of them is not there, or holds no record of its split.
    """
    known = _together(run.config.learns_from, set())
    if taught := run.config.teacher.runs:
        document.write(run.teachers_file, {network: _called(network) for network in taught})
    document.write(
        run.elders_file,
        {
            source: {
                "train": elder.train,
                "cells": sorted(elder.cells),
                "digests": sorted(elder.digests),
            }
            for source, elder in known.items()
        },
    )


def teachers(run: Run) -> list[str]:
    """What the teachers of a run were called as it began; of an older run, what they are now.

    Raises:
        UsageError: what it has written down is damaged.
    """
    file = run.teachers_file
    told = document.load(dict[str, str], file) if file.is_file() else {}
    return [told.get(network) or _called(network) for network in run.config.teacher.runs]


def elders(run: Run) -> dict[str, Elder]:
    """Source -> what all know of it that a run has learnt from, at whatever remove.

    Raises:
        UsageError: the run has not written it down, and one of them is not there, or what it has
            written is damaged.
    """
    return _elders(run, {run.folder.resolve()})


def known(run: Run) -> dict[str, Elder]:
    """Source -> what a run knows of it, by itself or by what it has learnt from.

    Raises:
        UsageError: it holds no record of its split, or as `elders`.
    """
    return _known(str(run.folder), set())


def elder_sources(run: Run) -> dict[str, int]:
    """Source -> training cells, of those that only the networks know that it has learnt from."""
    return {
        source: elder.train for source, elder in elders(run).items() if source not in run.splits
    }


def sources(network: str) -> set[str]:
    """The sources that a run folder or a model file has learnt from, at whatever remove.

    Raises:
        UsageError: it is neither.
    """
    return set(_known(network, set()))


def runs(
    networks: Iterable[str],
    elders_of: Callable[[Config], Iterable[str]] = lambda config: config.learns_from,
) -> Iterator[Run]:
    """The run folders among the networks, and those that they have learnt from, each once.

    Of those that are still there: what has to be complete is `elders`. Which networks a run has
    learnt from its configuration tells; by default all of them.
    """
    waiting = list(networks)
    met: set[Path] = set()
    while waiting:
        run = named(waiting.pop())
        if run is not None and run.folder.resolve() not in met:
            met.add(run.folder.resolve())
            yield run
            waiting += elders_of(run.config)


def _elders(run: Run, met: set[Path]) -> dict[str, Elder]:
    """See `elders`; nothing of runs that were met already."""
    if not run.elders_file.is_file():  # it has not begun, or did so by an earlier release
        return _together(run.config.learns_from, met)
    return document.load(dict[str, Elder], run.elders_file)


def _together(networks: Iterable[str], met: set[Path]) -> dict[str, Elder]:
    """Source -> what several networks know of it."""
    return _merged(_known(network, met) for network in networks)


def _known(network: str, met: set[Path]) -> dict[str, Elder]:
    """Source -> what one network knows of it, and what it has learnt from; nothing if met."""
    run = named(network)
    if run is None:
        return _of_card(network)
    if run.folder.resolve() in met:
        return {}
    met.add(run.folder.resolve())
    own = {
        source: Elder(train=len(split.parts["train"]), cells=split.seen, digests=split.digests)
        for source, split in record.read(run.split_file).items()
    }
    return _merged((own, _elders(run, met)))


def _merged(parts: Iterable[Mapping[str, Elder]]) -> dict[str, Elder]:
    found: dict[str, Elder] = {}
    for part in parts:
        for source, elder in part.items():
            found[source] = elder.with_(found.get(source, elder))
    return found


def _of_card(network: str) -> dict[str, Elder]:
    try:
        card = open_bundle(network).card
    except ModelError as error:
        raise UsageError(f"{network}: no training run here, and {error}") from None
    return {
        source.name: Elder(train=source.count, cells=frozenset())
        for source in card.training.sources
    }


def _called(network: str) -> str:
    """What a run folder, or a model file that is there, is called."""
    with suppress(ModelError):
        if Path(network).is_file():
            card = open_bundle(network).card
            return f"{card.name} {card.version}"
    return Path(network).name
