"""The command that made a page, as a page tells it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping


def command(study: str, arguments: Iterable[object], options: Mapping[str, object]) -> str:
    """`python -m bench STUDY ...`: options that are None left out, those of a list repeated."""
    words = ["python", "-m", "bench", study, *map(str, arguments)]
    for name, value in options.items():
        for one in value if isinstance(value, list) else [value]:
            words += [] if one is None else [name, str(one)]
    return shlex.join(words)
