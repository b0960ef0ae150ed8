"""Typed documents: JSON or TOML files as frozen dataclasses, checked key by key."""

from __future__ import annotations

import json
import math
import sys
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

from wbc_edge import files
from wbc_edge.errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_T = TypeVar("_T")

NONE = "none"
"""Stands for an absent value where a format has no word for it (TOML, flags)."""


def read(path: Path) -> dict[str, Any]:
    """The table that a `.json` or `.toml` file holds.

    Raises:
        UsageError: the file is missing, of another kind, or damaged.
    """
    if path.suffix.lower() not in (".json", ".toml"):
        raise UsageError(f"{path}: a configuration is a .json or a .toml file")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from None
    try:
        table = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from None
    if not isinstance(table, dict):
        raise UsageError(f"{path}: holds no table of settings")
    return table


def write(path: Path, table: Mapping[str, Any]) -> None:
    """Writes a table as JSON, as a whole or not at all: a kill leaves the old file or the new."""
    with files.whole(path) as partial:
        partial.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


def merge(table: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`table` with `changes` put over it, tables within tables key by key."""
    merged = dict(table)
    for key, value in changes.items():
        below = merged.get(key)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        merged[key] = merge(below, value) if both else value
    return merged


def differences(one: Mapping[str, Any], other: Mapping[str, Any], where: str = "") -> list[str]:
    """Dotted names of what two tables hold differently, in their order."""
    found = []
    for key in {**one, **other}:
        a, b = one.get(key, MISSING), other.get(key, MISSING)
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            found += differences(a, b, _join(where, key))
        elif a != b:
            found.append(_join(where, key))
    return found


def nested(key: str, value: Any) -> dict[str, Any]:
    """`a.b.c` and a value as tables within tables."""
    for name in reversed(key.split(".")):
        value = {name: value}
    return value


def decode(kind: type[_T], table: Mapping[str, Any], where: str = "") -> _T:
    """A dataclass from a table, every value checked against the annotation of its field.

    Args:
        kind: the dataclass.
        table: field name -> value.
        where: name of the table within the document, for errors.

    Raises:
        UsageError: an unknown or missing key, or a value of the wrong type; it is named.
    """
    hints = typing.get_type_hints(kind)
    known = {item.name: item for item in fields(kind)}  # type: ignore[arg-type]
    for key in table:
        if key not in known:
            raise UsageError(
                f"no such setting '{_join(where, key)}'; there are {', '.join(sorted(known))}"
            )
    for name, item in known.items():
        if name not in table and item.default is MISSING and item.default_factory is MISSING:
            raise UsageError(f"the setting '{_join(where, name)}' is missing")
    return kind(
        **{key: _convert(hints[key], value, _join(where, key)) for key, value in table.items()}
    )


def _convert(hint: Any, value: Any, where: str) -> Any:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return None if value in (None, NONE) else _convert(inner[0], value, where)
    if is_dataclass(hint):
        if isinstance(value, hint):
            return value
        _require(isinstance(value, Mapping), where, "a table", value)
        return decode(typing.cast("type[Any]", hint), value, where)
    if origin is tuple:
        _require(isinstance(value, (list, tuple)), where, "a list", value)
        return tuple(_convert(inner[0], item, f"{where}[{n}]") for n, item in enumerate(value))
    if origin is Literal:
        _require(value in inner, where, f"one of {', '.join(map(str, inner))}", value)
        return value
    if origin is dict:
        _require(isinstance(value, Mapping), where, "a table", value)
        return dict(value)
    if hint is float:
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        _require(number and math.isfinite(value), where, "a number", value)
        return float(value)
    _require(type(value) is hint, where, _PLAIN[hint], value)
    return value


_PLAIN = {int: "a whole number", str: "a text", bool: "true or false"}


def _require(condition: bool, where: str, what: str, value: Any) -> None:
    if not condition:
        raise UsageError(f"the setting '{where}' has to be {what}, not {value!r}")


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key
