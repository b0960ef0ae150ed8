from __future__ import annotations

import subprocess
from pathlib import Path

import wbc_edge
from wbc_edge import child


def _said(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_it_is_given_its_arguments(tmp_path: Path) -> None:
    command = child.command("print(sys.argv[1:])", "one", "--two")
    assert _said(command, tmp_path) == "['one', '--two']"


def test_a_checkout_that_is_not_installed_is_found(tmp_path: Path) -> None:
    python, *arguments = child.command("import wbc_edge; print(wbc_edge.__file__)")
    # "-S" leaves out what is installed, and this package with it.
    found = _said([python, "-S", "-E", *arguments], tmp_path)
    assert Path(found) == Path(wbc_edge.__file__)
