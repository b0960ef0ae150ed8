"""What the commands that train have in common: settings from files and flags, and what they say."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from train import document
from train.config import Config, from_table
from wbc_edge.errors import UsageError

Part = Annotated[Literal["train", "val", "test", "all"], typer.Option(help="Which of its cells.")]

_OF_START = frozenset({"labels", "network", "input"})
"""What a run takes from the network that it goes on from; a recipe that says it all needs none."""

_VIEW = frozenset({"height", "width", "framing"})
"""What a recipe says of the input that says it all."""

_UNREAD = ("one", "other")
"""Stand for the classes while the cells that have them are not read."""


def configured(file: Path | None, settings: Iterable[str], flags: dict[str, Any]) -> Config:
    """The configuration of a file, with settings NAME=VALUE over it, and with flags over those.

    Labels, network and view that are not given are those of the network that the run goes on from;
    without one, labels are those of the sources.

    Raises:
        UsageError: a setting is unknown, missing or impossible, or there is no cell to train on, or
            but one class of them.
    """
    table = {} if file is None else document.read(file)
    for text in settings:
        table = document.merge(table, document.nested(*named("--set", text)))
    table = document.merge(table, flags)
    if not table.get("sources"):
        known = {item.name for item in fields(Config)}
        strange = "".join(f"; there is no setting '{name}'" for name in table if name not in known)
        raise UsageError(f"no cells to train on: give --data PATH{document.short(strange)}")
    try:
        table = _with_start(table)
        if "labels" in table:
            return from_table(table)
        unlabelled = from_table({**table, "labels": _UNREAD})
    except UsageError as error:
        raise UsageError(str(error) if file is None else f"{file}: {error}") from None
    found = {sample.label for source in unlabelled.sources for sample in source.read()}
    if len(found) == 1:
        raise UsageError(f"all cells are of the class '{found.pop()}': nothing is to be told apart")
    return from_table({**table, "labels": sorted(found)})


def _with_start(table: dict[str, Any]) -> dict[str, Any]:
    """The settings, and where they are silent those of the network that the run goes on from."""
    if table.get("start") in (None, document.NONE):
        return table
    view = table.get("input")
    if table.keys() >= _OF_START and isinstance(view, dict) and view.keys() >= _VIEW:
        return table
    from train.recipe import start

    theirs = start.find(str(table["start"])).settings
    if "network" in table:
        # A network that is named has the options that are named with it.
        del theirs["options"]
    return document.merge(theirs, table)


def named(flag: str, text: str) -> tuple[str, Any]:
    """What a flag's NAME=VALUE says; a value that is no JSON is a text.

    Raises:
        UsageError: it is not of that form, or its value is JSON that is not read.
    """
    name, separator, value = text.partition("=")
    if not separator:
        raise UsageError(f"{flag} {document.short(text)}: expected NAME=VALUE")
    try:
        return name, document.parsed(value)
    except json.JSONDecodeError:
        return name, value
    except ValueError as error:
        raise UsageError(f"{flag} {document.short(name)}: {error}") from None


def report(line: str) -> None:
    """Says on standard error what a command is about."""
    typer.echo(line, err=True)
