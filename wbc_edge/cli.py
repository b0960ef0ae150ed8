"""The command line: its commands, and how they end. Exit codes stand in `wbc_edge.errors`."""

# No `from __future__ import annotations` here: see `wbc_edge.commands`.

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from wbc_edge import __version__
from wbc_edge.commands import bench, console
from wbc_edge.commands.classify import classify
from wbc_edge.commands.count import count
from wbc_edge.commands.doctor import doctor
from wbc_edge.commands.info import info
from wbc_edge.commands.models import models
from wbc_edge.commands.samples import samples
from wbc_edge.errors import UsageError, WbcEdgeError
from wbc_edge.signals import has_left

_FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
"""What no other file than standard output is left to raise: the others have errors of their own."""


@contextmanager
def _output_may_end() -> Iterator[None]:
    """Ends quietly where the reader, such as `head`, has had enough. Python would complain.

    Where the disk has, as behind a redirection, it is said once.
    """
    code = 0
    try:
        try:
            yield
        except typer.Exit as ended:
            code = ended.exit_code
            raise
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()  # what was printed meets the pipe here, and not at exit
    except OSError as error:
        if has_left(error):
            console.leave_output()
            raise typer.Exit(code) from None
        if error.errno not in _FULL:
            raise
        console.leave_output()
        console.say(f"standard output cannot be written: {error.strerror}")
        raise typer.Exit(UsageError.exit_code) from None


class _Commands(TyperGroup):
    """Turns whatever a command raises into a sentence on standard error and an exit code."""

    def make_context(self, *given: Any, **named: Any) -> Any:
        """Reads the arguments; `--version` and `--help` are answered here."""
        with _output_may_end():
            return super().make_context(*given, **named)

    def invoke(self, ctx: Any) -> Any:
        with _output_may_end():
            try:
                return super().invoke(ctx)
            except WbcEdgeError as error:
                console.say(str(error))
                raise typer.Exit(error.exit_code) from None
            except KeyboardInterrupt:
                raise typer.Exit(130) from None
            except OSError as error:
                if has_left(error) or error.errno in _FULL:
                    raise
                console.say(str(error))
                raise typer.Exit(1) from None


app = typer.Typer(
    name="wbc-edge",
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="White blood cells classified on small machines. Research use only.",
    epilog="Example: wbc-edge classify cell.png",
)


def _print_version(asked: bool) -> None:
    if asked:
        print(f"wbc-edge {__version__}", flush=True)
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="The version."),
    ] = False,
) -> None:
    pass


app.command(epilog="Example: wbc-edge classify slides/ --format csv --output answers.csv")(classify)
app.command(epilog="Example: wbc-edge count slide/ --output cells.csv --draw marked")(count)
app.add_typer(bench.app, name="bench")
app.command(epilog="Example: wbc-edge models --json")(models)
app.command(epilog="Example: wbc-edge info edge")(info)
app.command(epilog="Example: wbc-edge doctor")(doctor)
app.command(epilog="Example: wbc-edge samples cells && wbc-edge classify cells")(samples)


def main() -> None:
    """The entry point of the command `wbc-edge`."""
    if sys.stderr is None:  # closed by the caller, who does not want to be told
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - as long as the process
    for stream in (sys.stdout, sys.stderr):
        # What a terminal's encoding lacks, in a file's name or a model's card, is no error. What
        # goes elsewhere is UTF-8, whatever the terminal speaks: JSON is nothing else.
        if isinstance(stream, TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")
    try:
        app(prog_name="wbc-edge")
    except Exception as error:  # a fault of ours: one sentence for the user, the rest on demand
        if os.environ.get("WBC_EDGE_TRACEBACK"):
            raise
        console.say(
            f"internal error, {type(error).__name__}: {error} (WBC_EDGE_TRACEBACK=1 shows where)"
        )
        sys.exit(1)
