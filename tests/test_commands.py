"""docs/commands: what `make docs` has written of every command is what its `--help` tells today."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.main import get_command

import bench.cli
import export.cli
import export.figures
import export.report.cli
import export.ship
import train.cli
import wbc_edge.cli

FOLDER = Path(__file__).parents[1] / "docs" / "commands"
PAGES = {
    "wbc-edge": ("wbc-edge", wbc_edge.cli.app),
    "train": ("python -m train", train.cli.app),
    "export": ("python -m export", export.cli.app),
    "export-ship": ("python -m export.ship", export.ship.app),
    "export-figures": ("python -m export.figures", export.figures.app),
    "export-report": ("python -m export.report", export.report.cli.app),
    "bench": ("python -m bench", bench.cli.app),
}
ENTRY = re.compile(r"^\* `([^`]+)`(?:: (.*))?$", re.MULTILINE)


def commands(name: str, app: typer.Typer) -> Iterator[tuple[str, object]]:
    """Every command of an application with its whole name, groups before their members."""
    rest = [(name, get_command(app))]
    while rest:
        full, command = rest.pop(0)
        yield full, command
        rest += [(f"{full} {n}", c) for n, c in getattr(command, "commands", {}).items()]


def sections(page: str) -> dict[str, str]:
    """Whole name of a command -> what the page says under it."""
    parts = re.split(r"^#+ `([^`]+)`$", page, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def words(text: str) -> str:
    return " ".join(html.unescape(text).split())


@pytest.mark.parametrize("page", PAGES)
def test_page_tells_every_command(page):
    name, app = PAGES[page]
    told = sections((FOLDER / f"{page}.md").read_text(encoding="utf-8"))
    there = dict(commands(name, app))
    assert told.keys() == there.keys()
    for full, command in there.items():
        assert words(command.help) in words(told[full]), full


@pytest.mark.parametrize("page", PAGES)
def test_page_tells_every_option_and_no_other(page):
    name, app = PAGES[page]
    told = sections((FOLDER / f"{page}.md").read_text(encoding="utf-8"))
    for full, command in commands(name, app):
        text, _, members = told[full].partition("**Commands**")
        entries = dict(ENTRY.findall(text))
        options = {o for entry in entries for o in re.findall(r"--[a-z][a-z0-9-]*", entry)}
        parameters = [p for p in command.params if not p.hidden]
        known = {o for p in parameters for o in (*p.opts, *p.secondary_opts) if o[:2] == "--"}
        assert options - {"--help"} == known - {"--help"}, full
        for parameter in parameters:
            assert parameter.help, f"{full}: {parameter.name} has no help"
            assert any(words(parameter.help) in words(e) for e in entries.values()), (
                f"{full}: {parameter.name}"
            )
        assert set(getattr(command, "commands", {})) == {e for e, _ in ENTRY.findall(members)}, full
