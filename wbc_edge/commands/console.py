"""How commands speak: sentences on standard error, results on standard output."""

import os
import sys
from contextlib import suppress

from wbc_edge.errors import UsageError
from wbc_edge.signals import has_left


def require_output() -> None:
    """Before any work whose result is printed: Python prints to a closed stream without a word."""
    if sys.stdout is None:
        raise UsageError("standard output is closed")


def check_named(*places: str | None) -> None:
    """Raises UsageError where a place to write to, None being none, has no name or another's."""
    if "" in places:
        raise UsageError("an empty name is no place to write: is a variable of the shell not set?")
    named = [place for place in places if place not in (None, os.devnull)]
    # In a working folder that has gone there is no real path; to write is refused there as well.
    with suppress(OSError):
        if len({*map(os.path.realpath, named)}) < len(named):
            raise UsageError(f"{named[-1]} is named twice as a place to write")


def show(result: str, *, end: str = "\n") -> None:
    """Prints a result. A reader that has had enough of it keeps nobody from judging it."""
    try:
        print(result, end=end)
    except OSError as error:
        if not has_left(error):
            raise
        leave_output()


def leave_output() -> None:
    """What standard output still holds goes nowhere: else Python would try again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(sentence: str) -> None:
    """Tells something beside the results."""
    from wbc_edge.text import printable

    # Where nobody can be told, the exit code still tells.
    with suppress(OSError):
        print(f"wbc-edge: {printable(sentence)}", file=sys.stderr, flush=True)


def as_json(value: object) -> str:
    """A result for programs."""
    import json

    return json.dumps(value, ensure_ascii=False, indent=2, default=str)
