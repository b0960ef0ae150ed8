"""TFLite models, by any package that offers TensorFlow Lite's `Interpreter` class.

ai-edge-litert, tflite-runtime and tf.lite share it:
https://ai.google.dev/edge/api/tflite/python/tf/lite/Interpreter. ai-edge-litert verifies a file's
structure before it follows the offsets inside, but not what it finds there, such as scales;
tflite-runtime 2.14 and TensorFlow 2.21 do neither. So a file that is damaged inside can end the
process, where it carries no card whose checksum would tell; `wbc_edge.runtimes.trial` finds out.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from wbc_edge.runtimes import (
    Engine,
    Tensor,
    check_ends,
    lanes,
    load_engine,
    shortcut,
    unusable,
    version_of,
)
from wbc_edge.runtimes.native_log import without_info_lines
from wbc_edge.runtimes.tensors import Encoder, decode
from wbc_edge.shared import ProcessLock

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from wbc_edge.card import InputSpec

# Opening touches process-wide state: the warning filters and the standard error stream.
_opening = ProcessLock()


def connect(engine: Engine, path: Path, threads: int, spec: InputSpec | None) -> TFLiteSession:
    """Open a TFLite file. Raises RuntimeUnavailable and ModelError."""
    return TFLiteSession(engine, path, threads, spec)


class TFLiteSession:
    """`wbc_edge.runtimes.Session` over an Interpreter."""

    def __init__(self, engine: Engine, path: Path, threads: int, spec: InputSpec | None) -> None:
        self.runtime = engine.name
        self.threads = threads
        self._engine = engine
        self._path = path
        # An interpreter has one input and one output: between threads, answers would be exchanged.
        self._running = threading.Lock()
        content, shortened = _content(path, _state(path))
        self._interpreter, self._lane = _opened(engine, path, content, threads)
        try:
            inputs = self._interpreter.get_input_details()
            outputs = self._interpreter.get_output_details()
        except UnicodeDecodeError as error:  # the name of a tensor
            raise unusable(path, error) from error
        check_ends(path, inputs, outputs)
        taken, self._input_index = _tensor(inputs[0]), inputs[0]["index"]
        self.input = shortened.in_file(taken) if shortened else taken
        self.output, self._output_index = _tensor(outputs[0]), outputs[0]["index"]
        self._encode = Encoder(taken, path, spec)

    @property
    def version(self) -> str:
        """Version of the installed runtime."""
        return version_of(self._engine)

    def run(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """See `Session.run`; one invocation for each picture, since the batch is fixed at 1."""
        encoded = self._encode(pixels)
        rows = []
        with self._running:
            self._lane.take()
            for index in range(len(encoded)):
                self._interpreter.set_tensor(self._input_index, encoded[index : index + 1])
                try:
                    self._interpreter.invoke()
                except RuntimeError as error:  # a graph that opens may still not run
                    raise unusable(self._path, error) from error
                rows.append(self._interpreter.get_tensor(self._output_index))
        return decode(rows[0] if len(rows) == 1 else np.concatenate(rows), self.output)


def _opened(engine: Engine, path: Path, content: bytes, threads: int) -> tuple[Any, lanes.Lane]:
    module: Any = load_engine(engine)
    interpreter_class = getattr(module, "lite", module).Interpreter  # TensorFlow keeps it in `lite`
    try:
        with _opening.held(), without_info_lines(), _unwarned(engine):
            before = lanes.tasks()
            interpreter = interpreter_class(model_content=content, num_threads=threads)
            interpreter.allocate_tensors()
            lane = lanes.deal(lanes.tasks() - before, threads)
    except (ValueError, RuntimeError, TypeError) as error:
        raise unusable(path, error) from error
    return interpreter, lane


@contextmanager
def _unwarned(engine: Engine) -> Iterator[None]:
    """Keeps to itself that tf.lite announces its successor on each construction.

    For the others the process's filters are left alone: pictures are decoded meanwhile, under a
    filter of their own (`wbc_edge.decoding`).
    """
    if engine.name != "tensorflow":
        yield
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _state(path: Path) -> tuple[int, ...]:
    """What is another for a file that was changed or replaced, its time of writing kept or not."""
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


@lru_cache(maxsize=1)
def _content(path: Path, state: tuple[int, ...]) -> tuple[bytes, shortcut.Shortened | None]:  # noqa: ARG001 - a file in another state is another
    """A file's bytes, and how they were shortened, if they could be.

    One copy serves all the interpreters of a model, which keep hold of it.
    """
    content = path.read_bytes()
    shortened = shortcut.past_uint8(content)
    return (content if shortened is None else shortened.content), shortened


def _tensor(details: dict[str, Any]) -> Tensor:
    # (0.0, 0) is how the interpreter says "not quantised".
    scale, zero_point = details["quantization"]
    quantised = scale != 0
    return Tensor(
        name=details["name"],
        shape=tuple(int(size) for size in details["shape"]),
        dtype=np.dtype(details["dtype"]).name,
        scale=float(scale) if quantised else None,
        zero_point=int(zero_point) if quantised else None,
    )
