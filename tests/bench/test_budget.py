from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench import budget
from bench.cli import app
from tests.paths import INT8
from wbc_edge import card as cards
from wbc_edge.card import Metric, SecondLook
from wbc_edge.errors import GateFailed, UsageError
from wbc_edge.figure import LOOKED_AGAIN


def test_a_model_is_held_against_the_yardstick(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Converting the true one takes longer than the test should: the model itself is the yardstick.
    monkeypatch.setattr(budget, "yardstick", INT8.read_bytes)
    monkeypatch.setattr(budget, "SIDE", 32)
    written = tmp_path / "budget.json"
    arguments = ["budget", f"{INT8}=100", "edge=0.0001", "--rounds", "6"]
    result = CliRunner().invoke(app, [*arguments, "--output", str(written)])
    assert result.exit_code == 0, result.output
    *judged, told = result.output.splitlines()
    assert [line[:4] for line in judged] == ["PASS", "FAIL"]
    assert told.startswith("edge: ")
    assert "with second looks" in told
    document = json.loads(written.read_text())
    assert document["schema"] == budget.SCHEMA
    assert [figure["passed"] for figure in document["figures"]] == [True, False]
    strict = CliRunner().invoke(app, [*arguments, "--strict"])
    assert isinstance(strict.exception, GateFailed)


def test_second_looks_count_as_often_as_the_card_says() -> None:
    card = cards.read(INT8)
    assert budget.mean_looks(card) == 1
    again = Metric(name=LOOKED_AGAIN, value=0.05, dataset="pbc test split", count=100)
    twice = replace(card, second_look=SecondLook(turns=8, below=0.9), metrics=(again,))
    assert budget.mean_looks(twice) == pytest.approx(1.35)


def test_a_budget_without_a_number_is_refused() -> None:
    for text in ("edge", "edge=", "edge=fast", "=1", "edge=-1", "edge=0", "edge=inf"):
        with pytest.raises(UsageError, match="expected MODEL=RATIO"):
            budget.command([text])
