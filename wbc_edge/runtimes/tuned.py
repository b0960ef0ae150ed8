"""The runtime and threads that `wbc-edge doctor --tune` found fastest here, for `--runtime auto`.

They are kept for each format in one small file of the user:

    {"schema": 1, "choices": {"tflite": {"runtime": "openvino", "threads": 1}}}

It is advice: a file that cannot be read, or names what is no longer installed, changes nothing, and
`wbc-edge doctor` says so.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from wbc_edge import container
from wbc_edge.cores import MOST_THREADS
from wbc_edge.errors import ModelError, RuntimeUnavailable, UsageError
from wbc_edge.runtimes import NAMES, is_installed, open_session, readers
from wbc_edge.text import printable

if TYPE_CHECKING:
    from wbc_edge.card import InputSpec
    from wbc_edge.runtimes import Session

SCHEMA = 1
_MOST = 1 << 16  # characters of the file that are read; it has some hundred

VARIABLE = "WBC_EDGE_TUNING"
"""Environment variable that names another file."""


class Choice(NamedTuple):
    """What `auto` stands for with models of one format."""

    runtime: str
    threads: int


def location() -> Path:
    """Where the file is, by the custom of the system."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    if sys.platform == "win32":
        folder = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        folder = "~/Library/Application Support"
    else:
        folder = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    # Of a user without a home, as in some containers, "~" stays, and would be a folder right here.
    home = os.path.expanduser(folder)  # noqa: PTH111
    if home.startswith("~"):
        from tempfile import gettempdir

        home = gettempdir()
    return Path(home, "wbc-edge", "tuning.json")


def choice(path: Path) -> Choice | None:
    """What was found fastest for models such as this file; None where nothing usable is stored."""
    try:
        format_ = container.sniff(path)
        found = _read().get(format_)
    except (OSError, ValueError):
        return None
    return found if found is not None and _why_not(found, format_) is None else None


def open_best(
    path: Path, *, runtime: str, threads: int | None, spec: InputSpec | None = None
) -> tuple[Session, bool]:
    """The session that a runtime, perhaps `auto`, stands for here, and whether tuning chose it.

    Raises as `wbc_edge.runtimes.open_session` does.
    """
    best = choice(path) if runtime == "auto" else None
    if best is not None:
        # What is fastest for the shipped model may not read this one.
        with suppress(ModelError, RuntimeUnavailable):
            chosen = best.threads if threads is None else threads
            return open_session(path, runtime=best.runtime, threads=chosen, spec=spec), True
    one = 1 if threads is None else threads
    return open_session(path, runtime=runtime, threads=one, spec=spec), False


def check_storable() -> None:
    """Raises UsageError where `store` could not write: before the minutes, not after."""
    from tempfile import TemporaryFile

    with _written() as target, TemporaryFile(dir=target.parent) as file:
        if target.is_dir():
            raise UsageError(f"{target} cannot be written: it is a folder")
        # A full disk tells of itself only when something is written.
        file.write(bytes(_MOST))
        file.flush()


def store(format_: container.Format, best: Choice) -> Path:
    """Keep a choice beside those for other formats; returns the file.

    Raises UsageError where it cannot be written.
    """
    from wbc_edge.files import replace

    try:
        choices = _read()
    except (OSError, ValueError):
        choices = {}
    choices[format_] = best
    content = {"schema": SCHEMA, "choices": {name: one._asdict() for name, one in choices.items()}}
    with _written() as target:
        replace(target, json.dumps(content, indent=1) + "\n")
    return target


@contextmanager
def _written() -> Iterator[Path]:
    """The file, in a folder that is there; what fails within is that it cannot be written."""
    target = location()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield target
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror}") from error


def state() -> tuple[tuple[str, ...], str | None]:
    """For the doctor: what is stored, a sentence each, and what is wrong with it."""
    try:
        choices = _read()
    except FileNotFoundError:
        return (), None
    except (OSError, ValueError) as error:
        return (), f"{location()} is ignored: {error}; 'wbc-edge doctor --tune' writes it anew"
    told = tuple(
        f"auto runs {name} models with {one.runtime}, threads: {one.threads}"
        for name, one in choices.items()
    )
    idle = sorted(
        f"{one.runtime}, which {reason}"
        for name, one in choices.items()
        if (reason := _why_not(one, name))
    )
    return told, f"tuned for {'; '.join(idle)}: auto does without" if idle else None


def _read() -> dict[str, Choice]:
    """Format -> choice. Raises OSError, and ValueError where the file is not of this form."""
    place = location()
    if place.exists() and not place.is_file():  # a pipe would be waited for
        raise ValueError("it is not an ordinary file")
    with place.open(encoding="utf-8") as file:
        text = file.read(_MOST)
    try:
        content: Any = json.loads(text)
        if content["schema"] != SCHEMA:
            raise ValueError(f"its schema is {content['schema']!r:.20}, not {SCHEMA}")
        return {printable(name): _choice(one) for name, one in content["choices"].items()}
    except (KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(f"it is not of the form that it should have ({error!r})") from error


def _choice(stored: Any) -> Choice:
    # What it names is printed, and it may have come from anywhere.
    found = Choice(runtime=printable(str(stored["runtime"])), threads=int(stored["threads"]))
    if not 1 <= found.threads <= MOST_THREADS:
        raise ValueError(f"its threads are not between 1 and {MOST_THREADS}")
    return found


def _why_not(found: Choice, format_: str) -> str | None:
    """Why a choice cannot be followed; None where it can."""
    if found.runtime not in NAMES:
        return "is no runtime"
    engine = next((e for e in readers(format_) if e.name == found.runtime), None)
    if engine is None:
        return f"does not read {format_} models"
    return None if is_installed(engine) else "is not installed now"
