from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray

from wbc_edge import image
from wbc_edge.errors import InputError

Encode = Callable[..., bytes]


def grey_of(cell: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return cell[..., 0]


def thrice(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.repeat(grey[..., np.newaxis], 3, axis=2)


def code_of(source: Any) -> str:
    with pytest.raises(InputError) as caught:
        image.load(source)
    return caught.value.code


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF"])
def test_grey_is_the_same_in_all_channels(
    cell: NDArray[np.uint8], encoded: Encode, form: str
) -> None:
    grey = grey_of(cell)
    assert np.array_equal(image.load(encoded(grey, form)).rgb, thrice(grey))


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF"])
def test_one_bit_is_black_and_white(encoded: Encode, form: str) -> None:
    bits = np.tile(np.array([[0, 255], [255, 0]], np.uint8), (4, 4))
    one_bit = PIL.Image.fromarray(bits).convert("1")
    assert np.array_equal(image.load(encoded(one_bit, form)).rgb, thrice(bits))


@pytest.mark.parametrize("form", ["PNG", "TIFF", "WEBP"])
def test_transparency_lies_on_white(cell: NDArray[np.uint8], encoded: Encode, form: str) -> None:
    alpha = np.zeros(cell.shape[:2], np.uint8)
    alpha[:20], alpha[20:30] = 255, 128
    options = {"lossless": True, "exact": True} if form == "WEBP" else {}
    rgb = image.load(encoded(np.dstack([cell, alpha]), form, **options)).rgb
    assert np.array_equal(rgb[:20], cell[:20])
    assert (rgb[30:] == 255).all()
    half = (cell[20:30].astype(float) * 128 + 255 * 127) / 255
    assert np.abs(rgb[20:30] - half).max() <= 1


def test_grey_with_alpha_lies_on_white(cell: NDArray[np.uint8], encoded: Encode) -> None:
    grey = grey_of(cell)
    alpha = np.where(np.arange(56) < 28, 255, 0).astype(np.uint8) * np.ones((40, 1), np.uint8)
    pair = PIL.Image.merge("LA", [PIL.Image.fromarray(grey), PIL.Image.fromarray(alpha)])
    rgb = image.load(encoded(pair)).rgb
    assert np.array_equal(rgb[:, :28], thrice(grey)[:, :28])
    assert (rgb[:, 28:] == 255).all()


@pytest.mark.parametrize("transparency", [0, b"\x00\xff"])
def test_a_palette_with_transparency_lies_on_white(
    encoded: Encode, transparency: int | bytes
) -> None:
    palette = PIL.Image.fromarray(np.array([[0, 1]], np.uint8), mode=None).convert("P")
    palette.putpalette([10, 20, 30, 40, 50, 60])
    rgb = image.load(encoded(palette, transparency=transparency)).rgb
    assert rgb.tolist() == [[[255, 255, 255], [40, 50, 60]]]


def test_a_plain_palette_gives_its_colours(cell: NDArray[np.uint8], encoded: Encode) -> None:
    palette = PIL.Image.fromarray(cell).quantize(64)
    expected = np.asarray(palette.convert("RGB"))
    for form in ("PNG", "BMP", "TIFF"):
        assert np.array_equal(image.load(encoded(palette, form)).rgb, expected)


def test_a_transparent_colour_of_rgb_and_grey_lies_on_white(encoded: Encode) -> None:
    rgb = np.array([[[1, 2, 3], [4, 5, 6]]], np.uint8)
    assert image.load(encoded(rgb, transparency=(1, 2, 3))).rgb.tolist() == [
        [[255, 255, 255], [4, 5, 6]]
    ]
    grey = np.array([[9, 8]], np.uint8)
    assert image.load(encoded(grey, transparency=9)).rgb.tolist() == [[[255] * 3, [8] * 3]]


@pytest.mark.parametrize(("form", "tolerance"), [("TIFF", 0), ("JPEG", 6)])
def test_cmyk_becomes_rgb(
    cell: NDArray[np.uint8], encoded: Encode, form: str, tolerance: int
) -> None:
    smooth = PIL.Image.fromarray(cell).convert("CMYK")
    expected = np.asarray(smooth.convert("RGB")).astype(int)
    rgb = image.load(encoded(smooth, form)).rgb
    assert np.abs(rgb - expected).max() <= tolerance


def test_an_inverted_adobe_cmyk_jpeg_is_not_a_negative(encoded: Encode) -> None:
    paper = PIL.Image.new("CMYK", (16, 16), (0, 0, 0, 0))
    content = encoded(paper, "JPEG")
    assert b"Adobe" in content  # which says that full ink is stored as 0
    assert image.load(content).rgb.min() > 250


def test_ycbcr_becomes_rgb(cell: NDArray[np.uint8]) -> None:
    ycbcr = PIL.Image.fromarray(cell).convert("YCbCr")
    assert np.array_equal(image.load(ycbcr).rgb, np.asarray(ycbcr.convert("RGB")))


# ---- more than 8 bits ------------------------------------------------------------------------


@pytest.mark.parametrize("widen", [lambda a: a * 257, lambda a: a << 8])
def test_a_16_bit_picture_is_its_8_bit_self(
    cell: NDArray[np.uint8], encoded: Encode, widen: Callable[[Any], Any]
) -> None:
    grey = grey_of(cell)
    wide = widen(grey.astype(np.uint16)).astype(np.uint16)
    for source in (
        encoded(wide, "PNG"),
        encoded(wide, "TIFF"),
        encoded(wide, "TIFF", compression="tiff_lzw"),
        PIL.Image.fromarray(wide),
        PIL.Image.frombytes("I;16B", (56, 40), wide.astype(">u2").tobytes()),
        encoded(PIL.Image.frombytes("I;16B", (56, 40), wide.astype(">u2").tobytes()), "TIFF"),
        wide,
    ):
        assert np.array_equal(image.load(source).rgb, thrice(grey))
    assert np.array_equal(image.load(widen(cell.astype(np.uint16)).astype(np.uint16)).rgb, cell)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("deflate", [False, True])
def test_16_bit_colour_of_a_tiff_is_its_8_bit_self(
    cell: NDArray[np.uint8], raw_tiff: Encode, order: str, deflate: bool
) -> None:
    strip = (cell.astype(np.uint16) * 257).astype(order + "u2").tobytes()
    content = raw_tiff(
        strip, (56, 40), bits=16, channels=3, photometric=2, order=order, deflate=deflate
    )
    assert np.array_equal(image.load(content).rgb, cell)


def test_16_bit_colour_of_a_png_is_its_8_bit_self(cell: NDArray[np.uint8], raw_png: Encode) -> None:
    wide = cell.astype(np.uint16) * 257
    assert np.array_equal(image.load(raw_png(wide)).rgb, cell)
    alpha = np.zeros(cell.shape[:2], np.uint16)
    alpha[:8] = 65535
    rgb = image.load(raw_png(np.dstack([wide, alpha]))).rgb
    assert np.array_equal(rgb[:8], cell[:8])
    assert (rgb[8:] == 255).all()


def test_16_bit_grey_whose_white_is_zero_is_not_a_negative(
    cell: NDArray[np.uint8], raw_tiff: Encode
) -> None:
    grey = grey_of(cell)
    inverted = 65535 - grey.astype(np.uint16) * 257
    content = raw_tiff(inverted.tobytes(), (56, 40), bits=16, photometric=0)
    assert np.array_equal(image.load(content).rgb, thrice(grey))


def test_samples_that_pillow_does_not_know_are_unsupported_not_damaged(
    cell: NDArray[np.uint8], raw_tiff: Encode
) -> None:
    strip = grey_of(cell).astype(">u2").tobytes()
    content = raw_tiff(strip, (56, 40), bits=16, photometric=0, order=">")
    assert code_of(content) == "unsupported_colour"


def test_12_bits_that_say_so_are_taken_as_such(cell: NDArray[np.uint8], raw_tiff: Encode) -> None:
    grey = grey_of(cell)
    pairs = (grey.astype(np.uint32) << 4).reshape(-1, 2)
    packed = (pairs[:, 0] << 12 | pairs[:, 1]).astype(">u4").view(np.uint8).reshape(-1, 4)[:, 1:]
    content = raw_tiff(packed.tobytes(), (56, 40), bits=12, photometric=1)
    assert np.array_equal(image.load(content).rgb, thrice(grey))


def test_12_bits_that_do_not_say_so_are_refused_not_guessed(
    cell: NDArray[np.uint8], encoded: Encode, raw_png: Encode
) -> None:
    camera = (grey_of(cell).astype(np.uint16) << 4) + 15
    for source in (encoded(camera), encoded(camera, "TIFF"), camera, np.dstack([camera] * 3)):
        with pytest.raises(InputError, match="12-bit") as caught:
            image.load(source)
        assert caught.value.code == "unsupported_depth"
    assert code_of(raw_png(np.dstack([camera] * 3))) == "unsupported_depth"


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_samples_without_a_defined_white_are_refused(
    cell: NDArray[np.uint8], encoded: Encode, dtype: Any
) -> None:
    samples = grey_of(cell).astype(dtype)
    assert code_of(encoded(samples, "TIFF")) == "unsupported_depth"
    assert code_of(PIL.Image.fromarray(samples)) == "unsupported_depth"
    assert code_of(samples) == "unsupported_depth"
    assert code_of(samples / 255) == "unsupported_depth"


def test_what_is_wholly_transparent_is_shown_whatever_it_came_as(
    cell: NDArray[np.uint8], encoded: Encode
) -> None:
    none = np.zeros(cell.shape[:2], np.uint8)
    clear = np.dstack([cell, none])
    palette = PIL.Image.fromarray(cell).quantize(256)
    for source in (
        clear,
        clear.astype(np.uint16) << 8,
        PIL.Image.fromarray(clear),
        np.dstack([grey_of(cell), none]),
        encoded(palette, "PNG", transparency=bytes(256)),
    ):
        loaded = image.load(source)
        assert loaded.notes == ("wholly transparent: shown as if it were not",)
        assert np.abs(loaded.rgb.astype(int) - loaded.rgb.mean()).max() > 20


def test_lab_is_refused_by_name(encoded: Encode) -> None:
    lab = PIL.Image.new("LAB", (4, 4))
    assert code_of(encoded(lab, "TIFF")) == "unsupported_colour"


# ---- arrays and Pillow images ----------------------------------------------------------------


def test_arrays_of_each_shape_follow_the_same_rules(cell: NDArray[np.uint8]) -> None:
    grey = grey_of(cell)
    opaque = np.full_like(grey, 255)

    def rgb(array: NDArray[Any]) -> NDArray[np.uint8]:
        return image.load(array).rgb

    assert np.array_equal(rgb(grey), thrice(grey))
    assert np.array_equal(rgb(grey[..., np.newaxis]), thrice(grey))
    assert np.array_equal(rgb(np.dstack([grey, opaque])), thrice(grey))
    assert np.array_equal(rgb(np.dstack([cell, opaque])), cell)
    assert np.array_equal(rgb(np.dstack([cell, 0 * opaque])), cell)
    assert (rgb(np.dstack([cell, 0 * opaque + 9]))[0, 0] > 240).all()
    assert np.array_equal(rgb(grey > 99), thrice(np.where(grey > 99, 255, 0)))


def test_an_array_of_any_memory_order_is_taken(cell: NDArray[np.uint8]) -> None:
    for view in (
        np.asfortranarray(cell),
        cell[::-1, ::-1][::-1, ::-1],
        cell[:, :, ::-1][..., ::-1],
    ):
        assert np.array_equal(image.load(view).rgb, cell)


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        ((5,), "unsupported_colour"),
        ((2, 5, 5, 3), "unsupported_colour"),
        ((5, 5, 5), "unsupported_colour"),
        ((0, 5, 3), "empty"),
        ((5, 0), "empty"),
    ],
)
def test_an_array_that_is_no_picture_is_refused(shape: tuple[int, ...], code: str) -> None:
    assert code_of(np.zeros(shape, np.uint8)) == code


def test_a_pillow_image_is_left_as_it_was(cell: NDArray[np.uint8], encoded: Encode) -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    with PIL.Image.open(io.BytesIO(encoded(cell, exif=exif))) as picture:
        assert image.load(picture).rgb.shape == (56, 40, 3)
        assert picture.size == (56, 40)
        assert picture.getexif()[0x0112] == 6
        assert image.load(picture).rgb.shape == (56, 40, 3)


def test_a_pillow_image_that_cannot_be_decoded_is_an_input_error(encoded: Encode) -> None:
    noisy = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    with PIL.Image.open(io.BytesIO(encoded(noisy)[:4000])) as picture:
        assert code_of(picture) == "damaged"
    assert code_of(PIL.Image.new("RGB", (0, 4))) == "empty"


def test_unscaled_12_bits_are_refused_also_where_a_pixel_is_transparent(
    cell: NDArray[np.uint8], raw_png: Encode
) -> None:
    dark = cell.astype(np.uint16) * 16
    alpha = np.full(cell.shape[:2], 65535, np.uint16)
    alpha[0, 0] = 0
    assert code_of(raw_png(np.dstack([dark, alpha]))) == "unsupported_depth"
    assert code_of(np.dstack([dark, alpha])) == "unsupported_depth"


def test_16_bits_are_taken_in_either_order_of_bytes(cell: NDArray[np.uint8]) -> None:
    wide = (cell.astype(np.uint16) * 257).astype(">u2")
    assert np.array_equal(image.load(wide).rgb, cell)
