"""`python -m train ...` within the test's own process."""

from __future__ import annotations

import sys

import pytest

from train.cli import main


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int | str | None:
    """The exit code of the command line with these arguments."""
    monkeypatch.setattr(sys, "argv", ["train", *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        main()
    return stop.value.code
