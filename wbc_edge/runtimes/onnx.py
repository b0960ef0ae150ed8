"""ONNX models by ONNX Runtime, on the CPU. https://onnxruntime.ai/docs/api/python/."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wbc_edge.errors import ModelError
from wbc_edge.runtimes import Engine, Tensor, check_ends, load_engine, unusable, version_of
from wbc_edge.runtimes.tensors import Encoder, decode

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from wbc_edge.card import InputSpec

_ERRORS_ONLY = 3  # ONNX Runtime's log severity


def connect(engine: Engine, path: Path, threads: int, spec: InputSpec | None) -> ONNXSession:
    """Open an ONNX file. Raises RuntimeUnavailable and ModelError."""
    return ONNXSession(engine, path, threads, spec)


class ONNXSession:
    """`wbc_edge.runtimes.Session` over an InferenceSession."""

    def __init__(self, engine: Engine, path: Path, threads: int, spec: InputSpec | None) -> None:
        self.runtime = engine.name
        self.threads = threads
        self._engine = engine
        self._path = path
        onnxruntime = load_engine(engine)
        self._errors = _errors(onnxruntime)
        self._session = _open(onnxruntime, path, threads)
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        check_ends(path, inputs, outputs)
        self.input, self.output = _tensor(inputs[0], path), _tensor(outputs[0], path)
        self._encode = Encoder(self.input, path, spec)

    @property
    def version(self) -> str:
        """Version of the installed runtime."""
        return version_of(self._engine)

    def run(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """See `Session.run`; at once where the batch is free, one by one where it is 1."""
        encoded = self._encode(pixels)
        step = len(encoded) if self.input.shape[0] is None else 1
        try:
            outputs = [
                self._session.run(None, {self.input.name: encoded[start : start + step]})[0]
                for start in range(0, len(encoded), max(step, 1))
            ]
        except self._errors as error:  # a graph that opens may still not run
            raise unusable(self._path, error) from error
        return decode(np.concatenate(outputs), self.output)


def _errors(onnxruntime: Any) -> tuple[type[Exception], ...]:
    """What ONNX Runtime raises where a file cannot be used; its own share no base of their own."""
    state = onnxruntime.capi.onnxruntime_pybind11_state
    return (
        state.Fail,
        state.InvalidArgument,
        state.InvalidGraph,
        state.InvalidProtobuf,
        state.NoModel,
        state.NotImplemented,
        state.RuntimeException,
        ValueError,
        RuntimeError,
    )


def _open(onnxruntime: Any, path: Path, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    try:
        return onnxruntime.InferenceSession(
            str(path),
            sess_options=options,
            providers=["CPUExecutionProvider"],
            enable_fallback=0,  # to the same provider, with a banner on standard output
        )
    except _errors(onnxruntime) as error:
        raise unusable(path, error) from error


# ONNX Runtime names element types as in "tensor(float)".
_DTYPES = {
    "float": "float32",
    "float16": "float16",
    "double": "float64",
    "uint8": "uint8",
    "int8": "int8",
    "uint16": "uint16",
    "int16": "int16",
    "int32": "int32",
    "int64": "int64",
}


def _tensor(argument: Any, path: Path) -> Tensor:
    kind = argument.type.removeprefix("tensor(").removesuffix(")")
    if kind not in _DTYPES:
        raise ModelError(f"{path}: a tensor of type {kind} is not known", code="shape_mismatch")
    return Tensor(
        name=argument.name,
        shape=tuple(size if isinstance(size, int) else None for size in argument.shape),
        dtype=_DTYPES[kind],
    )
