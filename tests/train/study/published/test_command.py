from __future__ import annotations

from pathlib import Path

import pytest

from tests.train import command
from tests.train.study.published.rows import FIRST, SECOND
from train.study.published import entries


def _run(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    return command.run(monkeypatch, "study", *arguments)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["unknown", "--data", "."], "No such command 'unknown'"),
        (["published", "--data", ".", "--only", "vgg"], "--only vgg: no such row; there are dm_"),
        (["published", "--data", ".", "--weights", "nowhere"], "neither imagenet nor none"),
        (["published", "--data", ".", "--out", "table.txt"], "name has to end in .md"),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_code_2(
    arguments: list[str],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _run(arguments, monkeypatch) == 2
    assert sentence in capsys.readouterr().err


def test_the_table_is_written_even_where_a_row_failed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(entries, "ENTRIES", (FIRST, SECOND))
    out = tmp_path / "table.md"
    arguments = ["published", "--data", str(tmp_path), "--weights", "none", "--budget", "small"]
    arguments += ["--runs", str(tmp_path / "runs"), "--only", "first", "--out", str(out)]
    assert _run(arguments, monkeypatch) == 2
    assert "no such folder of cells" in capsys.readouterr().err
    written = out.read_text()
    assert written.count("not finished") == 2
    assert f"published --data {tmp_path} --weights none --budget small --only first`" in written
