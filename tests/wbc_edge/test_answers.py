"""docs/answers.md: it names what rows and counts hold, and every code of an input's error."""

from __future__ import annotations

import ast
import csv
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import wbc_edge
from wbc_edge import synthetic
from wbc_edge.cli import app

PAGE = Path(__file__).parents[2] / "docs" / "answers.md"
PACKAGE = Path(wbc_edge.__file__).parent


def named(heading: str, column: int = 0) -> set[str]:
    """The words in code in one column of the tables under a heading."""
    section = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}")[2].partition("\n## ")[0]
    cells = (line.split("|")[column + 1] for line in section.splitlines() if line[:1] == "|")
    return {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Sample cells, a field of them, and a file that is no picture."""
    made = tmp_path_factory.mktemp("answers")
    synthetic.write_samples(made / "cells")
    synthetic.write_samples(made / "fields", field=True)
    (made / "cells" / "text.png").write_text("no picture")
    return made


def written(folder, *asked):
    """What a command writes into a file of rows."""
    output = folder / f"rows.{asked[-1]}"
    CliRunner().invoke(app, [*map(str, asked[:-1]), "--output", str(output)])
    with output.open(encoding="utf-8", newline="") as stream:
        if asked[-1] == "csv":
            return list(csv.DictReader(stream))
        return [json.loads(line) for line in stream]


def test_rows_of_classify(folder):
    rows = written(folder, "classify", folder / "cells", "jsonl")
    assert len(rows) == 9
    codes = named("A row of `classify`") - {key for row in rows for key in row}
    for row in rows:
        assert set(row) <= named("A row of `classify`")
    assert codes == raised("InputError")
    records = written(folder, "classify", folder / "cells", "csv")
    classes = set(rows[0]["probabilities"])
    for record in records:
        assert set(record) - classes <= named("A row of `classify`", column=1)
    reasons = named("A row of `classify`", column=2)
    assert {"doubtful", "not_a_cell"} <= reasons
    failed = next(row for row in rows if row["error"])
    assert [key for key, value in failed.items() if value not in (None, [])] == ["path", "error"]


def test_rows_of_count(folder):
    rows = written(folder, "count", folder / "fields", "jsonl")
    own = named("A row of `count`")
    assert set(rows[0]) - named("A row of `classify`") == {"cell"}
    assert own == {"cell", *rows[0]["cell"]}
    records = written(folder, "count", folder / "fields", "csv")
    assert named("A row of `count`", column=1) <= set(records[0])


def test_count(folder):
    result = CliRunner().invoke(app, ["count", str(folder / "fields"), "--json"])
    counted = json.loads(result.stdout)
    keys = {*counted}
    assert named("The count") == keys
    inside = named("The count", column=1)
    assert {key for one in counted["classes"].values() for key in one} <= inside
    assert {counted["schema"], *counted["besides"]} <= inside


def raised(error: str) -> set[str]:
    """Every code that the package gives to an error of a class, its default included."""
    found = {getattr(wbc_edge, error).default_code}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == error:
                found |= {
                    one.value.value
                    for one in node.keywords
                    if one.arg == "code" and isinstance(one.value, ast.Constant)
                }
    return found


def test_python_runs_as_it_stands(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder / "cells")
    for name, other in (("cell", "monocyte"), ("a", "basophil"), ("b", "platelet")):
        Path(f"{name}.png").write_bytes(Path(f"{other}.png").read_bytes())
    code = PAGE.read_text(encoding="utf-8").partition("```python\n")[2].partition("```")[0]
    exec(compile(code, str(PAGE), "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("monocyte ")
    assert [ast.literal_eval(line)["path"] for line in lines[1:]] == ["a.png", "b.png"]
