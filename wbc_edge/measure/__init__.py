"""The instruments behind `wbc-edge bench`: how fast, how much memory, how good, compared with what.

    from wbc_edge.measure import bench
    report = bench(["edge"], data="cells", reference="float.tflite")

Each module measures one thing and can be used alone: `latency` and `probe` (time and memory),
`accuracy` and `compare` (answers), `device` (the machine). `formats` turns a `Report` into text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wbc_edge.measure.benchmark import bench
    from wbc_edge.measure.report import Report

__all__ = ["Report", "bench"]

_HOME = {"Report": "report", "bench": "benchmark"}


def __getattr__(name: str) -> Any:
    """Import on first use: the cold probe of this package must not pay for the rest of it."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
