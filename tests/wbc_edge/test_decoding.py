from __future__ import annotations

import contextlib
import io
import struct
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageFile
import PIL.PngImagePlugin
import pytest
from numpy.typing import NDArray
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from wbc_edge import image
from wbc_edge.decoding import decode, decode_pil
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


def code_of(content: bytes) -> str:
    with pytest.raises(InputError) as caught:
        image.load(content)
    return caught.value.code


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


def planar_tiff(planes: NDArray[Any], photometric: int, fill: int = 1) -> bytes:
    """(samples, height, width) as a TIFF with a strip for each sample, little-endian."""
    samples, height, width = planes.shape
    bits, size = 8 * planes.itemsize, height * width * planes.itemsize
    content = b"II*\0" + struct.pack("<I", 8 + planes.nbytes) + planes.tobytes()
    after = len(content) + 2 + 12 * 11 + 4
    tags = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, samples, after),
        (259, 4, 1, 1),
        (262, 4, 1, photometric),
        (266, 3, 1, fill),
        (273, 4, samples, after + 2 * samples),
        (277, 4, 1, samples),
        (278, 4, 1, height),
        (279, 4, samples, after + 6 * samples),
        (284, 4, 1, 2),
    ]
    content += struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags)
    content += b"\0" * 4 + struct.pack("<H", bits) * samples
    content += b"".join(struct.pack("<I", 8 + size * number) for number in range(samples))
    return content + struct.pack("<I", size) * samples


def test_samples_in_planes_are_read_where_they_are_bytes(cell: NDArray[np.uint8]) -> None:
    planes = np.ascontiguousarray(cell.transpose(2, 0, 1))
    assert np.array_equal(decode(planar_tiff(planes, 2), max_pixels=10**6).rgb, cell)


def test_deep_samples_in_planes_are_refused_not_misread(cell: NDArray[np.uint8]) -> None:
    planes = np.ascontiguousarray(cell.transpose(2, 0, 1)).astype("<u2") * 257
    with pytest.raises(InputError, match="in planes, is not read") as caught:
        decode(planar_tiff(planes, 2), max_pixels=10**6)
    assert caught.value.code == "unsupported_colour"


def test_bits_in_the_other_order_are_refused_where_they_would_not_be_turned(
    cell: NDArray[np.uint8],
) -> None:
    planes = np.ascontiguousarray(cell.transpose(2, 0, 1))
    with pytest.raises(InputError, match="in planes, is not read"):
        decode(planar_tiff(planes, 2, fill=2), max_pixels=10**6)


def test_a_whole_tiff_that_pillow_does_not_read_is_not_called_broken(
    cell: NDArray[np.uint8], encoded: Encode
) -> None:
    assert code_of(b"MM\0+\0\x08\0\0" + bytes(300)) == "unsupported_format"
    content = encoded(cell, "TIFF")
    # PhotometricInterpretation: YCbCr, subsampled by two as it is where nothing else is said.
    subsampled = content.replace(
        struct.pack("<HHII", 262, 3, 1, 2), struct.pack("<HHIHH", 262, 3, 1, 6, 0)
    )
    assert code_of(subsampled) == "unsupported_colour"


@pytest.mark.parametrize(
    ("range_", "code"),
    [((0, 255, 128, 255, 128, 255), None), ((16, 235, 128, 240, 128, 240), "unsupported_colour")],
)
def test_colours_of_a_videos_range_are_refused_where_they_would_not_be_stretched(
    cell: NDArray[np.uint8], range_: tuple[int, ...], code: str | None
) -> None:
    tags = ImageFileDirectory_v2()
    tags[530] = (1, 1)
    tags[532] = tuple(map(float, range_))
    content = io.BytesIO()
    PIL.Image.fromarray(cell).convert("YCbCr").save(content, "TIFF", tiffinfo=tags)
    if code is not None:
        assert code_of(content.getvalue()) == code
    else:
        found = decode(content.getvalue(), max_pixels=10**6).rgb
        assert np.abs(found.astype(int) - cell).mean() < 2


@pytest.mark.parametrize("tags", [{50706: b"\1\4\0\0"}, {254: 1, 330: 8}])
def test_the_thumbnail_of_a_cameras_raw_file_is_not_taken_for_the_photograph(
    cell: NDArray[np.uint8], encoded: Encode, tags: dict[int, Any]
) -> None:
    found = ImageFileDirectory_v2()
    for tag, value in tags.items():
        found[tag] = value
        found.tagtype[tag] = 1 if isinstance(value, bytes) else 4
    assert code_of(encoded(cell, "TIFF", tiffinfo=found)) == "unsupported_format"
    # Pages behind one that is whole, or smaller copies of it, are another matter.
    whole = ImageFileDirectory_v2()
    whole[254] = 0
    whole[330] = 8
    decode(encoded(cell, "TIFF", tiffinfo=whole), max_pixels=10**6)


@pytest.mark.parametrize("places", [[], [0]])
def test_a_tiff_that_lacks_a_strip_is_not_answered_as_whole(
    cell: NDArray[np.uint8], places: list[int]
) -> None:
    whole = planar_tiff(np.ascontiguousarray(cell.transpose(2, 0, 1)), 2)
    entry = whole.index(struct.pack("<HHI", 273, 4, 3))
    (told,) = struct.unpack_from("<I", whole, entry + 8)
    found = [*struct.unpack_from("<2I", whole, told), *places]
    lacking = bytearray(whole)
    struct.pack_into(f"<{len(found)}I", lacking, told, *found)
    struct.pack_into("<I", lacking, entry + 4, len(found))
    with pytest.raises(InputError, match="lacks parts of its picture") as caught:
        decode(bytes(lacking), max_pixels=10**6)
    assert caught.value.code == "truncated"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_strips_of_a_turned_tiff_are_all_there(orientation: int) -> None:
    buffer = io.BytesIO()
    tall = PIL.Image.fromarray(np.zeros((90, 20, 3), np.uint8))
    tall.save(buffer, "TIFF", tiffinfo={274: orientation, 278: 10}, compression="tiff_lzw")
    upright = (20, 90) if orientation < 5 else (90, 20)
    assert decode(buffer.getvalue(), max_pixels=10**6).picture.size == upright


@pytest.mark.parametrize("pages", [1, 2])
def test_a_palette_of_bytes_is_not_taken_for_black(cell: NDArray[np.uint8], pages: int) -> None:
    buffer = io.BytesIO()
    picture = PIL.Image.fromarray(cell).quantize(64)
    picture.save(buffer, "TIFF", save_all=True, append_images=[picture] * (pages - 1))
    content = bytearray(buffer.getvalue())
    meant = decode(bytes(content), max_pixels=10**6).rgb
    entry = content.index(struct.pack("<HHI", 320, 3, 768))
    (at,) = struct.unpack_from("<I", content, entry + 8)
    colours = np.frombuffer(content, "<u2", 768, at)
    struct.pack_into("<768H", content, at, *(colours // 256))
    assert np.array_equal(decode(bytes(content), max_pixels=10**6).rgb, meant)
    opened = PIL.Image.open(io.BytesIO(bytes(content)))
    assert np.array_equal(decode_pil(opened, max_pixels=10**6).rgb, meant)


def test_a_png_with_more_text_than_is_read_is_not_called_damaged(cell: NDArray[np.uint8]) -> None:
    notes = PIL.PngImagePlugin.PngInfo()
    notes.add_text("OME-XML", "<Pixels/>" * 200_000, zip=True)
    buffer = io.BytesIO()
    PIL.Image.fromarray(cell).save(buffer, "PNG", pnginfo=notes)
    with pytest.raises(InputError, match="more text, or a larger colour profile") as caught:
        decode(buffer.getvalue(), max_pixels=10**6)
    assert caught.value.code == "unsupported_format"


def test_what_pillow_does_not_know_is_not_called_damaged(cell: NDArray[np.uint8]) -> None:
    buffer = io.BytesIO()
    PIL.Image.fromarray(cell).save(buffer, "TIFF")
    content = bytearray(buffer.getvalue())
    entry = content.index(struct.pack("<HHI", 259, 3, 1))
    content[entry + 8 : entry + 10] = struct.pack("<H", 34712)  # JPEG 2000
    with pytest.raises(InputError, match="compression of TIFF samples is not read") as caught:
        decode(bytes(content), max_pixels=10**6)
    assert caught.value.code == "unsupported_colour"


def test_a_picture_that_is_all_transparent_is_shown_and_told(
    cell: NDArray[np.uint8], encoded: Callable[..., bytes]
) -> None:
    clear = np.dstack([cell, np.zeros(cell.shape[:2], np.uint8)])
    found = decode(encoded(clear, "PNG"), max_pixels=10**6)
    assert np.array_equal(found.rgb, cell)
    assert found.notes == ("wholly transparent: shown as if it were not",)
    clear[..., 3] = 1  # a mask of ones
    assert decode(encoded(clear, "PNG"), max_pixels=10**6).notes == found.notes
    clear[0, 0, 3] = 255
    (note,) = decode(encoded(clear, "PNG"), max_pixels=10**6).notes
    assert note == "transparent for the most part: white shines through"


SIDE = 100
"""Small pictures are read in one piece, and what follows the damage in it is not looked for."""


@pytest.mark.parametrize(
    ("form", "options", "code"),
    [
        ("PNG", {}, "damaged"),
        ("JPEG", {"subsampling": 0}, "truncated"),
        ("WEBP", {"lossless": True}, "truncated"),
        ("WEBP", {"quality": 95}, "truncated"),
    ],
)
def test_an_end_that_was_laid_out_and_never_written_is_no_picture(
    cell: NDArray[np.uint8], encoded: Encode, form: str, options: dict[str, Any], code: str
) -> None:
    small = np.asarray(PIL.Image.fromarray(cell).resize((SIDE, SIDE)))
    whole = encoded(small, form, **options)
    for kept in (len(whole) * 7 // 10, len(whole) * 4 // 10):
        with pytest.raises(InputError) as caught:
            image.load(whole[:kept] + bytes(len(whole) - kept))
        assert caught.value.code == code
    # After the end of the picture they are no matter.
    assert np.array_equal(image.load(whole + bytes(64)).rgb, image.load(whole).rgb)


@pytest.mark.parametrize(
    "options",
    [
        {"quality": 0},
        {"quality": 75},
        {"quality": 100, "method": 0},
        {"lossless": True},
        {"lossless": True, "method": 0, "quality": 75},
    ],
)
@pytest.mark.parametrize("plain", [0.3, 0.7, 1])
@pytest.mark.parametrize("side", [40, 300, 1000])
def test_a_webp_that_ends_in_a_plain_area_is_whole(
    encoded: Encode, side: int, plain: float, options: dict[str, Any]
) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
    picture[round((1 - plain) * side) :] = 230
    assert image.load(encoded(picture, "WEBP", **options)).rgb.shape == picture.shape


def test_a_jpeg_of_endless_scans_is_not_waited_for(
    cell: NDArray[np.uint8], encoded: Encode
) -> None:
    whole = encoded(cell, "JPEG", progressive=True)
    last, end = whole.rindex(b"\xff\xda"), whole.rindex(b"\xff\xd9")
    assert code_of(whole[:end] + 200 * whole[last:end] + whole[end:]) == "damaged"
    assert image.load(whole).rgb.shape == cell.shape
    # What follows the picture, such as a film, is none of it.
    assert image.load(whole + 300 * b"\xff\xda\0\x04..").rgb.shape == cell.shape


def test_what_a_process_sets_pillow_to_lets_no_torn_picture_pass(
    cell: NDArray[np.uint8], encoded: Encode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PIL.ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    whole = encoded(cell, "JPEG")
    assert code_of(whole[: len(whole) * 6 // 10]) == "truncated"
    assert PIL.ImageFile.LOAD_TRUNCATED_IMAGES is True


def test_a_png_with_a_wrong_checksum_or_without_its_end_is_refused(
    cell: NDArray[np.uint8], encoded: Encode
) -> None:
    whole = encoded(cell)
    at = whole.index(b"IDAT") + 4
    for broken, code in (
        (whole[: at + 9] + bytes([whole[at + 9] ^ 1]) + whole[at + 10 :], "damaged"),
        (whole[:-12], "truncated"),
        (whole[: at + 9], "truncated"),
    ):
        with pytest.raises(InputError) as caught:
            image.load(broken)
        assert caught.value.code == code


def test_what_pillow_logs_is_not_printed(cell: NDArray[np.uint8], encoded: Encode, capfd) -> None:
    content = encoded(cell, "TIFF")
    entry = struct.pack("<HHI", 277, 3, 1)  # SamplesPerPixel
    at = content.index(entry) + len(entry)
    with contextlib.suppress(InputError):
        image.load(content[:at] + b"\x08" + content[at + 1 :])
    assert capfd.readouterr() == ("", "")
