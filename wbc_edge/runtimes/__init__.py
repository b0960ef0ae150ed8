"""Inference runtimes behind one small protocol, and the one place where one is chosen.

A runtime is one line in `ENGINES` and, where its interpreter is of a new kind, one file with a
function `connect(engine, path, threads, spec) -> Session`. It is imported when a model is opened.
"""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from platform import machine
from typing import TYPE_CHECKING, Protocol

from wbc_edge import container
from wbc_edge.cores import check_threads
from wbc_edge.errors import ModelError, RuntimeUnavailable, UsageError
from wbc_edge.runtimes.native_log import without_info_lines

if TYPE_CHECKING:
    from collections.abc import Sequence, Sized
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from wbc_edge.card import InputSpec


@dataclass(frozen=True, kw_only=True)
class Engine:
    """One way to run a model: the formats it reads, what to import, what to install."""

    name: str
    formats: tuple[container.Format, ...]
    adaptor: str
    module: str
    distribution: str
    install: str


ENGINES = (
    Engine(
        name="litert",
        formats=("tflite",),
        adaptor="tflite",
        module="ai_edge_litert.interpreter",
        distribution="ai-edge-litert",
        install="wbc-edge",
    ),
    Engine(
        name="tflite-runtime",
        formats=("tflite",),
        adaptor="tflite",
        module="tflite_runtime.interpreter",
        distribution="tflite-runtime",
        install="wbc-edge[tflite-runtime]",
    ),
    Engine(
        name="tensorflow",
        formats=("tflite",),
        adaptor="tflite",
        module="tensorflow",
        distribution="tensorflow",
        install="wbc-edge[train]",
    ),
    Engine(
        name="onnxruntime",
        formats=("onnx",),
        adaptor="onnx",
        module="onnxruntime",
        distribution="onnxruntime",
        install="wbc-edge[onnx]",
    ),
    Engine(
        name="openvino",
        formats=("onnx", "tflite"),
        adaptor="openvino",
        module="openvino",
        distribution="openvino",
        install="wbc-edge[openvino]",
    ),
)
"""In the order in which `auto` tries them."""

NAMES = tuple(engine.name for engine in ENGINES)


@dataclass(frozen=True, kw_only=True)
class Tensor:
    """An input or output as the model file describes it; None in `shape` is a free dimension.

    real value = (stored value - zero_point) * scale, where the tensor is quantised.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str
    scale: float | None = None
    zero_point: int | None = None

    @property
    def channels_first(self) -> bool:
        """Of a batch of RGB pictures: whether their channels come before their sides."""
        return self.shape[3] != 3

    @property
    def sides(self) -> tuple[int | None, int | None]:
        """Height and width of a batch of pictures."""
        first = 2 if self.channels_first else 1
        return self.shape[first], self.shape[first + 1]


class Session(Protocol):
    """One opened model. Several threads may run it at once; most runtimes have them wait."""

    runtime: str
    threads: int
    input: Tensor
    output: Tensor

    @property
    def version(self) -> str:
        """Version of the installed runtime."""

    def run(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, height, width, 3) uint8 RGB -> (N, classes) float32, the output dequantised.

        The pixel values 0 to 255 are the real values of the input, unless the card scales them;
        they are brought to its dtype, scale, zero point and layout by what the model file says.
        Raises ModelError (shape_mismatch) where the pixels do not fit the input.
        """


@dataclass(frozen=True, kw_only=True)
class RuntimeStatus:
    """Whether a runtime is usable here; `reason` says why not, `extra` what pip has to install."""

    name: str
    installed: bool
    usable: bool
    version: str | None
    reason: str | None
    extra: str


def open_session(
    path: Path, *, runtime: str = "auto", threads: int = 1, spec: InputSpec | None = None
) -> Session:
    """Open a model file with the named runtime, or with the first installed one that starts.

    `spec` is the card's, for its `mean` and `std`; without it pixels are given as they are.

    Raises UsageError for an unknown runtime, one that does not read this format or threads beyond
    `wbc_edge.cores.MOST_THREADS`; RuntimeUnavailable where it is not installed; ModelError where
    the file is no usable model.
    """
    check_threads("threads", threads)
    chosen = _able(path, [runtime])
    if runtime == "auto":
        chosen = [engine for engine in chosen if is_installed(engine)] or chosen[:1]
    for engine in chosen[:-1]:
        # One that is installed may still not start here, for an older system or numpy.
        with suppress(RuntimeUnavailable):
            return _connected(engine, path, threads, spec)
    return _connected(chosen[-1], path, threads, spec)


def readers(format_: str) -> list[Engine]:
    """The runtimes that read a format, installed or not, in the order that `auto` takes them in."""
    return [engine for engine in ENGINES if format_ in engine.formats]


def named(path: Path, asked: Sequence[str]) -> list[str]:
    """Those of the runtimes asked for, `auto` among them, that read a file.

    Raises UsageError for an unknown one, or where none of them does; ModelError where the file is
    no model.
    """
    able = [engine.name for engine in _able(path, asked)]
    return [name for name in asked if name in ("auto", *able)]


def _able(path: Path, asked: Sequence[str]) -> list[Engine]:
    """The runtimes asked for, of which `auto` is each, that read a file. Raises as `named`."""
    unknown = [name for name in asked if name not in ("auto", *NAMES)]
    if unknown:
        raise UsageError(
            f"there is no runtime {', '.join(map(repr, unknown))}; choose auto, {', '.join(NAMES)}"
        )
    format_ = container.sniff(path)
    able = readers(format_)
    found = [engine for engine in able if "auto" in asked or engine.name in asked]
    if not found:
        verb = "does" if len(asked) == 1 else "do"
        raise UsageError(
            f"{', '.join(asked)} {verb} not read {path}, which is {format_}; "
            f"{', '.join(engine.name for engine in able)} would"
        )
    return found


def _connected(engine: Engine, path: Path, threads: int, spec: InputSpec | None) -> Session:
    adaptor = import_module(f"wbc_edge.runtimes.{engine.adaptor}")
    session: Session = adaptor.connect(engine, path, threads, spec)
    return session


def first_usable(path: Path) -> str:
    """The runtime that `auto` comes to with this file where nothing was tuned.

    For answers that are published or compared: what a user has tuned must not move them. Where no
    runtime for the file starts it is the first that would read it.

    Raises ModelError where the file is no model.
    """
    able = readers(container.sniff(path))
    for engine in filter(is_installed, able):
        with suppress(RuntimeUnavailable):
            load_engine(engine)
            return engine.name
    return able[0].name


def available() -> list[RuntimeStatus]:
    """Every runtime known, with what an import of it says. Importing TensorFlow takes seconds."""
    return [_status(engine) for engine in ENGINES]


def load_engine(engine: Engine) -> object:
    """The runtime's module, imported. Raises RuntimeUnavailable, naming what to install."""
    # LiteRT has no wheels for 32-bit ARM, and the package does without it there.
    on_small_arm = engine.name == "litert" and machine() in ("armv6l", "armv7l")
    advice = f'pip install "{"wbc-edge[tflite-runtime]" if on_small_arm else engine.install}"'
    try:
        if engine.name == "tflite-runtime" and is_installed(engine):
            _require_numpy_1()
        _keep_offline()
        with without_info_lines() if engine.name == "tensorflow" else nullcontext():
            return import_module(engine.module)
    except ModuleNotFoundError as error:
        if error.name is not None and error.name.split(".")[0] == engine.module.split(".")[0]:
            sentence = f"the runtime {engine.name} is not installed; {advice}"
        else:
            sentence = f"the runtime {engine.name} is not complete ({error}); {advice}"
        raise RuntimeUnavailable(sentence) from None
    except (ImportError, AttributeError, OSError, RuntimeError) as error:
        raise RuntimeUnavailable(
            f"the runtime {engine.name} does not start: {error}; {advice}"
        ) from error


def version_of(engine: Engine) -> str:
    """Version of the runtime's installed distribution."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(engine.distribution)
    except PackageNotFoundError:  # the same module from another distribution, as tensorflow-cpu
        return str(getattr(import_module(engine.module.split(".")[0]), "__version__", "unknown"))


def _keep_offline() -> None:
    """Two runtimes would tell their makers of each use: nothing leaves this machine, nor waits to.

    https://github.com/microsoft/onnxruntime/blob/main/docs/Privacy.md and openvino's own stand-in
    for the package that it asks for this.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]


def _require_numpy_1() -> None:
    """tflite-runtime 2.14 is built against numpy 1 and says so in no metadata."""
    import numpy as np

    if int(np.__version__.split(".")[0]) >= 2:
        raise ImportError(f"tflite-runtime needs numpy below 2, here is {np.__version__}")


def is_installed(engine: Engine) -> bool:
    """Whether the runtime's module can be found; it is not imported."""
    return find_spec(engine.module.split(".")[0]) is not None


def _status(engine: Engine) -> RuntimeStatus:
    reason = None
    try:
        load_engine(engine)
    except RuntimeUnavailable as error:
        reason = str(error)
    installed = is_installed(engine)
    return RuntimeStatus(
        name=engine.name,
        installed=installed,
        usable=reason is None,
        version=version_of(engine) if installed else None,
        reason=reason,
        extra=engine.install,
    )


def check_ends(path: Path, inputs: Sized, outputs: Sized) -> None:
    """Raises ModelError (shape_mismatch) where a model has not one input and one output."""
    if len(inputs) != 1 or len(outputs) != 1:
        raise ModelError(
            f"{path} has not one input and one output, but {len(inputs)} and {len(outputs)}",
            code="shape_mismatch",
        )


def unusable(path: Path, error: Exception) -> ModelError:
    """What a runtime says of a file that it cannot run, as one line."""
    # A runtime may quote the whole model.
    sentence = " ".join(str(error)[:2000].split())[:300] or type(error).__name__
    return ModelError(f"{path} is not a model that can be run: {sentence}")
