"""What a comparison needs of a benchmark's report as it was stored, by this release or an earlier.

Keys that it does not need are passed over, and what an earlier release did not tell may be missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from wbc_edge import files, typed
from wbc_edge.errors import UsageError
from wbc_edge.measure.report import SCHEMA


class Image(NamedTuple):
    """A labelled image: a file may stand under two labels."""

    path: str
    truth: str


@dataclass(frozen=True, kw_only=True)
class Rounds:
    """A figure in every round."""

    by_round: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Milliseconds by stage."""

    whole: Rounds = Rounds()
    invoke: Rounds = Rounds()
    load: Rounds = Rounds()


@dataclass(frozen=True, kw_only=True)
class Cold:
    """Milliseconds and bytes of a process that answers one image."""

    command_by_round: tuple[float, ...] = ()
    peak_by_round: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Labels:
    """The classes that answers are counted by."""

    labels: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A contender: see `wbc_edge.measure.report.Entry`."""

    name: str
    model: str
    sha256: str
    threads: int
    batch: int
    size: float
    timing: Timing
    cold: Cold | None = None
    folder: Rounds | None = None
    accuracy: Labels | None = None
    predicted: tuple[int, ...] | None = None

    @cached_property
    def figures(self) -> dict[str, tuple[float, ...]]:
        """Each figure but accuracy in every round; without rounds where it was not measured."""
        cold = self.cold or Cold()
        return {
            "whole": self.timing.whole.by_round,
            "interpreter": self.timing.invoke.by_round,
            "load": self.timing.load.by_round,
            "command": cold.command_by_round,
            "memory": cold.peak_by_round,
            "folder": (self.folder or Rounds()).by_round,
            "file": (self.size,),
        }


@dataclass(frozen=True, kw_only=True)
class Data:
    """The labelled images that were answered, in one order."""

    paths: tuple[str, ...]
    truth: tuple[str, ...]
    groups: tuple[str, ...] | None = None
    digests: tuple[str, ...] | None = None

    @cached_property
    def images(self) -> tuple[Image, ...]:
        return tuple(Image(*told) for told in zip(self.paths, self.truth, strict=True))

    def by_image(self, told: Sequence[str] | None) -> dict[Image, str]:
        """What a list tells of each image; nothing where there is no list."""
        return {} if told is None else dict(zip(self.images, told, strict=True))


@dataclass(frozen=True, kw_only=True)
class Machine:
    """See `wbc_edge.measure.device.Device`."""

    board: str | None = None
    processor: str | None = None
    cores: int | None = None
    governor: str | None = None
    system: str | None = None
    packages: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class State:
    """See `wbc_edge.measure.device.Reading`."""

    load: float | None = None
    throttling: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Report:
    """A stored report: see `wbc_edge.measure.report.Report`."""

    version: str
    device: Machine
    images: str
    entries: tuple[Entry, ...]
    data: Data | None = None
    before: State | None = None
    after: State | None = None
    first_look: bool = False

    @cached_property
    def digests(self) -> dict[Image, str]:
        """What each image's file holds; nothing of a report that does not tell it."""
        return {} if self.data is None else self.data.by_image(self.data.digests)

    @cached_property
    def groups(self) -> dict[Image, str]:
        """What each image belongs to; nothing of a report that does not tell it."""
        return {} if self.data is None else self.data.by_image(self.data.groups)

    def right(self, entry: Entry) -> dict[Image, bool]:
        """Each image that a contender answered -> whether it was named rightly."""
        if self.data is None or entry.predicted is None or entry.accuracy is None:
            return {}
        labels = entry.accuracy.labels
        told = zip(self.data.images, entry.predicted, strict=True)
        return {image: labels[answer] == image.truth for image, answer in told}


_LEAST, _MOST = 1e-12, 1e18
"""Between which a time, a size or a rate lies, if it is not none."""


def read(path: str | Path) -> Report:
    """A JSON report.

    Raises:
        UsageError: as `content`, or it is not whole.
    """
    try:
        report = typed.decode(Report, content(path))
        _check(report)
    except ValueError as error:
        raise UsageError(f"{path} is not a whole report: {error}") from error
    return report


def content(path: str | Path) -> dict[str, Any]:
    """All that a JSON report holds.

    Raises:
        UsageError: it is none, or of a newer schema.
    """
    try:
        found = json.loads(files.read(path))
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"{path} is not a JSON report: {reason}") from error
    named = found.get("schema") if isinstance(found, dict) else None
    family, known = SCHEMA.split("/")
    schema = re.fullmatch(rf"{family}/(\d{{1,9}})", named) if isinstance(named, str) else None
    if schema is None:
        raise UsageError(f"{path} is not a report of wbc-edge bench")
    if int(schema[1]) > int(known):
        raise UsageError(
            f"{path} has schema {named}, this release reads up to {SCHEMA}; update wbc-edge"
        )
    return dict(found)


def _check(report: Report) -> None:
    """What annotations do not tell. Raises ValueError."""
    data = report.data
    if data is not None:
        lists = (data.paths, data.truth, data.groups, data.digests)
        if len({len(told) for told in lists if told is not None}) > 1:
            raise ValueError("data has lists of several lengths")
    for entry in report.entries:
        for figure, rounds in entry.figures.items():
            if not all(one == 0 or _LEAST <= one <= _MOST for one in rounds):
                raise ValueError(f"{figure} of {entry.name} is out of all bounds")
        if data is None or entry.predicted is None:
            continue
        if entry.accuracy is None:
            raise ValueError(f"accuracy of {entry.name} is missing")
        if len(entry.predicted) != len(data.paths):
            raise ValueError(f"predicted of {entry.name} are not as many as the images")
        if not all(0 <= answer < len(entry.accuracy.labels) for answer in entry.predicted):
            raise ValueError(f"predicted of {entry.name} are positions of no label")
