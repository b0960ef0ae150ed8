from __future__ import annotations

import io
import os
import socket
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray

from wbc_edge import image, light
from wbc_edge.card import Framing, InputSpec
from wbc_edge.decoding import MOST_PAGES
from wbc_edge.errors import InputError
from wbc_edge.image import Limits

Encode = Callable[..., bytes]

LOSSLESS = [("PNG", {}), ("BMP", {}), ("TIFF", {}), ("WEBP", {"lossless": True})]


def code_of(source: Any, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        image.load(source, **options)
    assert str(caught.value).strip()
    return caught.value.code


@pytest.mark.parametrize(("form", "options"), LOSSLESS)
def test_a_lossless_format_gives_its_very_pixels(
    cell: NDArray[np.uint8], encoded: Encode, form: str, options: dict[str, Any]
) -> None:
    loaded = image.load(encoded(cell, form, **options))
    assert loaded.format == form
    assert (loaded.frames, loaded.notes) == (1, ())
    assert loaded.rgb.dtype == np.uint8
    assert np.array_equal(loaded.rgb, cell)


def test_a_jpeg_gives_nearly_its_pixels(cell: NDArray[np.uint8], encoded: Encode) -> None:
    loaded = image.load(encoded(cell, "JPEG", quality=98, subsampling=0))
    assert loaded.format == "JPEG"
    assert np.abs(loaded.rgb.astype(int) - cell).max() < 12


def test_every_kind_of_source_gives_the_same_pixels(
    cell: NDArray[np.uint8], encoded: Encode, tmp_path: Path
) -> None:
    content = encoded(cell)
    path = tmp_path / "cell.png"
    path.write_bytes(content)
    with path.open("rb") as stream, PIL.Image.open(path) as opened:
        for source in (
            path,
            str(path),
            content,
            bytearray(content),
            memoryview(content),
            stream,
            io.BytesIO(content),
            opened,
            PIL.Image.fromarray(cell),
            cell,
            cell[::-1][::-1],
        ):
            assert np.array_equal(image.load(source).rgb, cell)


def test_the_format_is_told_by_content_not_by_name(
    cell: NDArray[np.uint8], encoded: Encode, tmp_path: Path
) -> None:
    path = tmp_path / "cell.jpg"
    path.write_bytes(encoded(cell, "BMP"))
    assert image.load(path).format == "BMP"


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_all_orientations_are_applied_to_every_kind_of_source(
    cell: NDArray[np.uint8], encoded: Encode, tmp_path: Path, form: str, orientation: int
) -> None:
    # How the stored picture has to be turned to stand upright, said in numpy.
    upright = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: a.transpose(1, 0, 2)[:, ::-1],
        7: lambda a: a.transpose(1, 0, 2)[::-1, ::-1],
        8: lambda a: a.transpose(1, 0, 2)[::-1],
    }[orientation]
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if form == "WEBP" else {}
    if form == "JPEG":
        options = {"quality": 100, "subsampling": 0}
    content = encoded(cell, form, exif=exif, **options)
    plain = image.load(encoded(cell, form, **options)).rgb
    path = tmp_path / "cell"
    path.write_bytes(content)
    for source in (path, content, io.BytesIO(content), PIL.Image.open(io.BytesIO(content))):
        assert np.array_equal(image.load(source).rgb, upright(plain))


def test_an_orientation_that_is_none_is_ignored(cell: NDArray[np.uint8], encoded: Encode) -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = 99
    assert np.array_equal(image.load(encoded(cell, exif=exif)).rgb, cell)


def test_damaged_exif_is_noted_and_the_picture_answered(
    cell: NDArray[np.uint8], encoded: Encode
) -> None:
    # Pillow gives up on the first at once, and comes to grief over the second.
    nothing = b"Exif\0\0II*\0\xff\xff\xff\x7f"
    nonsense = b"Exif\0\0MM\xf1*\0\0\0\x08\xcf\x01\x01\x12\0\x03\0\0\0v\0\x06\0\0\0\0\xfe\0"
    for exif, notes in (
        (nothing, ()),
        (nonsense, ("orientation unknown: the EXIF data are damaged",)),
    ):
        loaded = image.load(encoded(cell, exif=exif))
        assert np.array_equal(loaded.rgb, cell)
        assert loaded.notes == notes


@pytest.mark.parametrize(
    ("form", "options", "note"),
    [
        ("WEBP", {"lossless": True}, "first of 3 frames"),
        ("PNG", {}, "first of 3 frames"),
        ("TIFF", {}, "first of 3 pages"),
    ],
)
def test_the_first_of_several_frames_is_taken_and_noted(
    cell: NDArray[np.uint8], encoded: Encode, form: str, options: dict[str, Any], note: str
) -> None:
    others = [PIL.Image.fromarray(255 - cell), PIL.Image.fromarray(cell // 2)]
    loaded = image.load(encoded(cell, form, save_all=True, append_images=others, **options))
    assert np.array_equal(loaded.rgb, cell)
    assert loaded.frames == 3
    assert loaded.notes == (note,)


# ---- what cannot be read ---------------------------------------------------------------------


@pytest.mark.parametrize(("form", "options"), [*LOSSLESS, ("JPEG", {})])
@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9])
def test_a_truncated_file_is_called_truncated(
    encoded: Encode, form: str, options: dict[str, Any], kept: float
) -> None:
    random = np.random.default_rng(0)
    busy = random.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    content = encoded(busy, form, **options)
    assert code_of(content[: int(len(content) * kept)]) == "truncated"


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 7}])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_jpeg_is_not_whole_for_its_end_marker(
    cell: NDArray[np.uint8], encoded: Encode, mode: str, options: dict[str, Any]
) -> None:
    picture = PIL.Image.fromarray(cell).resize((150, 130)).convert(mode)
    content = encoded(picture, "JPEG", **options)
    assert image.load(content).format == "JPEG"
    marker = b"\xff\xd9"
    for kept in (0.4, 0.6, 0.9):
        assert code_of(content[: int(len(content) * kept)] + marker) == "truncated"
    # What comes after the data, before the marker or behind it, is none of them.
    assert image.load(content[:-2] + bytes(300) + marker).rgb.shape == (130, 150, 3)
    assert image.load(content + b"more" + marker).rgb.shape == (130, 150, 3)


def test_a_jpeg_that_ends_in_one_colour_is_read(encoded: Encode) -> None:
    blank = np.full((100, 90, 3), 255, np.uint8)
    for options in ({}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_blocks": 2}):
        assert image.load(encoded(blank, "JPEG", **options)).rgb.min() >= 254


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"just some text\n", "not_an_image"),
        (b"BM is how this sentence starts", "not_an_image"),
        (b"\x00" * 100, "not_an_image"),
        (b"GIF89a" + b"\0" * 40, "unsupported_format"),
        (b"8BPS\0\1", "unsupported_format"),
        (b"\0\0\0\x1cftypheic", "unsupported_format"),
        (b"%PDF-1.7", "unsupported_format"),
        (b"\xff\xd8\xff", "truncated"),
        (b"\x89PNG\r\n\x1a\n", "truncated"),
        (b"II*\0\x08\0\0\0", "truncated"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "truncated"),
    ],
)
def test_what_is_no_picture_has_its_code(content: bytes, code: str, tmp_path: Path) -> None:
    assert code_of(content) == code
    path = tmp_path / "cell.png"
    path.write_bytes(content)
    assert code_of(path) == code
    assert code_of(io.BytesIO(content)) == code


def test_a_refused_format_is_named_with_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / "cell.gif"
    PIL.Image.new("L", (4, 4)).save(path)
    with pytest.raises(
        InputError, match=r"cell\.gif: GIF files are not read; JPEG, PNG, BMP"
    ) as caught:
        image.load(path)
    assert caught.value.source == str(path)


def test_paths_that_are_no_files_have_their_codes(tmp_path: Path) -> None:
    assert code_of(tmp_path / "gone.png") == "not_found"
    assert code_of(tmp_path) == "is_a_directory"
    assert code_of(tmp_path / ("x" * 300)) == "unreadable"
    assert code_of("null\0byte.png") == "unreadable"


@pytest.mark.skipif(os.name == "nt", reason="there are no such files on Windows")
def test_pipes_sockets_and_devices_are_refused_unopened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    assert code_of(tmp_path / "pipe.png") == "not_a_file"
    assert code_of("/dev/zero") == "not_a_file"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(tmp_path / "s.png"))
        assert code_of(tmp_path / "s.png") == "not_a_file"


def test_a_file_that_may_not_be_read_is_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cell.png"
    path.write_bytes(b"x")

    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(InputError, match=r"cannot be read \(Permission denied\)") as caught:
        image.load(path)
    assert caught.value.code == "unreadable"


def test_bytes_are_counted_before_they_are_read(
    cell: NDArray[np.uint8], encoded: Encode, tmp_path: Path
) -> None:
    content = encoded(cell)
    path = tmp_path / "cell.png"
    path.write_bytes(content)
    exact, below = Limits(max_bytes=len(content)), Limits(max_bytes=len(content) - 1)
    for source in (path, content, io.BytesIO(content)):
        assert image.load(source, limits=exact).format == "PNG"
        if isinstance(source, io.BytesIO):
            source.seek(0)
        assert code_of(source, limits=below) == "too_many_bytes"


def test_an_endless_stream_is_read_no_further_than_the_limit() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            assert size > 0
            self.given += size
            return b"\0" * size

    stream = Endless()
    assert code_of(stream, limits=Limits(max_bytes=1000)) == "too_many_bytes"
    assert stream.given == 1001


def test_pixels_are_counted_before_they_are_decoded(
    cell: NDArray[np.uint8], encoded: Encode
) -> None:
    exact, below = Limits(max_pixels=cell[..., 0].size), Limits(max_pixels=cell[..., 0].size - 1)
    for source in (encoded(cell), cell, PIL.Image.fromarray(cell)):
        assert image.load(source, limits=exact).rgb.shape == cell.shape
        assert code_of(source, limits=below) == "too_many_pixels"


def test_a_decompression_bomb_costs_nothing(encoded: Encode) -> None:
    header = bytearray(encoded(np.zeros((4, 4), np.uint8)))
    header[16:24] = (100_000).to_bytes(4, "big") * 2
    header[29:33] = zlib.crc32(header[12:29]).to_bytes(4, "big")
    assert code_of(bytes(header)) == "too_many_pixels"


def test_the_limit_on_pixels_may_be_raised_above_pillows_own(
    encoded: Encode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", 10)
    assert image.load(encoded(np.zeros((20, 20), np.uint8))).rgb.shape == (20, 20, 3)


def test_a_stream_of_text_or_another_kind_of_source_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="binary mode"):
        image.load(io.StringIO("x"))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="cannot read a picture from int"):
        image.load(3)  # type: ignore[arg-type]


def test_a_stream_that_gives_little_at_a_time_is_read_to_its_end(
    cell: NDArray[np.uint8], encoded: Encode
) -> None:
    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(100, size or 0))

    content = encoded(cell)
    np.testing.assert_array_equal(image.load(Dripping(content)).rgb, image.load(content).rgb)


def test_a_closed_stream_and_one_of_text_are_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "cell.png"
    path.write_bytes(b"\x89PNG")
    with path.open("rb") as closed:
        pass
    with path.open(encoding="utf-8") as text:
        for stream in (closed, text):
            with pytest.raises(InputError, match="cannot be read") as raised:
                image.load(stream)  # type: ignore[arg-type]
            assert raised.value.code == "unreadable"


def test_the_pages_of_a_long_tiff_are_not_all_counted(cell: NDArray[np.uint8]) -> None:
    first = PIL.Image.fromarray(cell)
    content = io.BytesIO()
    pages = [PIL.Image.new("L", (1, 1))] * (MOST_PAGES + 20)
    first.save(content, "TIFF", save_all=True, append_images=pages)
    loaded = image.load(content.getvalue())
    assert loaded.notes == (f"first of {MOST_PAGES} or more pages",)
    np.testing.assert_array_equal(loaded.rgb, cell)


def test_a_good_first_page_is_taken_before_one_that_cannot_be_read(
    cell: NDArray[np.uint8],
) -> None:
    content = io.BytesIO()
    pages = [PIL.Image.new("L", (3, 3))]
    PIL.Image.fromarray(cell).save(content, "TIFF", save_all=True, append_images=pages)
    data = bytearray(content.getvalue())
    second = int.from_bytes(data[4:8], "little")
    entries = int.from_bytes(data[second : second + 2], "little")
    second = int.from_bytes(data[second + 2 + 12 * entries :][:4], "little")
    for number in range(int.from_bytes(data[second : second + 2], "little")):
        at = second + 2 + 12 * number
        if int.from_bytes(data[at : at + 2], "little") == 258:  # bits of a sample
            data[at + 8 : at + 10] = (77).to_bytes(2, "little")
    loaded = image.load(bytes(data))
    assert loaded.notes == ("first of 2 pages",)
    np.testing.assert_array_equal(loaded.rgb, cell)


def test_a_stream_that_fails_is_unreadable() -> None:
    class Failing(io.RawIOBase):
        def read(self, _size: int = -1) -> bytes:
            raise OSError(5, "Input/output error")

    assert code_of(Failing()) == "unreadable"


def test_real_cells_are_read(shared_data: Path) -> None:
    files = sorted(shared_data.glob("pbc_jpeg/*/*.jpg"))[::40]
    assert len(files) == 8
    for path in files:
        with PIL.Image.open(path) as plain:
            assert np.array_equal(image.load(path).rgb, np.asarray(plain.convert("RGB")))


# ---- preprocessing ---------------------------------------------------------------------------


def test_preparing_gives_what_the_spec_asks_for(cell: NDArray[np.uint8]) -> None:
    for filter_ in ("bilinear", "bicubic", "box", "lanczos"):
        spec = InputSpec(height=12, width=20, filter=filter_)  # type: ignore[arg-type]
        pixels = image.prepare(cell, spec)
        assert pixels.shape == (12, 20, 3)
        assert pixels.dtype == np.uint8


def test_preparing_the_centre_is_a_crop_and_a_resize(cell: NDArray[np.uint8]) -> None:
    spec = InputSpec(height=40, width=40, framing=Framing(method="centre", scale=1))
    assert np.array_equal(image.prepare(cell, spec), cell[:, 8:48])


def test_preparing_leaves_the_picture_alone_and_repeats_itself(cell: NDArray[np.uint8]) -> None:
    spec = InputSpec(height=16, width=16, framing=Framing(method="cell", scale=3))
    before = cell.copy()
    first = image.prepare(cell, spec)
    assert np.array_equal(first, image.prepare(cell, spec))
    assert np.array_equal(cell, before)


@pytest.mark.parametrize("method", ["centre", "cell"])
@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (2, 3)])
def test_the_least_and_thinnest_pictures_are_prepared(size: tuple[int, int], method: Any) -> None:
    spec = InputSpec(height=16, width=16, framing=Framing(method=method, scale=2))
    assert image.prepare(np.full((*size, 3), 200, np.uint8), spec).shape == (16, 16, 3)


def test_preparing_whitens_the_background_only_where_the_spec_asks(
    cell: NDArray[np.uint8],
) -> None:
    yellow = (cell * (0.9, 0.8, 0.5)).astype(np.uint8)
    spec = InputSpec(height=32, width=32, light="white")
    seen = image.prepare(yellow, spec)
    assert np.abs(np.percentile(seen, 90, axis=(0, 1)) - light.WHITE).max() <= 2
    as_is = image.prepare(yellow, replace(spec, light="as_is"))
    assert np.percentile(as_is[..., 2], 90) < 150
    # Wider views are for training, which cuts its own out of them and whitens those.
    wide = image.prepare(yellow, spec, margin=1.5)
    assert np.array_equal(wide, image.prepare(yellow, replace(spec, light="as_is"), margin=1.5))


def test_a_tile_larger_than_the_limit_is_not_decoded() -> None:
    # Ten pixels a side, in one tile that claims four million: libtiff would set them aside.
    tags = {256: 10, 257: 10, 258: 8, 259: 8, 262: 1, 277: 1}
    tags |= {322: 2000, 323: 2000, 324: 8, 325: 1}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    tiled = struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + entries + bytes(4)
    assert code_of(tiled, limits=Limits(max_pixels=10_000)) == "too_many_pixels"


def test_bytes_with_a_sign_are_not_taken_for_others() -> None:
    tags = {256: 10, 257: 10, 258: 8, 259: 1, 262: 1, 273: 200, 277: 1, 278: 10, 279: 100, 339: 1}
    for sample_format, code in ((1, None), (2, "unsupported_depth")):
        tags[339] = sample_format
        entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
        head = struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + entries + bytes(4)
        content = head.ljust(200, b"\0") + bytes(range(100))
        assert (code_of(content) if code else image.load(content).rgb.max()) == (code or 99)


def test_a_tiff_without_the_end_of_its_directory_is_truncated(encoded: Encode) -> None:
    whole = encoded(np.zeros((10, 10, 3), np.uint8), "TIFF", compression="tiff_lzw")
    assert image.load(whole).format == "TIFF"
    for missing in (1, 20, 60):
        assert code_of(whole[:-missing]) == "truncated"


def test_a_lack_of_memory_is_called_so(
    cell: NDArray[np.uint8], encoded: Encode, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("wbc_edge.decoding.upright_rgb", fails)
    for source in (encoded(cell), PIL.Image.fromarray(cell)):
        with pytest.raises(InputError, match="more memory than there is") as caught:
            image.load(source)
        assert caught.value.code == "too_many_pixels"
    # Nor is there any to read the file.
    file = SimpleNamespace(name="a.png", read=fails)
    with pytest.raises(InputError, match=r"a\.png: needs more memory than there is"):
        image.load(file)


def test_a_matrix_is_an_array_like_any_other(cell: NDArray[np.uint8]) -> None:
    grey = cell[:, :, 0]
    with pytest.warns(PendingDeprecationWarning):
        matrix = np.asmatrix(grey)
    np.testing.assert_array_equal(image.load(matrix).rgb, image.load(grey).rgb)


@pytest.mark.parametrize(
    "source", [np.zeros((4, 4), np.float32), PIL.Image.new("F", (4, 4))], ids=["array", "Pillow"]
)
def test_an_error_names_what_is_no_file_by_its_kind(source: NDArray[Any] | PIL.Image.Image) -> None:
    with pytest.raises(InputError) as caught:
        image.load(source)
    assert caught.value.source == f"<{type(source).__name__}>"
