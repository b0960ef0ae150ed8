"""ONNX and TFLite models by OpenVINO, on the CPU. https://docs.openvino.ai/2026/api/ie_python_api/."""

from __future__ import annotations

import platform
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wbc_edge import container
from wbc_edge.runtimes import Engine, Tensor, check_ends, load_engine, unusable, version_of
from wbc_edge.runtimes.tensors import Encoder, decode

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbc_edge.card import InputSpec


def connect(engine: Engine, path: Path, threads: int, spec: InputSpec | None) -> OpenVINOSession:
    """Open an ONNX or TFLite file. Raises RuntimeUnavailable and ModelError."""
    return OpenVINOSession(engine, path, threads, spec)


class OpenVINOSession:
    """`wbc_edge.runtimes.Session` over an InferRequest of batch 1."""

    def __init__(self, engine: Engine, path: Path, threads: int, spec: InputSpec | None) -> None:
        self.runtime = engine.name
        self.threads = threads
        self._engine = engine
        self._path = path
        openvino = load_engine(engine)
        core, model = _read(openvino, path)
        check_ends(path, model.inputs, model.outputs)
        # Only TFLite files hold parameters for their input and output.
        quantised = container.sniff(path) == "tflite"
        first, last = model.inputs[0], model.outputs[0]
        try:
            self.input = _tensor(first, _after(first) if quantised else None)
            self.output = _tensor(last, _before(last) if quantised else None)
        except (ArithmeticError, ValueError) as error:  # of a scale that is none
            raise unusable(path, error) from error
        self._encode = Encoder(self.input, path, spec)
        self._request = _compiled(core, model, path, threads)
        # A request has one input and one output: between threads, answers would be exchanged.
        self._running = threading.Lock()

    @property
    def version(self) -> str:
        """Version of the installed runtime."""
        return version_of(self._engine)

    def run(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """See `Session.run`; one inference for each picture."""
        encoded = self._encode(pixels)
        try:
            with self._running:
                rows = [
                    self._request.infer({0: encoded[index : index + 1]}, share_inputs=True)[0]
                    for index in range(len(encoded))
                ]
            return decode(np.concatenate(rows), self.output)
        # A graph that opens may still not run, or answer with nothing.
        except (RuntimeError, ValueError) as error:
            raise unusable(self._path, error) from error


def _read(openvino: Any, path: Path) -> tuple[Any, Any]:
    try:
        core = openvino.Core()
        return core, core.read_model(str(path))
    except (RuntimeError, UnicodeDecodeError) as error:
        raise unusable(path, error) from error


def _compiled(core: Any, model: Any, path: Path, threads: int) -> Any:
    """A request for one picture at a time: a fixed shape is planned once and runs faster."""
    options = {
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        "PERFORMANCE_HINT": "LATENCY",
        # Else float networks run in bfloat16 where the processor has it: other answers.
        "INFERENCE_PRECISION_HINT": "f32",
    }
    if _saturates():
        options["LP_TRANSFORMS_MODE"] = False
    try:
        shape = model.inputs[0].get_partial_shape()
        if shape[0].is_dynamic:
            shape[0] = 1
            model.reshape(shape)
        try:
            compiled = core.compile_model(model, "CPU", options)
        except RuntimeError as error:
            # Some networks have more operators fused than the processor has registers for
            # ("Not enough gp registers", OpenVINO 2026); one by one they run, and take longer.
            if "registers" not in str(error):
                raise
            compiled = core.compile_model(model, "CPU", options | {"SNIPPETS_MODE": "DISABLE"})
        return compiled.create_infer_request()
    except RuntimeError as error:
        raise unusable(path, error) from error


def _saturates() -> bool:
    """Whether this processor's sums of 8-bit products stop at 16 bits.

    Without instructions for the whole of it (VNNI, AMX), x86 adds pairs of products in 16 bits, and
    OpenVINO takes what does not fit for the largest that does: other answers, not only other
    roundings (https://docs.openvino.ai/2024/, "saturation (overflow) issue"). There the integer
    network is computed in float, which is exact and slower. Unknown processors count as such.
    """
    if platform.machine().lower() not in ("x86_64", "amd64", "i686", "x86"):
        return False
    try:
        described = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return True
    return not any(name in described for name in ("avx512_vnni", "avx_vnni", "amx_int8"))


def _tensor(port: Any, limits: _Limits | None) -> Tensor:
    dtype = np.dtype(port.get_element_type().to_dtype())
    scale = zero_point = None
    if dtype.kind in "iu" and limits is not None:
        (first, last), (low, high) = limits
        scale = (high - low) / (last - first)
        zero_point = round(first - low / scale)
    return Tensor(
        name=port.get_any_name() if port.get_names() else port.get_node().get_friendly_name(),
        shape=tuple(
            None if size.is_dynamic else size.get_length() for size in port.get_partial_shape()
        ),
        dtype=dtype.name,
        scale=scale,
        zero_point=zero_point,
    )


# OpenVINO's TFLite frontend turns the quantisation of an input or output into a FakeQuantize next
# to it, whose inputs 1 to 4 are the ends of the range that it takes and of the one that it gives.
_Limits = tuple[tuple[float, float], tuple[float, float]]
_BETWEEN = ("Convert", "Transpose", "Reshape")


def _after(port: Any) -> _Limits | None:
    """((stored low, high), (real low, high)) of a quantised input; None where it is not one."""
    node = port.get_node()
    while len(targets := list(node.output(0).get_target_inputs())) == 1:
        node = targets[0].get_node()
        if node.get_type_name() == "FakeQuantize":
            return _range(node, 1), _range(node, 3)
        if node.get_type_name() not in _BETWEEN:
            break
    return None


def _before(port: Any) -> _Limits | None:
    """((stored low, high), (real low, high)) of a quantised output; None where it is not one."""
    node = port.get_node()
    while node.get_input_size():
        if node.get_type_name() == "FakeQuantize":
            return _range(node, 3), _range(node, 1)
        if node.get_type_name() not in (*_BETWEEN, "Result"):
            break
        node = node.input(0).get_source_output().get_node()
    return None


def _range(node: Any, first: int) -> tuple[float, float]:
    low, high = (
        float(node.input(number).get_source_output().get_node().get_data().reshape(()))
        for number in (first, first + 1)
    )
    return low, high
