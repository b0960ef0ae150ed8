from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from wbc_edge import image
from wbc_edge.errors import InputError
from wbc_edge.image import Limits

Encode = Callable[..., bytes]
FORMS = [
    ("JPEG", {}),
    ("PNG", {}),
    ("BMP", {}),
    ("TIFF", {}),
    ("WEBP", {}),
    ("TIFF", {"compression": "tiff_lzw"}),
]


@pytest.mark.parametrize(("form", "options"), FORMS)
def test_no_damage_raises_anything_but_an_input_error(
    cell: NDArray[np.uint8], encoded: Encode, form: str, options: dict[str, Any]
) -> None:
    random = np.random.default_rng(1)
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    whole = encoded(cell, form, **options, **({} if form in ("BMP", "TIFF") else {"exif": exif}))
    for _ in range(150):
        content = bytearray(whole)
        for position in random.integers(0, len(whole), random.choice([1, 4, 30])):
            content[position] = random.integers(256)
        if random.random() < 0.2:
            content = content[: random.integers(1, len(whole))]
        try:
            loaded = image.load(bytes(content), limits=Limits(max_pixels=1_000_000))
        except InputError as error:
            assert error.reason  # noqa: PT017 - either outcome is right, a third is not
        else:
            assert loaded.rgb.ndim == 3


def test_warnings_of_pillow_stay_inside(cell: NDArray[np.uint8], encoded: Encode) -> None:
    # An animation chunk that promises no frame: Pillow warns and reads the still picture.
    whole = encoded(cell)
    chunk = b"acTL" + (0).to_bytes(4, "big") * 2
    import zlib

    broken = len(chunk[4:]).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big")
    content = whole[:33] + broken + whole[33:]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert np.array_equal(image.load(content).rgb, cell)
    assert caught == []


def test_other_warnings_are_not_silenced_and_no_filter_is_left(
    cell: NDArray[np.uint8], encoded: Encode
) -> None:
    content = encoded(cell)
    before = list(warnings.filters)
    threads = [
        threading.Thread(target=lambda: [image.load(content) for _ in range(20)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    with pytest.warns(UserWarning, match="of the caller"):
        warnings.warn("of the caller", stacklevel=1)
    for thread in threads:
        thread.join()
    assert list(warnings.filters) == before


def test_a_name_of_a_file_is_in_the_error(tmp_path: Path) -> None:
    path = tmp_path / "Zelle 1.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0" + b"\0" * 50)
    with pytest.raises(InputError, match=r"Zelle 1\.jpg: the JPEG ends too early"):
        image.load(path)
