from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from wbc_edge import container, runtimes
from wbc_edge.errors import ModelError, RuntimeUnavailable


def bare_tflite(path: Path) -> bytes:
    """The flatbuffer alone, without the archive after it."""
    with zipfile.ZipFile(path) as archive:
        end = min(info.header_offset for info in archive.infolist())
    return path.read_bytes()[:end]


def test_each_format_is_known_by_content_not_by_name(tiny: Path) -> None:
    other = tiny.rename(tiny.with_name("model.bin"))
    assert container.sniff(other) == ("onnx" if tiny.suffix == ".onnx" else "tflite")


def test_a_card_is_replaced_not_added_to(tiny: Path) -> None:
    container.write(tiny, b"first" * 100)
    size = tiny.stat().st_size
    container.write(tiny, b"again" * 100)
    assert container.read(tiny) == b"again" * 100
    assert tiny.stat().st_size == size


def test_the_same_model_and_card_give_the_same_bytes(tiny: Path) -> None:
    container.write(tiny, b"card")
    once = tiny.read_bytes()
    container.write(tiny, b"card")
    assert tiny.read_bytes() == once


def test_the_model_runs_as_before(tiny: Path) -> None:
    def answer() -> NDArray[np.float32]:
        pixels = np.full((1, 32, 32, 3), 77, np.uint8)
        return runtimes.open_session(tiny).run(pixels)

    try:
        before = answer()
    except RuntimeUnavailable as error:
        pytest.skip(str(error))
    container.write(tiny, b"x" * 1000)
    assert np.array_equal(answer(), before)


def test_a_model_without_a_card_says_so(tiny_int8: Path) -> None:
    tiny_int8.write_bytes(bare_tflite(tiny_int8))
    with pytest.raises(ModelError, match="no wbc-edge model card") as caught:
        container.read(tiny_int8)
    assert caught.value.code == "card_missing"


def test_a_model_whose_end_is_cut_off_is_damaged(tiny_int8: Path) -> None:
    tiny_int8.write_bytes(tiny_int8.read_bytes()[:-100])
    with pytest.raises(ModelError, match="cut off") as caught:
        container.read(tiny_int8)
    assert caught.value.code == "card_corrupt"


def test_files_that_other_tools_attached_are_kept(tiny_int8: Path) -> None:
    tiny_int8.write_bytes(bare_tflite(tiny_int8))
    with zipfile.ZipFile(tiny_int8, "a") as archive:
        archive.writestr("labels.txt", "a\nb\n")
    container.write(tiny_int8, b"card")
    with zipfile.ZipFile(tiny_int8) as archive:
        assert archive.namelist() == ["labels.txt", container.MEMBER]
        assert archive.read("labels.txt") == b"a\nb\n"


def test_the_onnx_library_reads_what_is_written_without_it(tiny_onnx: Path) -> None:
    onnx = pytest.importorskip("onnx")
    container.write(tiny_onnx, "Färbung".encode())
    model = onnx.load(tiny_onnx)
    onnx.checker.check_model(model)
    told = [(entry.key, entry.value) for entry in model.metadata_props]
    checksum = zlib.crc32("Färbung".encode())
    assert told == [(container.KEY, "Färbung"), (container.CHECKSUM_KEY, str(checksum))]


def test_other_onnx_metadata_are_kept_and_read_past(tiny_onnx: Path) -> None:
    onnx = pytest.importorskip("onnx")
    model = onnx.load(tiny_onnx)
    onnx.helper.set_model_props(model, {"author": "else", container.KEY: "old", "z": ""})
    onnx.save(model, tiny_onnx)
    container.write(tiny_onnx, b"new")
    assert container.read(tiny_onnx) == b"new"
    assert {entry.key: entry.value for entry in onnx.load(tiny_onnx).metadata_props} == {
        "author": "else",
        "z": "",
        container.KEY: "new",
        container.CHECKSUM_KEY: str(zlib.crc32(b"new")),
    }


def test_an_onnx_file_with_weights_elsewhere_is_refused(tiny_onnx: Path) -> None:
    onnx = pytest.importorskip("onnx")
    container.check_alone(tiny_onnx)
    onnx.save(
        onnx.load(tiny_onnx),
        tiny_onnx,
        save_as_external_data=True,
        location="weights.bin",
        size_threshold=0,
    )
    with pytest.raises(ModelError, match="keeps weights in a file beside it") as caught:
        container.check_alone(tiny_onnx)
    assert caught.value.code == "unsupported_model"


def test_a_byte_that_changed_in_a_card_is_found(tiny: Path) -> None:
    container.write(tiny, b'{"threshold": 0.936}')
    content = tiny.read_bytes()
    tiny.write_bytes(content.replace(b"0.936", b"0.036"))
    with pytest.raises(ModelError, match="damaged") as caught:
        container.read(tiny)
    assert caught.value.code == "card_corrupt"


def test_a_zip_bomb_is_refused_unpacked(tiny_int8: Path) -> None:
    tiny_int8.write_bytes(bare_tflite(tiny_int8))
    with zipfile.ZipFile(tiny_int8, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(container.MEMBER, b" " * (64 << 20))
    with pytest.raises(ModelError, match="too large") as caught:
        container.read(tiny_int8)
    assert caught.value.code == "card_corrupt"


def test_a_damaged_archive_is_a_model_error(tiny_int8: Path) -> None:
    content = bytearray(tiny_int8.read_bytes())
    start = content.rindex(b'"schema"')
    content[start : start + 8] = b"\0" * 8  # the checksum no longer holds
    tiny_int8.write_bytes(content)
    with pytest.raises(ModelError, match="damaged") as caught:
        container.read(tiny_int8)
    assert caught.value.code == "card_corrupt"


def test_no_damage_to_a_file_raises_anything_else(tiny: Path) -> None:
    random = np.random.default_rng(0)
    whole = tiny.read_bytes()
    for round_ in range(150):
        content = bytearray(whole)
        for position in random.integers(8, len(whole), random.choice([1, 8, 64])):
            content[position] = random.integers(256)
        if round_ % 3 == 0:
            content = content[: random.integers(1, len(whole))]
        tiny.write_bytes(content)
        try:
            container.read(tiny)
        except ModelError as error:
            assert str(error)  # noqa: PT017 - many an outcome is right, only these two are allowed


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "unsupported_model"),
        (b"hello, this is no model", "unsupported_model"),
        (b"\x1c\0\0\0TFL4" + b"\0" * 20, "unsupported_model"),
        (b"PK\x03\x04" + b"\0" * 40, "unsupported_model"),
    ],
)
def test_what_is_no_model_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(content)
    with pytest.raises(ModelError) as caught:
        container.read(path)
    assert caught.value.code == code


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gone\.tflite does not exist") as caught:
        container.read(tmp_path / "gone.tflite")
    assert caught.value.code == "model_not_found"
    with pytest.raises(ModelError, match="is not a file"):
        container.read(tmp_path)


def test_a_failed_write_leaves_the_model_and_nothing_else(
    tiny_int8: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tiny_int8.read_bytes()

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        container.write(tiny_int8, b"card")
    assert tiny_int8.read_bytes() == before
    assert list(tiny_int8.parent.iterdir()) == [tiny_int8]


def test_an_archive_is_found_in_a_file_read_from_memory(tiny_int8: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(tiny_int8.read_bytes())) as archive:
        assert archive.namelist() == [container.MEMBER]
        assert archive.infolist()[0].date_time == (1980, 1, 1, 0, 0, 0)
