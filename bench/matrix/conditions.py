"""Where and how well a report of the matrix was measured, and which files there were none of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from export.report import document
from wbc_edge.measure.device import Device, Reading, disturbances


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """Where one network's report was measured, and what to trust its times less for.

    `load` is that before it, None where the system does not tell; `command` what measured it.
    """

    network: str
    command: str
    machine: str
    load: float | None
    cautions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class NotMade:
    """A format that export tried and did not write, and what it said of it."""

    network: str
    format: str
    why: str


def conditions(network: str, report: dict[str, Any], command: str) -> Conditions:
    """Of a report of `wbc-edge bench`, as in its JSON, that a command made."""
    machine = Device(**report["device"])
    before, after = (Reading(**report[moment]) for moment in ("before", "after"))
    return Conditions(
        network=network,
        command=command,
        machine=machine.short,
        load=before.load,
        cautions=tuple(disturbances(machine, before, after)),
    )


def not_made(folder: Path) -> Iterator[NotMade]:
    """The formats that the report of an export in a folder tells of, and the folder lacks.

    Raises:
        UsageError: there is a report, and it is damaged or of another schema.
    """
    if not (folder / document.NAME).is_file():
        return
    told = document.read(folder)
    for entry in told["formats"]:
        family, _, numbers = entry["format"].partition("-")
        made = f"{numbers}.{family}"
        if entry["file"] is None and not list(folder.glob(f"*-{made}")):
            why = "; ".join(entry["attempts"][-1]["failures"])
            yield NotMade(network=folder.name, format=made, why=why)
