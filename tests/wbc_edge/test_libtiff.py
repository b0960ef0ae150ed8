from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray

from wbc_edge import image
from wbc_edge.errors import InputError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="libtiff is found on Linux only")

Encode = Callable[..., bytes]


def damaged(cell: NDArray[np.uint8], encoded: Encode, compression: str) -> tuple[bytes, bytes]:
    """A TIFF, and the same with two bytes of its strips changed."""
    picture: Any = PIL.Image.fromarray(cell)
    if compression == "group4":
        picture = picture.convert("1")
    whole = encoded(picture, "TIFF", compression=compression)
    middle = len(whole) // 2
    return whole, whole[:middle] + b"\xff\x05" + whole[middle + 2 :]


@pytest.mark.parametrize(("compression", "part"), [("jpeg", "JPEGLib"), ("group4", "Fax4Decode")])
def test_a_strip_that_cannot_be_decoded_is_no_picture(
    cell: NDArray[np.uint8],
    encoded: Encode,
    compression: str,
    part: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    whole, torn = damaged(cell, encoded, compression)
    assert image.load(whole).rgb.shape == cell.shape
    with pytest.raises(InputError, match=rf"the TIFF is damaged \({part}\)") as caught:
        image.load(torn)
    assert caught.value.code == "damaged"
    assert capfd.readouterr().err == ""


def test_each_thread_hears_of_its_own_picture(cell: NDArray[np.uint8], encoded: Encode) -> None:
    whole, torn = damaged(cell, encoded, "jpeg")

    def reads(content: bytes) -> bool:
        try:
            image.load(content)
        except InputError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(reads, [whole, torn] * 40)) == [True, False] * 40
