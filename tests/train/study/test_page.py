from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from train.study import page
from wbc_edge.errors import UsageError


def test_a_command_is_told_so_that_a_shell_takes_it_again() -> None:
    asked = {"--data": Path("my cells"), "--run": None, "--runtime": ["litert", "openvino"]}
    told = page.spelled("python -m bench matrix", [Path("out/edge")], asked)
    assert shlex.split(told) == [
        *("python", "-m", "bench", "matrix", "out/edge", "--data", "my cells"),
        *("--runtime", "litert", "--runtime", "openvino"),
    ]


def test_only_a_studys_page_and_figures_are_replaced(tmp_path: Path) -> None:
    page.check(tmp_path / "notes.md")
    (tmp_path / "notes.json").write_text('{"mine": 1}')
    with pytest.raises(UsageError, match=r"notes\.json is there already and of no study"):
        page.check(tmp_path / "notes.md")
    (tmp_path / "notes.json").unlink()
    (tmp_path / "notes.md").write_text("What I have seen")
    with pytest.raises(UsageError, match="no page of a study"):
        page.check(tmp_path / "notes.md")
    text = "\n".join(page.head("A study", "python -m train study"))
    page.write(tmp_path / "study.md", text, command="python -m train study", rows=[])
    page.check(tmp_path / "study.md")
    (tmp_path / "cells.jpg").write_bytes(b"a picture of mine")
    page.check(tmp_path / "cells.md")
    with pytest.raises(UsageError, match=r"cells\.jpg is there already and of no study"):
        page.check(tmp_path / "cells.md", picture=True)
