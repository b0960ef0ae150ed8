"""Tiny models and pictures for the tests of the device package."""

from __future__ import annotations

import _thread
import io
import os
import shutil
import struct
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray

from tests.paths import FLOAT, INT8, NCHW, ONNX, UINT8
from wbc_edge import Classifier, runtimes, synthetic
from wbc_edge.errors import RuntimeUnavailable


def environment() -> dict[str, str]:
    """For a process of its own: what is set now, and this checkout's packages wherever it runs.

    But for what would have its output written at once, unlike a user's.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return {**kept, "PYTHONPATH": str(Path(__file__).parents[2])}


def installed(engine: runtimes.Engine) -> bool:
    try:
        runtimes.load_engine(engine)
    except runtimes.RuntimeUnavailable:
        return False
    return True


@pytest.fixture(params=(FLOAT, INT8, UINT8, ONNX, NCHW), ids=lambda path: path.name)
def tiny(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of each of the tiny models in turn."""
    return Path(shutil.copy(request.param, tmp_path))


@pytest.fixture(scope="session")
def edge() -> Classifier:
    """The default model, in the first runtime that is here."""
    try:
        return Classifier.untuned("edge")
    except RuntimeUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture
def tiny_int8(tmp_path: Path) -> Path:
    """A copy of the tiny int8 TFLite model."""
    return Path(shutil.copy(INT8, tmp_path))


@pytest.fixture
def tiny_onnx(tmp_path: Path) -> Path:
    """A copy of the tiny ONNX model."""
    return Path(shutil.copy(ONNX, tmp_path))


@pytest.fixture
def cell() -> NDArray[np.uint8]:
    """A picture without symmetry, (40, 56, 3) uint8: every turn and flip of it is another one."""
    y, x = np.mgrid[:40, :56]
    return np.stack([x * 4, y * 6, (x + y) * 2], axis=2).astype(np.uint8)


@pytest.fixture
def encoded() -> Callable[..., bytes]:
    """A Pillow image or array, written in a format to bytes."""

    def encode(picture: PIL.Image.Image | NDArray[Any], form: str = "PNG", **options: Any) -> bytes:
        image = picture if isinstance(picture, PIL.Image.Image) else PIL.Image.fromarray(picture)
        buffer = io.BytesIO()
        image.save(buffer, form, **options)
        return buffer.getvalue()

    return encode


@pytest.fixture
def raw_png() -> Callable[[NDArray[np.uint16]], bytes]:
    """(H, W, 3 or 4) uint16 samples as a 16-bit PNG, which Pillow reads but cannot write."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    def write(samples: NDArray[np.uint16]) -> bytes:
        height, width, channels = samples.shape
        colour = {3: 2, 4: 6}[channels]
        header = struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, 0)
        lines = b"".join(b"\0" + line.astype(">u2").tobytes() for line in samples)
        return (
            b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(lines))
            + chunk(b"IEND", b"")
        )

    return write


@pytest.fixture
def raw_tiff() -> Callable[..., bytes]:
    """Samples as a TIFF of one strip, with the tags that are told and in either byte order."""

    def write(
        strip: bytes,
        size: tuple[int, int],
        *,
        bits: int,
        channels: int = 1,
        photometric: int,
        order: str = "<",
        deflate: bool = False,
    ) -> bytes:
        data = zlib.compress(strip) if deflate else strip
        tags = {
            256: size[0],
            257: size[1],
            258: bits,
            259: 8 if deflate else 1,
            262: photometric,
            273: 8,
            277: channels,
            278: size[1],
            279: len(data),
        }
        start = 8 + len(data) + len(data) % 2
        end = start + 2 + 12 * len(tags) + 4
        head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", start)
        directory = struct.pack(order + "H", len(tags))
        for tag, value in tags.items():
            if tag == 258 and channels > 2:  # too long for the entry: it points past the directory
                directory += struct.pack(order + "HHII", tag, 3, channels, end)
            else:
                directory += struct.pack(order + "HHII", tag, 4, 1, value)
        depths = struct.pack(order + "H", bits) * channels
        return head + data + b"\0" * (len(data) % 2) + directory + b"\0" * 4 + depths

    return write


SMEARED = ("basophil", "eosinophil", "ig", "lymphocyte", "monocyte", "neutrophil")
"""The cells of `smear`."""


@pytest.fixture(scope="session")
def smear() -> tuple[PIL.Image.Image, list[tuple[float, float]]]:
    """A drawn field, and where in it the centre of each of its white cells is."""
    pixels, places = synthetic.draw_smear(SMEARED, seed=2)
    return PIL.Image.fromarray(pixels), places


class Threads:
    """Those that are begun with `_thread`, while a test lasts."""

    def __init__(self) -> None:
        self.begun = 0
        self.running = 0

    def have_ended(self) -> bool:
        """Whether none is left, once those that are about to end have done so."""
        deadline = time.monotonic() + 5
        while self.running and time.monotonic() < deadline:
            time.sleep(0.005)
        return not self.running


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> Threads:
    """Counts the threads that the package begins."""
    start, count, lock = _thread.start_new_thread, Threads(), threading.Lock()

    def counted(function: Callable[[], object], arguments: tuple[()]) -> int:
        def run() -> None:
            try:
                function()
            finally:
                with lock:
                    count.running -= 1

        with lock:
            count.begun += 1
            count.running += 1
        return start(run, arguments)

    monkeypatch.setattr(_thread, "start_new_thread", counted)
    return count
