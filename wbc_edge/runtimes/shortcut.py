"""Past the operator that makes int8 of a TFLite file's uint8 pixels.

An 8-bit file that takes uint8 begins with it, and no fast kernel does it: it runs on one thread,
and others wait. What it computes is the pixel with its top bit flipped. So the copy of a file in
memory is told to take int8 at once, before an interpreter opens it; the file stays as it is.

Flatbuffers: https://flatbuffers.dev/internals/. The numbers of fields, operators and types:
https://github.com/google-ai-edge/LiteRT/blob/main/tflite/converter/schema/schema.fbs.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any, NamedTuple

from wbc_edge.runtimes import Tensor

_FLIPPED = 128
"""Between the zero points of a uint8 and of the int8 with the same bits but for the top one."""

_MODEL = {"operator_codes": 1, "subgraphs": 2}
_GRAPH = {"tensors": 0, "inputs": 1, "outputs": 2, "operators": 3}
_OPERATOR = {"opcode_index": 0, "inputs": 1, "outputs": 2}
_CODE = {"deprecated_builtin_code": 0, "builtin_code": 3}
_TENSOR = {"type": 1, "name": 3, "quantization": 4}
_QUANTIZATION = {"scale": 2, "zero_point": 3}

_MOST = 4096
"""Tensors, operators or ends of one operator, beyond which a file is taken for no network."""

_QUANTIZE = 114
_UINT8, _INT8 = 3, 9


class Shortened(NamedTuple):
    """A file without the operator, and the name of the input that the file itself has."""

    content: bytes
    name: str

    def in_file(self, taken: Tensor) -> Tensor:
        """The uint8 input of the file, by the int8 one that the network has without it."""
        zero_point = None if taken.zero_point is None else taken.zero_point + _FLIPPED
        return replace(taken, name=self.name, dtype="uint8", zero_point=zero_point)


def past_uint8(content: bytes) -> Shortened | None:
    """A TFLite file without its first operator; None where that is not what it begins with.

    Whether a file is whole is for the interpreter to find out: one that is not has no shortcut.
    """
    try:
        return _shortened(content)
    except (struct.error, IndexError):
        return None


def _shortened(content: bytes) -> Shortened | None:
    model = _Table(content, _target(content, 0), _MODEL)
    if len(model.vector("subgraphs")) != 1:
        return None
    graph = model.vector("subgraphs").table(0, _GRAPH)
    operators = graph.vector("operators")
    if not len(operators):
        return None
    first, *others = (operators.table(index, _OPERATOR) for index in range(len(operators)))
    code = model.vector("operator_codes").table(first.number("opcode_index", "I"), _CODE)
    taken, given = first.vector("inputs").numbers("i"), first.vector("outputs").numbers("i")
    # Types beyond 126 stand in the newer of the two fields only.
    kind = max(code.number("builtin_code", "i"), code.number("deprecated_builtin_code", "b"))
    tensors = graph.vector("tensors")
    if (
        kind != _QUANTIZE
        or graph.vector("inputs").numbers("i") != taken
        or len(taken) != 1
        or len(given) != 1
        or not _only_flips(*(tensors.table(number, _TENSOR) for number in taken + given))
        # Where else the pixels are used, they would be missing.
        or any(taken[0] in other.vector("inputs").numbers("i") for other in others)
        or taken[0] in graph.vector("outputs").numbers("i")
    ):
        return None
    changed = bytearray(content)
    # The graph takes what the operator gave; its operators begin one later, where a new count is.
    _refer(changed, graph.place("inputs"), first.vector("outputs").start)
    struct.pack_into("<I", changed, operators.start + 4, len(others))
    _refer(changed, graph.place("operators"), operators.start + 4)
    name = tensors.table(taken[0], _TENSOR).vector("name").numbers("s")
    return Shortened(bytes(changed), name[0].decode(errors="replace"))


def _only_flips(taken: _Table, given: _Table) -> bool:
    """Whether the same real number is the same bits in both tensors, but for the top one."""
    if (taken.number("type", "b"), given.number("type", "b")) != (_UINT8, _INT8):
        return False
    before, after = (tensor.table("quantization", _QUANTIZATION) for tensor in (taken, given))
    zero = before.vector("zero_point").numbers("q")
    return (
        len(zero) == 1
        and [number - _FLIPPED for number in zero] == after.vector("zero_point").numbers("q")
        and before.vector("scale").numbers("f") == after.vector("scale").numbers("f")
    )


class _Vector:
    """Numbers, or references to tables, one after the other."""

    def __init__(self, content: bytes, start: int) -> None:
        self.start = start
        self._content = content
        self._count = _number(content, start, "I")
        if self._count > _MOST:
            raise IndexError(self._count)

    def __len__(self) -> int:
        return self._count

    def numbers(self, kind: str) -> list[Any]:
        return list(struct.unpack_from(f"<{self._count}{kind}", self._content, self.start + 4))

    def table(self, index: int, fields: dict[str, int]) -> _Table:
        if not 0 <= index < self._count:
            raise IndexError(index)
        return _Table(self._content, _target(self._content, self.start + 4 + 4 * index), fields)


class _Table:
    """A record whose fields may each be left out."""

    def __init__(self, content: bytes, start: int, fields: dict[str, int]) -> None:
        self._content = content
        self._start = start
        self._fields = fields
        self._layout = start - _number(content, start, "i")

    def place(self, field: str) -> int:
        """Where the field is. Raises IndexError where it is left out."""
        entry = 4 + 2 * self._fields[field]
        size = _number(self._content, self._layout, "H")
        offset = _number(self._content, self._layout + entry, "H") if entry < size else 0
        if not offset:
            raise IndexError(field)
        return self._start + offset

    def number(self, field: str, kind: str) -> int:
        """The field, or 0, which is what is left out."""
        try:
            place = self.place(field)
        except IndexError:
            return 0
        return _number(self._content, place, kind)

    def vector(self, field: str) -> _Vector:
        return _Vector(self._content, _target(self._content, self.place(field)))

    def table(self, field: str, fields: dict[str, int]) -> _Table:
        return _Table(self._content, _target(self._content, self.place(field)), fields)


def _target(content: bytes, place: int) -> int:
    """What the reference at a place is to: forwards of it, always."""
    return place + _number(content, place, "I")


def _number(content: bytes, place: int, kind: str) -> int:
    (number,) = struct.unpack_from(f"<{kind}", content, place)
    return int(number)


def _refer(content: bytearray, place: int, target: int) -> None:
    # One that would have to point backwards is none: struct says so.
    struct.pack_into("<I", content, place, target - place)
