from __future__ import annotations

import subprocess
import sys
from typing import Annotated, Any, Literal

import pytest
import typer
from typer.testing import CliRunner

from wbc_edge.coercion import QuickCommand

GIVEN: dict[str, Any] = {}


def _app(**options: Any) -> typer.Typer:
    app = typer.Typer(pretty_exceptions_enable=False)

    @app.command(**options)
    def command(
        names: Annotated[list[str], typer.Argument()],
        number: Annotated[int, typer.Option(min=1)] = 1,
        share: Annotated[float | None, typer.Option(min=0, max=1)] = None,
        form: Literal["table", "csv"] = "table",
        sizes: Annotated[list[int] | None, typer.Option()] = None,
        flag: bool = False,
    ) -> None:
        GIVEN.update(names=names, number=number, share=share, form=form, sizes=sizes, flag=flag)

    return app


@pytest.mark.parametrize(
    "arguments",
    [
        ["a"],
        ["a", "b", "--number", "7", "--share", "0.5", "--form", "csv", "--flag"],
        ["a", "--sizes", "3", "--sizes", "4", "--no-flag"],
        [],
        ["a", "--number", "0"],
        ["a", "--number", "1.5"],
        ["a", "--share", "1.01"],
        ["a", "--share", "-0.1"],
        ["a", "--share", "x"],
        ["a", "--form", "xml"],
        ["a", "--sizes", "x"],
    ],
)
def test_it_takes_and_refuses_what_typer_does(arguments: list[str]) -> None:
    outcomes = []
    for options in ({"cls": QuickCommand}, {}):
        GIVEN.clear()
        result = CliRunner().invoke(_app(**options), arguments)
        outcomes.append((result.exit_code, dict(GIVEN)))
    assert outcomes[0] == outcomes[1]


def test_the_command_line_starts_without_pydantic() -> None:
    code = (
        "import sys; sys.argv = ['wbc-edge', 'classify', 'gone*.png']\n"
        "from wbc_edge.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: print(end.code, 'pydantic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "2 False\n"
