"""What a file is, found out from the file: its float operators, and the runtimes that run it."""

from __future__ import annotations

import copy
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx

from export.quantise import flatbuffer
from wbc_edge import container
from wbc_edge.errors import ModelError, RuntimeUnavailable
from wbc_edge.runtimes import open_session, readers

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession

_CARRIERS = frozenset({"QuantizeLinear", "DequantizeLinear"})
_FLOATS = frozenset({"tensor(float)", "tensor(float16)", "tensor(double)"})

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
    return _onnx_float_operators(path)


def runtimes(path: Path, pixels: NDArray[np.uint8]) -> tuple[Opened, ...]:
    """The file in each installed runtime that claims its format, on cells (N, h, w, 3).

    Raises:
        ModelError: the first of them, the one that a device takes, cannot run it.
        RuntimeUnavailable: none is installed.
    """
    first: NDArray[np.float32] | None = None
    found = []
    for engine in readers(container.sniff(path)):
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


def _onnx_float_operators(path: Path) -> tuple[str, ...]:
    """Operators with a float among what they compute from or give, as ONNX Runtime runs the file.

    The graph is the optimised one, in which pairs of dequantise and quantise have become operators
    on integers wherever there are such. The scales of these are constants, and no activations. A
    cast of the pixels to float is counted: it is work on every one of them.
    """
    model = _optimised(path)
    floats = _floats(model)
    return tuple(
        f"{node.op_type} {node.name}"
        for node in model.graph.node
        if node.op_type not in _CARRIERS and not floats.isdisjoint([*node.input, *node.output])
    )


def _optimised(path: Path) -> onnx.ModelProto:
    """The graph that ONNX Runtime makes of a file."""
    with tempfile.TemporaryDirectory() as folder:
        optimised = Path(folder, "optimised.onnx")
        # Without the last level, which lays out tensors for this processor and changes no type.
        _session(path.read_bytes(), "ORT_ENABLE_EXTENDED", optimised)
        return onnx.load(optimised)


def _session(content: bytes, level: str, optimised: Path | None = None) -> InferenceSession:
    """A graph in ONNX Runtime, optimised so far; what became of it is written to a file."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
    if optimised is not None:
        options.optimized_model_filepath = str(optimised)
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _floats(model: onnx.ModelProto) -> set[str]:
    """Activations that are float; ONNX does not know the types of the runtime's own operators."""
    showing = copy.deepcopy(model)
    del showing.graph.output[:]
    names = [value for node in showing.graph.node for value in node.output if value]
    showing.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    session = _session(showing.SerializeToString(), "ORT_DISABLE_ALL")
    known = [*session.get_inputs(), *session.get_outputs()]
    return {item.name for item in known if item.type in _FLOATS}
