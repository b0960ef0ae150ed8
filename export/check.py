"""What a file is, found out from the file: its float operators, and the runtimes that run it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx

from export.quantise import flatbuffer
from wbc_edge import container
from wbc_edge.errors import ModelError, RuntimeUnavailable
from wbc_edge.runtimes import ENGINES, open_session

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CARRIERS = frozenset({"QuantizeLinear", "DequantizeLinear"})


MOST_DIFFERENCE = 0.1
"""Share of the logits' spread beyond which a runtime does not compute the network that was made."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """One runtime that claims the format and is installed.

    `difference` is the largest of its logits' differences from those of the first runtime, as a
    share of their spread; None where it could not run the file. `problem` says why, or that it
    answers otherwise (more than MOST_DIFFERENCE); `version` is None then.
    """

    runtime: str
    version: str | None
    difference: float | None
    problem: str | None


def float_operators(path: Path) -> tuple[str, ...]:
    """`TYPE name` of every operator that computes in float."""
    if container.sniff(path) == "tflite":
        return flatbuffer.float_operators(path.read_bytes())
    return _onnx_float_operators(onnx.load(path))


def runtimes(path: Path, pixels: NDArray[np.uint8]) -> tuple[Opened, ...]:
    """The file in each installed runtime that claims its format, on cells (N, h, w, 3).

    Raises:
        ModelError: the first of them, the one that a device takes, cannot run it.
        RuntimeUnavailable: none is installed.
    """
    format_ = container.sniff(path)
    first: NDArray[np.float32] | None = None
    found = []
    for engine in ENGINES:
        if format_ not in engine.formats:
            continue
        try:
            session = open_session(path, runtime=engine.name)
            logits = session.run(pixels)
        except RuntimeUnavailable:
            continue
        except (ModelError, ValueError, RuntimeError) as error:
            if first is None:
                raise
            problem = " ".join(str(error).split())[:200]
            found.append(
                Opened(runtime=engine.name, version=None, difference=None, problem=problem)
            )
            continue
        first = logits if first is None else first
        spread = max(float(first.max() - first.min()), 1e-9)
        difference = float(np.abs(logits - first).max()) / spread
        alike = difference <= MOST_DIFFERENCE
        found.append(
            Opened(
                runtime=engine.name,
                version=session.version if alike else None,
                difference=difference,
                problem=None if alike else f"its logits are off by {100 * difference:.0f} %",
            )
        )
    if not found:
        open_session(path)  # which says what to install
    return tuple(found)


def _onnx_float_operators(model: onnx.ModelProto) -> tuple[str, ...]:
    """Operators that a runtime cannot compute in integers.

    In a file of quantise-dequantise pairs a runtime computes in integers what stands between a
    dequantised input and a quantised output. In any other file everything is float.
    """
    graph = model.graph
    outputs = {item.name for item in graph.output}
    maker = {value: node for node in graph.node for value in node.output}
    users: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.node:
        for value in node.input:
            users.setdefault(value, []).append(node)

    def integer(node: onnx.NodeProto) -> bool:
        activations = [maker[value] for value in node.input if value in maker]
        readers = [user for value in node.output for user in users.get(value, [])]
        ends = any(value in outputs for value in node.output)
        return (
            not ends
            and all(source.op_type == "DequantizeLinear" for source in activations)
            and all(user.op_type == "QuantizeLinear" for user in readers)
        )

    return tuple(
        f"{node.op_type} {node.name}"
        for node in graph.node
        if node.op_type not in _CARRIERS and not integer(node)
    )
