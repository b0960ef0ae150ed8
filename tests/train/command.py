"""`python -m train ...` within the test's own process."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from train import cli


def run(
    monkeypatch: pytest.MonkeyPatch, *arguments: object, main: Callable[[], object] = cli.main
) -> int:
    """The exit code of the command line, or of another `main`, with these arguments."""
    monkeypatch.setattr(sys, "argv", ["train", *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        main()
    assert isinstance(stop.value.code, int)
    return stop.value.code
