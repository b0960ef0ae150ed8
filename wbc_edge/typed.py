"""What JSON or TOML holds as frozen dataclasses: every value checked against its annotation."""

from __future__ import annotations

import sys
import types
import typing
from collections.abc import Collection, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Literal, TypeVar, get_args, get_origin

_T = TypeVar("_T")


class Mismatch(ValueError):  # noqa: N818 - of a value, and every caller makes his own error of it
    """A value that is not what an annotation asks for.

    Attributes:
        where: its dotted name, "" of the whole.
        wanted: what it has to be, "a whole number"; None where it is missing.
        value: what stands there.
    """

    def __init__(self, where: str, wanted: str | None = None, value: Any = None) -> None:
        super().__init__(f"{where} is missing" if wanted is None else f"{where} is not {wanted}")
        self.where = where
        self.wanted = wanted
        self.value = value


class UnknownKey(Mismatch):
    """A key that the dataclass does not have; `known` are those that it has."""

    def __init__(self, where: str, known: Collection[str]) -> None:
        super().__init__(where, f"one of {', '.join(sorted(known))}")
        self.known = known


def decode(
    kind: type[_T],
    table: Mapping[str, Any],
    where: str = "",
    *,
    closed: bool = False,
    absent: tuple[Any, ...] = (None,),
) -> _T:
    """A dataclass from a table.

    Args:
        kind: the dataclass.
        table: field name -> value.
        where: name of the table within the document, for errors.
        closed: whether keys that are no fields are refused; else they are passed over.
        absent: what stands for None where that may be.

    Raises:
        Mismatch: a value of the wrong type, or none where there is no default.
        UnknownKey: a key that is no field, of a closed document.
    """
    hints = _hints(kind)
    if closed and (unknown := next((key for key in table if key not in hints), None)) is not None:
        raise UnknownKey(join(where, unknown), hints)
    arguments = {}
    for item in fields(kind):  # type: ignore[arg-type]
        name = join(where, item.name)
        if item.name in table:
            value = table[item.name]
            arguments[item.name] = convert(
                hints[item.name], value, name, closed=closed, absent=absent
            )
        elif item.default is MISSING and item.default_factory is MISSING:
            raise Mismatch(name)
    return kind(**arguments)


def convert(
    hint: Any,
    value: Any,
    where: str = "",
    *,
    closed: bool = False,
    absent: tuple[Any, ...] = (None,),
) -> Any:
    """A value as an annotation tells, such as a tuple where a list is given.

    Args:
        hint: the annotation, evaluated: a dataclass, a container, a Literal, or plain; None may
            stand beside one of these.
        value: what is given.
        where, closed, absent: as for `decode`.

    Raises:
        Mismatch, UnknownKey: as `decode`.
    """

    def inner(kind: Any, value: Any, where: str) -> Any:
        return convert(kind, value, where, closed=closed, absent=absent)

    def require(condition: bool, wanted: str) -> None:
        if not condition:
            raise Mismatch(where, wanted, value)

    if hint is Any:
        return value
    origin, kinds = get_origin(hint), get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return None if value in absent else inner(kinds[0], value, where)
    if isinstance(hint, type) and is_dataclass(hint):
        if isinstance(value, hint):
            return value
        require(isinstance(value, Mapping), "a table")
        return decode(hint, value, where, closed=closed, absent=absent)
    if origin in (tuple, frozenset, Sequence):
        require(isinstance(value, (list, tuple)), "a list")
        made = tuple if origin is Sequence else origin
        return made(inner(kinds[0], item, f"{where}[{n}]") for n, item in enumerate(value))
    if origin is Literal:
        fits = any(type(value) is type(kind) and value == kind for kind in kinds)
        require(fits, f"one of {', '.join(map(str, kinds))}")
        return value
    if origin is dict:
        require(isinstance(value, Mapping), "a table")
        return {key: inner(kinds[1], item, join(where, key)) for key, item in value.items()}
    if hint is float:
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        # Compared, and not asked whether finite: whole numbers of JSON may be of any length.
        require(number and abs(value) <= sys.float_info.max, "a number")
        return float(value)
    require(type(value) is hint, _PLAIN[hint])
    require(hint is not int or abs(value) < 1 << 63, "between -2^63 and 2^63")
    return value


_PLAIN = {int: "a whole number", str: "a text", bool: "true or false"}


def join(where: str, key: str) -> str:
    """The dotted name of a key in the table of that name."""
    return f"{where}.{key}" if where else key


def _hints(kind: type[Any]) -> dict[str, Any]:
    """Field name -> annotation. Texts are evaluated, which takes a millisecond; others stand."""
    found = {item.name: item.type for item in fields(kind)}
    texts = any(isinstance(hint, str) for hint in found.values())
    return typing.get_type_hints(kind) if texts else found
