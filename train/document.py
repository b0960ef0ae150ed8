"""Typed documents: JSON or TOML files as frozen dataclasses, checked key by key."""

from __future__ import annotations

import json
import sys
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING
from pathlib import Path
from typing import Any, TypeVar

from wbc_edge import files, typed
from wbc_edge.errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_T = TypeVar("_T")

NONE = "none"
"""Stands for an absent value where a format has no word for it (TOML, flags)."""

DEEPEST = 50
"""Tables and lists within one another that a document may hold: what reads and writes them goes
down by calling itself."""

_TOO_DEEP = f"more than {DEEPEST} tables or lists within one another"

_LONGEST = 200
"""Characters that errors quote of a text."""


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
        table = parsed(text, json.loads if path.suffix.lower() == ".json" else tomllib.loads)
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from None
    if not isinstance(table, dict):
        raise UsageError(f"{path}: holds no table of settings")
    return table


def parsed(text: str, loads: Callable[[str], Any] = json.loads) -> Any:
    """What a text says that can be written as JSON: JSON itself, unless told what else reads it.

    Raises:
        ValueError: it is not of the format (of JSON a `json.JSONDecodeError`); it holds a date, a
            number of too many digits, or more within one another than `DEEPEST`.
    """
    try:
        value = loads(text)
        json.dumps(value)  # TOML's dates cannot be, nor can its longest hexadecimal numbers
    except (json.JSONDecodeError, tomllib.TOMLDecodeError):
        raise
    except TypeError:
        raise ValueError("a date or a time, which no setting is") from None
    except ValueError:
        raise ValueError("a number of more digits than are read") from None
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    level = [value]
    for _ in range(DEEPEST + 1):
        level = [item for held in level for item in _held(held)]
    if level:
        raise ValueError(_TOO_DEEP)
    return value


def load(hint: type[_T], path: Path) -> _T:
    """What a file holds, checked against an annotation: a dataclass, or tables of one kind.

    Raises:
        UsageError: as `read` and `decode`; the file is named.
    """
    return checked(hint, read(path), path)


def checked(hint: type[_T], table: Mapping[str, Any], path: Path) -> _T:
    """The same, of what has been read from the file.

    Raises:
        UsageError: as `decode`; the file is named.
    """
    try:
        return typing.cast("_T", convert(hint, table, ""))
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None


def write(path: Path, table: Mapping[str, Any]) -> None:
    """Writes a table as JSON, as a whole or not at all: a kill leaves the old file or the new."""
    with files.whole(path) as partial:
        partial.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


def merge(table: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`table` with `changes` put over it, tables within tables key by key."""
    merged = dict(table)
    for key, value in changes.items():
        below = merged.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            merged[key] = merge(below, value)
        else:
            merged[key] = value
    return merged


def differences(one: Mapping[str, Any], other: Mapping[str, Any], where: str = "") -> list[str]:
    """Dotted names of what two tables hold differently, in their order."""
    found = []
    for key in {**one, **other}:
        a, b = one.get(key, MISSING), other.get(key, MISSING)
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            found += differences(a, b, typed.join(where, key))
        elif a != b:
            found.append(typed.join(where, key))
    return found


def nested(key: str, value: Any) -> dict[str, Any]:
    """`a.b.c` and a value as tables within tables.

    Raises:
        UsageError: they are more than `DEEPEST`.
    """
    names = key.split(".")
    if len(names) > DEEPEST:
        raise UsageError(f"the setting '{short(key)}' stands in {_TOO_DEEP}")
    for name in reversed(names):
        value = {name: value}
    return value


def decode(kind: type[_T], table: Mapping[str, Any]) -> _T:
    """A dataclass from a table, every value checked against the annotation of its field.

    Raises:
        UsageError: an unknown or missing key, or a value of the wrong type; it is named.
    """
    return typing.cast("_T", convert(kind, table, ""))


def convert(hint: Any, value: Any, where: str) -> Any:
    """A value as an annotation tells, such as a tuple where a list is given.

    Args:
        hint: the annotation, evaluated.
        value: what is given.
        where: its dotted name, for errors.

    Raises:
        UsageError: as `decode`.
    """
    try:
        return typed.convert(hint, value, where, closed=True, absent=(None, NONE))
    except typed.UnknownKey as found:
        raise UsageError(
            f"no such setting '{short(found.where)}'; there are {', '.join(sorted(found.known))}"
        ) from None
    except typed.Mismatch as found:
        if found.wanted is None:
            raise UsageError(f"the setting '{found.where}' is missing") from None
        raise UsageError(
            f"the setting '{short(found.where)}' has to be {found.wanted}, "
            f"not {short(repr(found.value))}"
        ) from None


def short(text: str) -> str:
    """A text as errors quote it: of a long one, its beginning and its end."""
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]} ... {text[-half:]}"


def _held(value: Any) -> Iterable[Any]:
    """What stands in a table or a list."""
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
