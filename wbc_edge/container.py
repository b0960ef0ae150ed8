"""Where the card lies inside a model file, for each file format, with the standard library alone.

TFLite: a zip archive after the end of the flatbuffer, as TFLite metadata does it ("associated
files", https://ai.google.dev/edge/litert/models/metadata); the archive's other members are kept.
ONNX: two entries of `ModelProto.metadata_props` (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

from wbc_edge import files
from wbc_edge.errors import ModelError

if TYPE_CHECKING:
    from zipfile import ZipFile

MEMBER = "wbc-edge.json"
"""Name of the card in a TFLite file's archive."""

KEY = "wbc-edge"
"""Key of the card among an ONNX file's metadata."""

CHECKSUM_KEY = "wbc-edge.crc32"
"""Key of the card's own CRC-32 there, in decimal; a zip archive keeps one of each member."""

MAX_CARD_BYTES = 1 << 20
"""No honest card is larger; a larger one is refused before it is unpacked."""

_OWN_KEYS = (KEY.encode(), CHECKSUM_KEY.encode())

Format = Literal["tflite", "onnx"]

_METHODS = (0, 8)  # of packing a zip's members: stored and deflated

# Numbers of fields in onnx.proto: of ModelProto, of GraphProto, of TensorProto.
_GRAPH, _METADATA_PROPS = 7, 14
_INITIALIZER = 5
_EXTERNAL_DATA = 13
_VARINT, _BYTES = 0, 2  # protobuf wire types
_FIXED = {1: 8, 5: 4}  # and those of fixed length


def sniff(path: Path) -> Format:
    """Which format a model file has, by its content.

    Raises ModelError: model_not_found, model_unreadable, unsupported_model.
    """
    with _open(path) as file:
        head = file.read(8)
    if head[4:8] == b"TFL3":
        return "tflite"
    # ModelProto starts with ir_version (field 1, a varint) in every writer there is.
    if len(head) == 8 and head[0] == 0x08:
        return "onnx"
    raise ModelError(f"{path} is neither a TFLite nor an ONNX model", code="unsupported_model")


def read(path: Path) -> bytes:
    """The card's JSON bytes.

    Raises ModelError: as `sniff`, and model_corrupt, card_missing, card_corrupt.
    """
    card = _read_tflite(path) if sniff(path) == "tflite" else _read_onnx(path)
    if card is None:
        # A TFLite file keeps its card at its end: cut there, it may look as one without.
        raise ModelError(
            f"{path} carries no wbc-edge model card: it is from elsewhere, or its end is cut off",
            code="card_missing",
        )
    if len(card) > MAX_CARD_BYTES:
        raise ModelError(f"the card of {path} is too large to be one", code="card_corrupt")
    return card


def check_alone(path: Path) -> None:
    """Makes sure that the file is all there is of its network.

    Raises ModelError: as `sniff`, model_corrupt, and unsupported_model for an ONNX file with
    weights in others beside it: no checksum of this one would tell that they have changed.
    """
    if sniff(path) != "onnx":
        return
    for number, _, graph in _fields(memoryview(path.read_bytes()), path):
        if number != _GRAPH:
            continue
        for part, _, weights in _fields(graph, path):
            if part == _INITIALIZER and any(
                field == _EXTERNAL_DATA for field, _, _ in _fields(weights, path)
            ):
                raise ModelError(
                    f"{path} keeps weights in a file beside it; save it as one file",
                    code="unsupported_model",
                )


def network_crc32(path: Path) -> int:
    """CRC-32 of the file without what is attached to it: a card may come and go, and it stays.

    Raises ModelError as `read` does, but for the card.
    """
    import zlib

    network = (_tflite_network(path),) if sniff(path) == "tflite" else _onnx_network(path)
    checksum = 0
    for part in network:
        checksum = zlib.crc32(part, checksum)
    return checksum


def write(path: Path, card: bytes) -> None:
    """Put the card's JSON bytes into the model file, atomically, in place of one that is there."""
    if sniff(path) == "tflite":
        content = _with_tflite_card(path, card)
    else:
        content = b"".join((*_onnx_network(path), _onnx_entries(card)))
    with files.whole(path) as partial:
        partial.write_bytes(content)


def _open(path: Path) -> BinaryIO:
    try:
        if path.is_file():
            return path.open("rb")
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}", code="model_unreadable") from None
    kind = "is not a file" if path.exists() else "does not exist"
    raise ModelError(f"the model file {path} {kind}", code="model_not_found")


# ---- TFLite: a zip at the end ----------------------------------------------------------------


@contextmanager
def _archive(path: Path) -> Iterator[ZipFile | None]:
    """The archive at the end of the file, None where there is none; what is wrong as ModelError."""
    import struct
    import zipfile
    import zlib

    with _open(path) as file:
        try:
            archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, struct.error, ValueError, OSError, NotImplementedError):
            yield None
            return
        try:
            yield archive
        except (
            zipfile.BadZipFile,
            zlib.error,
            struct.error,
            ValueError,
            OSError,
            EOFError,
            RuntimeError,  # an encrypted member; NotImplementedError, for a method, is one too
        ) as error:
            raise ModelError(
                f"the card of {path} is damaged: {error}", code="card_corrupt"
            ) from None


def _member(archive: ZipFile, name: str) -> bytes:
    if archive.getinfo(name).compress_type not in _METHODS:
        raise ValueError(f"{name} is packed by an unusual method")
    # One byte more than allowed is enough to know; the rest is never unpacked.
    with archive.open(name) as member:
        return member.read(MAX_CARD_BYTES + 1)


def _read_tflite(path: Path) -> bytes | None:
    with _archive(path) as archive:
        if archive is None and _begins_archive(path):
            raise ModelError(
                f"{path} is damaged: the end, with its model card, is cut off", code="card_corrupt"
            )
        if archive is None or MEMBER not in archive.namelist():
            return None
        return _member(archive, MEMBER)


def _begins_archive(path: Path) -> bool:
    """Whether a card begins in the file, by the header that a zip has before each member."""
    content = path.read_bytes()
    at = content.rfind(MEMBER.encode())
    return content[max(at - 30, 0) : max(at - 26, 0)] == b"PK\x03\x04"


def _tflite_network(path: Path) -> memoryview:
    """The flatbuffer, without the archive after it."""
    content = memoryview(path.read_bytes())
    with _archive(path) as archive:
        infos = [] if archive is None else archive.infolist()
        return content[: min((info.header_offset for info in infos), default=len(content))]


def _with_tflite_card(path: Path, card: bytes) -> bytes:
    import io
    import zipfile

    members: dict[str, bytes] = {}
    with _archive(path) as archive:
        if archive is not None:
            members = {name: _member(archive, name) for name in archive.namelist()}
    if any(len(member) > MAX_CARD_BYTES for member in members.values()):
        raise ModelError(f"{path} carries an attached file too large to keep", code="card_corrupt")
    packed = io.BytesIO()
    packed.write(_tflite_network(path))
    # Stored, with a fixed date and system, so that the same card gives the same bytes anywhere.
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_STORED) as fresh:
        for name, member in {**members, MEMBER: card}.items():
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.create_system = 3
            fresh.writestr(info, member)
    return packed.getvalue()


# ---- ONNX: one metadata entry, found by walking the protobuf's top level ----------------------


def _read_onnx(path: Path) -> bytes | None:
    import zlib

    entries = [
        _entry(value, path)
        for number, _, value in _fields(memoryview(path.read_bytes()), path)
        if number == _METADATA_PROPS
    ]
    told = {entry.get(1): entry.get(2, b"") for entry in entries}
    card, checksum = told.get(KEY.encode()), told.get(CHECKSUM_KEY.encode())
    if card is not None and checksum not in (None, b"%d" % zlib.crc32(card)):
        raise ModelError(f"the card of {path} is damaged", code="card_corrupt")
    return card


def _onnx_network(path: Path) -> Iterator[memoryview]:
    """The file's fields without the card's entries; those of others are kept."""
    for number, whole, value in _fields(memoryview(path.read_bytes()), path):
        if number != _METADATA_PROPS or _entry(value, path).get(1) not in _OWN_KEYS:
            yield whole


def _onnx_entries(card: bytes) -> bytes:
    """The card and its checksum."""
    import zlib

    told = zip(_OWN_KEYS, (card, b"%d" % zlib.crc32(card)), strict=True)
    return b"".join(
        _field(_METADATA_PROPS, _field(1, key) + _field(2, value)) for key, value in told
    )


def _entry(message: memoryview, path: Path) -> dict[int, bytes]:
    """StringStringEntryProto: field 1 is its key, field 2 its value."""
    return {number: bytes(value) for number, _, value in _fields(message, path)}


def _fields(message: memoryview, path: Path) -> Iterator[tuple[int, memoryview, memoryview]]:
    """The fields of a protobuf message: (number, all bytes of the field, bytes of its value).

    Wire format: https://protobuf.dev/programming-guides/encoding/.
    """
    position = 0
    while position < len(message):
        start = position
        tag, position = _varint(message, position, path)
        wire = tag & 7
        length = 0
        if wire == _VARINT:
            _, position = _varint(message, position, path)
        elif wire == _BYTES:
            length, position = _varint(message, position, path)
        elif wire in _FIXED:
            length = _FIXED[wire]
        else:
            raise ModelError(f"{path} is not a whole ONNX model", code="model_corrupt")
        value, position = message[position : position + length], position + length
        if position > len(message) or tag >> 3 == 0:
            raise ModelError(f"{path} is not a whole ONNX model", code="model_corrupt")
        yield tag >> 3, message[start:position], value


def _varint(message: memoryview, position: int, path: Path) -> tuple[int, int]:
    """A base-128 number of at most ten bytes, and the position after it."""
    value = 0
    for shift, byte in enumerate(message[position : position + 10]):
        value |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:
            return value, position + shift + 1
    raise ModelError(f"{path} is not a whole ONNX model", code="model_corrupt")


def _field(number: int, value: bytes) -> bytes:
    return _packed(number << 3 | _BYTES) + _packed(len(value)) + value


def _packed(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
