"""The results of a benchmark, as plain data: what every format of a report is made from."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from wbc_edge.measure import gates
from wbc_edge.measure.accuracy import Accuracy
from wbc_edge.measure.compare import Comparison
from wbc_edge.measure.device import Device, Reading
from wbc_edge.measure.evaluate import Failure
from wbc_edge.measure.gates import GateResult
from wbc_edge.measure.groups import are_copies
from wbc_edge.measure.latency import Plan, Ratio, Timing
from wbc_edge.measure.probe import Cold
from wbc_edge.measure.throughput import Throughput

# Keys may be added under a number; a change of meaning, unit or name raises it.
SCHEMA = "wbc-edge-bench/1"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One contender and all that was measured of it. `size` is that of its file, in bytes.

    `cold` and `folder` are measured where single images are given (`batch` 1). `accuracy` is None
    without labelled images, `comparison` without a reference and for the reference itself; both are
    measured once for a model in a runtime, with the first number of threads. `predicted` are
    positions among the labels of `accuracy`, in the order of `Data.paths`; `looks` is the mean
    number of looks behind an answer, of which `timing` holds one, `cold` and `folder` all.
    """

    name: str
    model: str
    sha256: str
    size: int
    format: str
    runtime: str
    runtime_version: str
    threads: int
    batch: int
    timing: Timing
    cold: Cold | None
    folder: Throughput | None
    accuracy: Accuracy | None
    comparison: Comparison | None
    predicted: tuple[int, ...] | None
    looks: float | None

    def looking_again(self, looks: float | None) -> float:
        """Milliseconds of the network that further looks add to the mean answer of so many."""
        return 0.0 if looks is None else (looks - 1) * self.timing.invoke.p50


@dataclass(frozen=True, kw_only=True)
class Data:
    """The labelled images: how many there are, how many were answered, and which were not.

    `paths`, from `folder` on, and `truth` are those of the answered images; `digests` tell what
    their files hold, and `groups` which of them belong together, by the same name. `strays` are the
    files that a table of groups told of besides.
    """

    folder: str
    images: int
    answered: int
    failures: tuple[Failure, ...]
    paths: tuple[str, ...]
    truth: tuple[str, ...]
    groups: tuple[str, ...]
    digests: tuple[str, ...]
    strays: int = 0

    def unread(self) -> str:
        """What there is to say of images that could not be read; nothing of none."""
        if not self.failures:
            return ""
        return (
            f"{len(self.failures):,} of {self.images:,} images could not be read; the figures are"
            " of the others"
        )

    def contradicted(self) -> str:
        """What there is to say of files that stand under two classes; nothing of none."""
        labels: dict[str, set[str]] = {}
        for group, truth in zip(self.groups, self.truth, strict=True):
            labels.setdefault(group, set()).add(truth)
        # Of a slide it is no contradiction.
        count = sum(len(found) > 1 for group, found in labels.items() if are_copies(group))
        if not count:
            return ""
        pictures = "1 picture stands" if count == 1 else f"{count:,} pictures stand"
        return f"{pictures} under two classes, one of which must be wrong"

    def astray(self) -> str:
        """What there is to say of files in the table of groups that are none of the images."""
        if not self.strays:
            return ""
        return (
            f"{self.strays:,} of the files that --groups tells of are none of these images; where "
            "a name is misspelt, the intervals are too narrow"
        )


@dataclass(frozen=True, kw_only=True)
class Report:
    """A whole benchmark. Times are milliseconds, shares 0 to 1, drops are points of top-1.

    With `first_look` no second looks were taken, whatever the cards tell.
    """

    schema: str = SCHEMA
    version: str
    created: str
    device: Device
    before: Reading
    after: Reading
    plan: Plan
    images: str
    entries: tuple[Entry, ...]
    base: str
    reference: str | None
    ratios: tuple[Ratio, ...]
    data: Data | None
    gates: tuple[GateResult, ...]
    first_look: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-ready dictionaries, lists and numbers."""
        return asdict(self)

    def check(self) -> None:
        """Raise GateFailed if any gate did not pass, naming each and by how much."""
        gates.check(self.gates)
