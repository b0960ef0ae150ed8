"""Cells as arrays: read once, through the device's own preprocessing, and kept on disk."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import PIL.features

from train.progress import on_all_cores
from train.sources.sample import Sample
from wbc_edge import files, image
from wbc_edge.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbc_edge.card import InputSpec

CONTEXT = 1.5
"""Margin that training pictures are kept with, so that turned and shifted views have content."""

UNUSED_DAYS = 30
"""After so long a file of prepared cells goes: each change of the preprocessing makes them anew."""

TORN_DAYS = 1
"""After so long a file that is still not whole has lost the process that made it."""

PREPROCESSING = (
    "camshift.py",
    "colour.py",
    "decoding.py",
    "framing.py",
    "image.py",
    "libtiff.py",
    "light.py",
    "nucleus.py",
    "stain.py",
)
"""The device's modules that a prepared cell comes through."""

DECODERS = ("jpg", "webp", "zlib", "libtiff", "jpg_2000")
"""Pillow's features that read the files."""


def load(
    samples: Sequence[Sample], spec: InputSpec, cache: Path, *, margin: float = 1.0
) -> NDArray[np.uint8]:
    """The cells as the device prepares them, (N, h, w, 3), h and w widened by `margin`.

    The array is a file in `cache`, made on first use and found again by the cells and the input
    specification; it is safe to delete at any time, and goes when it was not used for
    `UNUSED_DAYS`.

    Raises:
        InputError: a cell's file cannot be read; it is named.
    """
    path = cache / f"{_key(samples, spec, margin)}.npy"
    if not path.is_file():
        _prune(cache)
        _build(samples, spec, margin, path)
    with suppress(OSError):  # a cache that may only be read
        os.utime(path)
    return np.load(path, mmap_mode="r")


def prepare(sample: Sample, spec: InputSpec, margin: float = 1.0) -> NDArray[np.uint8]:
    """One cell as the network gets it, (h, w, 3): exactly what `wbc-edge classify` feeds."""
    return image.prepare(sample.pixels(), spec, margin=margin)


def _build(samples: Sequence[Sample], spec: InputSpec, margin: float, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = (len(samples), round(margin * spec.height), round(margin * spec.width), 3)
    with files.whole(path) as partial:
        pixels = np.lib.format.open_memmap(partial, mode="w+", dtype=np.uint8, shape=shape)

        def fill(index: int) -> None:
            try:
                pixels[index] = prepare(samples[index], spec, margin)
            except InputError as error:
                reason = f"{error.reason} (`python -m train audit` names every such file)"
                raise InputError(reason, code=error.code, source=error.source) from error

        for _ in on_all_cores(fill, range(len(samples)), doing="reading cells"):
            pass
        pixels.flush()


def _prune(cache: Path) -> None:
    for paths, days in ((cache.glob("*.npy"), UNUSED_DAYS), (files.torn(cache), TORN_DAYS)):
        oldest = time.time() - days * 86_400
        for path in paths:
            with suppress(OSError):  # another process may be as tidy
                if path.stat().st_mtime < oldest:
                    path.unlink()


def _key(samples: Sequence[Sample], spec: InputSpec, margin: float) -> str:
    digest = hashlib.sha256(repr((asdict(spec), margin, _source_digest())).encode())
    for sample in samples:
        stat = sample.path.stat()
        # Of two files with one name, size and date, as archives leave them, the place differs; one
        # that took the other's place has changed its status since.
        which = (str(sample.path.absolute()), stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
        digest.update(repr((sample.key, sample.region, which)).encode())
    return digest.hexdigest()[:24]


def _source_digest() -> str:
    """Hash of what makes the pixels, so that those from before a change of it are not used.

    That is the preprocessing code, and the libraries by which it decodes, resizes and reckons.
    """
    package = Path(image.__file__).parent
    decoders = [PIL.features.version(name) for name in DECODERS]
    digest = hashlib.sha256(repr((np.__version__, PIL.__version__, decoders)).encode())
    for name in PREPROCESSING:
        digest.update((package / name).read_bytes())
    return digest.hexdigest()
