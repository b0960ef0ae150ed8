from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.train.study.published.rows import FIRST, SECOND
from train.evaluation.costly import Costly
from train.study.outcome import load
from train.study.published import table
from train.study.published.outcome import Outcome, Small
from train.study.published.perform import earlier, folder_of, outcomes
from wbc_edge.errors import UsageError
from wbc_edge.measure.intervals import Estimate

OUTCOME = Outcome(
    start="ImageNet",
    budget="112 px, 15 epochs",
    epochs=11,
    seconds=7_260.0,
    machine="a machine",
    parameters=2_824_645,
    train=900,
    test=100,
    independent=71,
    top1=Estimate(value=0.99, low=0.97, high=1.0),
    macro_f1=Estimate(value=0.985, low=0.96, high=1.0),
    small=Small(
        bytes=3_100_000, top1=Estimate(value=0.98, low=0.96, high=0.99), float_operators="NEG"
    ),
)


def test_the_table_holds_the_figures_and_what_has_to_be_known_about_them() -> None:
    text = table.markdown([(FIRST, OUTCOME), (SECOND, None)], title="A study", command="make it")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in rows} == {len(table.COLUMNS) + 1}
    assert rows[2] == (
        "| first | none | drawn cells | 87.50 % | 99.00 % (97.00 to 100.00) "
        "| 98.00 % (96.00 to 99.00) | 2.82 M | 3.10 MB | ImageNet | 112 px, 15 epochs "
        "| 2 h 01 min |"
    )
    assert "| not finished |" in rows[3]
    assert text.startswith("# A study\n")
    assert "Written by `make it`." in text
    assert "100 test cells, 71 of them independent; 11 epochs trained" in text
    assert "float operators in int8: NEG; published: made up; drawn, not seen." in text
    assert "Trained on: a machine." in text


def test_an_original_that_costs_a_point_is_told() -> None:
    few, many = (
        Costly(group=group, truth="monocyte", called="neutrophil", cells=9, wrong=wrong)
        for group, wrong in (("few", 1), ("many", 7))
    )
    costly = replace(OUTCOME, test=150, costly=(many, few))
    text = table.markdown([(FIRST, costly)], title="A study", command="make it")
    assert "4.7 points are lost by original many (monocyte) alone, called neutrophil in 7" in text
    assert "original few" not in text


def test_the_figures_are_written_for_programs_too(tmp_path: Path) -> None:
    path = tmp_path / "docs" / "study.md"
    table.write([(FIRST, OUTCOME), (SECOND, None)], path, title="A study", command="make it")
    document = json.loads(path.with_suffix(".json").read_text())
    assert document["rows"][0]["outcome"]["top1"] == {"value": 0.99, "low": 0.97, "high": 1.0}
    assert document["rows"][1]["outcome"] is None


def test_an_outcome_is_read_back_as_it_was(tmp_path: Path) -> None:
    for outcome in (OUTCOME, replace(OUTCOME, small=None)):
        outcome.save(tmp_path / "study.json")
        assert load(Outcome, tmp_path / "study.json") == outcome


@pytest.mark.parametrize(
    ("text", "reason"),
    [("[]", "holds no table"), ("{}", "is missing"), ('{"epoch": 1}', "no such setting 'epoch'")],
)
def test_an_outcome_that_is_none_is_named(text: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "study.json").write_text(text)
    with pytest.raises(UsageError, match=rf"study\.json: .*{reason}"):
        load(Outcome, tmp_path / "study.json")


def test_an_earlier_table_gives_the_rows_that_have_no_run_here(tmp_path: Path) -> None:
    path = tmp_path / "study.md"
    kept = replace(OUTCOME, budget=str(FIRST.budgets["small"]))
    table.write([(FIRST, kept), (SECOND, OUTCOME)], path, title="A study", command="make it")
    entries, runs = [FIRST, SECOND], tmp_path / "runs"
    asked = partial(earlier, path.with_suffix(".json"), entries, runs, data=tmp_path, weights=None)
    # The second row's budget has changed since.
    found = asked(budget="small")
    assert found == {"first": kept}
    assert outcomes(entries, runs, "small", found) == [(FIRST, kept), (SECOND, None)]
    assert outcomes(entries, runs, "small", found, ["first"]) == [(FIRST, None), (SECOND, None)]
    folder_of(FIRST, runs, "small").mkdir(parents=True)
    assert asked(budget="small") == {}


def test_an_earlier_row_of_other_settings_is_done_again(tmp_path: Path) -> None:
    path = tmp_path / "study.md"
    now = FIRST.config(tmp_path / "elsewhere", None, "small").sha256
    for settings, names in ((now, {"first"}), ("0" * 64, set())):
        kept = replace(OUTCOME, budget=str(FIRST.budgets["small"]), settings=settings)
        table.write([(FIRST, kept)], path, title="A study", command="make it")
        file, runs = path.with_suffix(".json"), tmp_path / "runs"
        found = earlier(file, [FIRST], runs, data=tmp_path, weights=None, budget="small")
        assert found.keys() == names


def test_another_document_is_no_earlier_table(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    for text, reason in (
        ('{"rows": 3}', "not the .json file of a study's table"),
        ('{"rows": [{"name": "first", "outcome": 3}]}', "has to be a table, not 3"),
    ):
        path.write_text(text)
        with pytest.raises(UsageError, match=rf"other\.json: .*{re.escape(reason)}"):
            earlier(path, [FIRST], tmp_path, data=tmp_path, weights=None, budget="small")
