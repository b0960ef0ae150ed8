"""The section on the device."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wbc_edge.measure.sections.layout import Section

if TYPE_CHECKING:
    from wbc_edge.measure.device import Reading
    from wbc_edge.measure.report import Report


def device(report: Report) -> Iterator[Section]:
    """What the figures were measured on, and its state before and after."""
    machine = report.device
    parts = [machine.board, machine.short]
    if machine.memory is not None:
        parts.append(f"{machine.memory / 2**30:.1f} GiB")
    if machine.maximum_mhz is not None:
        parts.append(f"up to {machine.maximum_mhz:.0f} MHz")
    if machine.governor is not None:
        parts.append(f"governor {machine.governor}")
    yield Section(
        key="device",
        title="Device",
        notes=(
            ", ".join(part for part in parts if part),
            f"{machine.system}; {machine.python}",
            *((f"Features: {' '.join(machine.features)}",) if machine.features else ()),
            ", ".join(f"{name} {version}" for name, version in machine.packages.items()),
            *_states(report.before, report.after),
        ),
    )


def _states(before: Reading, after: Reading) -> Iterator[str]:
    for when, reading in (("Before", before), ("After", after)):
        state = []
        if reading.temperature is not None:
            state.append(f"{reading.temperature:.0f} C")
        if reading.mhz is not None:
            state.append(f"{reading.mhz:.0f} MHz")
        if reading.load is not None:
            state.append(f"load {reading.load:.2f}")
        if reading.throttling is not None:
            state.append(", ".join(reading.throttling) or "not throttled")
        if state:
            yield f"{when}: {', '.join(state)}"
