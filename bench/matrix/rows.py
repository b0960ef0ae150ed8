"""One row of the matrix: a network in a format in a runtime."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wbc_edge.measure.intervals import Estimate


@dataclass(frozen=True, kw_only=True)
class Row:
    """What was measured; times in ms, sizes in bytes, the rest in shares.

    `ratio` is the whole time as a multiple of that of the network's float32 TFLite file, in the
    same runtime where that reads it and else in LiteRT; of that file itself, of its time in LiteRT.
    `difference` is the top-1 minus that of the file in LiteRT, on the same images. Both have
    intervals; they are None for that file in LiteRT, and without images the second is.
    `float_operators` counts the operators that compute in float.
    """

    network: str
    format: str
    runtime: str
    size: int
    whole: float
    invoke: float
    ratio: Estimate | None
    peak: int | None
    top1: Estimate | None
    agreement: float | None
    difference: Estimate | None
    verdict: str | None
    float_operators: int


def rows(network: str, report: dict[str, Any], operators: dict[str, int]) -> Iterator[Row]:
    """The rows of one network.

    Args:
        network: its name.
        report: a report of `wbc-edge bench`, as in its JSON.
        operators: file name -> number of its float operators.
    """
    ratios = {one["name"]: one for one in report["ratios"] if one["stage"] == "whole"}
    for entry in report["entries"]:
        accuracy, comparison = entry["accuracy"], entry["comparison"]
        cold = entry["cold"] or {}
        yield Row(
            network=network,
            format=kind(entry["model"]),
            runtime=entry["runtime"],
            size=entry["size"],
            whole=entry["timing"]["whole"]["p50"],
            invoke=entry["timing"]["invoke"]["p50"],
            ratio=_estimate(ratios.get(entry["name"])),
            peak=cold.get("peak_bytes"),
            top1=None if accuracy is None else _estimate(accuracy["top1"]),
            agreement=None if comparison is None else comparison["agreement"]["value"],
            difference=None if comparison is None else _estimate(comparison["difference"]),
            verdict=None if comparison is None else comparison["verdict"]["outcome"],
            float_operators=operators[Path(entry["model"]).name],
        )


def kind(model: str | Path) -> str:
    """`int8.tflite` of `edge-int8.tflite`."""
    return Path(model).name.rpartition("-")[2]


def _estimate(found: dict[str, Any] | None) -> Estimate | None:
    if found is None:
        return None
    return Estimate(value=found["value"], low=found["low"], high=found["high"])
