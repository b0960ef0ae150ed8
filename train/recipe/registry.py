"""How a name in the configuration finds its kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from wbc_edge.errors import UsageError

_T = TypeVar("_T")


def find(kinds: Mapping[str, _T], name: str, setting: str) -> _T:
    """The kind of that name.

    Raises:
        UsageError: there is none; those that there are are named.
    """
    if name not in kinds:
        raise UsageError(f"the setting '{setting}' has to be one of {', '.join(kinds)}, not {name}")
    return kinds[name]
