"""What is worse than before, and what is only noise."""

from __future__ import annotations

import copy
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from tests.paths import INT8
from wbc_edge import synthetic
from wbc_edge.cli import app
from wbc_edge.errors import GateFailed, UsageError
from wbc_edge.measure import bench, formats, regressions
from wbc_edge.measure.formats import comparison
from wbc_edge.measure.latency import Plan


def report(
    seed: int = 0, *, slower: float = 1.0, wrong: int = 0, peak: int = 100
) -> dict[str, Any]:
    """A report of one contender: 15 noisy rounds about 2 ms, 200 images of which `wrong` are."""
    rng = np.random.default_rng(seed)
    rounds = (2 * slower * (1 + 0.1 * rng.exponential(size=15))).tolist()
    return {
        "schema": "wbc-edge-bench/1",
        "version": "1.0",
        "device": {"processor": "p", "cores": 2, "packages": {"numpy": "2.0"}},
        "images": "8 drawn cells",
        "data": {"paths": [f"{n}.png" for n in range(200)], "truth": ["a"] * 200},
        "entries": [
            {
                "name": "net litert x1",
                "model": "models/net.tflite",
                "sha256": "00",
                "threads": 1,
                "batch": 1,
                "size": 1000,
                "timing": {"whole": {"by_round": rounds}},
                "cold": {"peak_by_round": [peak] * 5},
                "folder": None,
                "accuracy": {"labels": ["a", "b"]},
                "predicted": [1] * wrong + [0] * (200 - wrong),
            }
        ],
    }


@pytest.fixture
def saved(tmp_path: Path) -> Any:
    def save(content: dict[str, Any], name: str) -> Path:
        path = tmp_path / name
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    return save


def found(saved: Any, old: dict[str, Any], new: dict[str, Any], **options: float) -> Any:
    return regressions.compare(saved(old, "old.json"), saved(new, "new.json"), **options)


def outcomes(result: regressions.Regressions) -> dict[str, str]:
    return {change.figure: change.outcome for change in result.changes}


def test_two_runs_of_the_same_are_the_same(saved: Any) -> None:
    for seed in range(20):
        result = found(saved, report(seed), report(seed + 100))
        assert set(outcomes(result).values()) == {"same"}
        result.check()


def test_a_slower_run_is_found_and_its_reverse_is_better(saved: Any) -> None:
    result = found(saved, report(1), report(2, slower=1.3))
    assert outcomes(result)["whole"] == "worse"
    assert outcomes(found(saved, report(2, slower=1.3), report(1)))["whole"] == "better"
    assert outcomes(found(saved, report(1), report(2, slower=1.3), tolerance=60))["whole"] == "same"


def test_accuracy_is_compared_image_by_image(saved: Any) -> None:
    assert outcomes(found(saved, report(), report(wrong=10)))["top-1"] == "worse"
    assert outcomes(found(saved, report(), report()))["top-1"] == "same"
    assert outcomes(found(saved, report(wrong=10), report()))["top-1"] == "better"
    assert outcomes(found(saved, report(), report(wrong=10), max_drop=12))["top-1"] == "same"


def test_pictures_that_were_replaced_under_their_names_are_not_compared(saved: Any) -> None:
    old, new = report(), report(wrong=10)
    old["data"]["digests"] = [f"{n:x}" for n in range(200)]
    new["data"]["digests"] = ["other"] * 10 + old["data"]["digests"][10:]
    result = found(saved, old, new)
    assert outcomes(result)["top-1"] == "same"
    (told,) = [caution for caution in result.cautions if "top-1" in caution]
    assert told.endswith("on 190 images; 200 were answered, 200 are, 10 of them other pictures now")
    new["data"]["digests"] = ["other"] * 200
    with pytest.raises(UsageError, match="no labelled image in common"):
        found(saved, old, new)
    # Nor can a class pass whose pictures have all been replaced.
    for content in (old, new):
        content["data"]["truth"] = ["b"] * 20 + ["a"] * 180
    old["entries"][0]["predicted"] = [1] * 20 + [0] * 180
    new["data"]["digests"] = ["other"] * 20 + old["data"]["digests"][20:]
    result = found(saved, old, new)
    assert result.missing == ("net litert x1: the recall of b, of which there is no image",)
    for content in (old, new):
        content["data"]["truth"] = ["a"] * 200
    old["entries"][0]["predicted"] = [0] * 200
    # An earlier release did not tell.
    del old["data"]["digests"]
    assert outcomes(found(saved, old, new))["top-1"] == "worse"


def test_a_measured_loss_that_may_be_chance_is_not_called_none(saved: Any) -> None:
    result = found(saved, report(), report(wrong=2))
    assert outcomes(result)["top-1"] == "undecided"
    result.check()
    told = comparison.render(result, "md")
    assert "Nothing is shown to be worse, and not all to be as good" in told
    assert "UNDECIDED net litert x1: top-1 100.00 -> 99.00 %" in told


def test_a_class_that_is_lost_is_found_where_the_others_hide_it(saved: Any) -> None:
    old, new = report(), report()
    for content in (old, new):
        content["data"]["truth"] = ["b"] * 20 + ["a"] * 180
    old["entries"][0]["predicted"] = [1] * 20 + [0] * 180
    new["entries"][0]["predicted"] = [0] * 12 + [1] * 8 + [0] * 180
    told = outcomes(found(saved, old, new, max_drop=10))
    assert told["top-1"] != "worse"
    assert (told["recall of b"], told["recall of a"]) == ("worse", "same")


def test_images_that_belong_together_are_one_piece_of_evidence(saved: Any) -> None:
    new = report(wrong=10)
    assert outcomes(found(saved, report(), new))["top-1"] == "worse"
    grouped = ["a slide"] * 10 + [f"file {n}" for n in range(190)]
    new["data"]["groups"] = grouped
    assert outcomes(found(saved, report(), new))["top-1"] == "undecided"
    # Whichever report knows of it.
    old = report()
    old["data"]["groups"] = grouped
    assert outcomes(found(saved, old, report(wrong=10)))["top-1"] == "undecided"


def test_a_time_that_grew_beyond_the_tolerance_and_may_be_noise_is_not_called_the_same(
    saved: Any,
) -> None:
    old, new = report(), report()
    old["entries"][0]["cold"]["command_by_round"] = [100.0, 101, 102, 130, 131]
    new["entries"][0]["cold"]["command_by_round"] = [115.0, 116, 117, 118, 119]
    told = found(saved, old, new)
    assert outcomes(told)["command"] == "undecided"
    told.check()
    assert outcomes(found(saved, new, old))["command"] == "same"
    old["entries"][0]["folder"] = {"by_round": [100.0, 101, 102, 130, 131]}
    new["entries"][0]["folder"] = {"by_round": [85.0, 86, 87, 99, 100.5]}
    assert outcomes(found(saved, old, new))["folder"] == "undecided"


@pytest.mark.parametrize("busy", ["old", "new"])
def test_on_a_machine_with_other_work_no_time_is_called_worse(saved: Any, busy: str) -> None:
    sides = {"old": report(1), "new": report(2, slower=1.3, peak=200)}
    assert outcomes(found(saved, **sides))["whole"] == "worse"
    sides[busy]["before"] = {"load": 4.0}
    told = found(saved, **sides)
    assert outcomes(told) == {
        **{"whole": "undecided", "memory": "worse", "file": "same", "top-1": "same"}
    }
    assert any("other work was running" in caution for caution in told.cautions)


def test_figures_of_accuracy_share_the_risk_of_an_alarm(saved: Any) -> None:
    def many(wrong: int) -> dict[str, Any]:
        content = report(wrong=wrong)
        entries = [dict(content["entries"][0], name=f"net x{n}", threads=n) for n in range(1, 13)]
        return content | {"entries": entries}

    alone = found(saved, report(), report(wrong=6))
    together = found(saved, many(0), many(6))
    level = [change.level for change in alone.changes if change.figure == "top-1"]
    levels = {change.level for change in together.changes if change.figure == "top-1"}
    assert (level, levels) == ([0.95], {1 - 0.05 / 12})
    assert outcomes(alone)["top-1"] == "worse"
    assert outcomes(together)["top-1"] == "undecided"
    assert "99.58 % interval" in comparison.render(together, "md")


def test_a_contender_is_known_by_its_file_where_its_name_has_changed(saved: Any) -> None:
    new = report(slower=1.5)
    new["entries"][0] |= {"name": "net.tflite onnxruntime x1", "model": "other/net.tflite"}
    new["entries"][0]["sha256"] = "01"
    result = found(saved, report(), new)
    assert {change.candidate for change in result.worse} == {"net.tflite onnxruntime x1"}
    assert (
        "net.tflite onnxruntime x1 is compared with what was called net litert x1"
        in result.cautions
    )
    assert "the file of net.tflite onnxruntime x1 has changed" in result.cautions
    new["entries"][0]["threads"] = 2
    with pytest.raises(UsageError, match="no contender in common"):
        found(saved, report(), new)


def test_images_that_one_run_alone_answered_do_not_count_and_are_told(saved: Any) -> None:
    other = report(wrong=100)
    other["data"]["paths"][:100] = [f"other/{n}.png" for n in range(100)]
    result = found(saved, report(), other)
    assert outcomes(result)["top-1"] == "same"
    told = "top-1 of net litert x1 is compared on 100 images; 200 were answered, 200 are"
    assert told in result.cautions


def test_reports_without_a_common_image_do_not_pass_for_equal(saved: Any) -> None:
    other = report(wrong=200)
    other["data"]["paths"] = [f"other/{n}.png" for n in range(200)]
    with pytest.raises(UsageError, match="no labelled image in common"):
        found(saved, report(), other)


def test_accuracy_that_is_not_measured_any_more_does_not_pass_for_as_good(saved: Any) -> None:
    timed = report()
    timed["data"] = timed["entries"][0]["predicted"] = timed["entries"][0]["accuracy"] = None
    result = found(saved, report(), timed)
    assert result.missing == ("net litert x1: its accuracy",)
    with pytest.raises(GateFailed, match=r"^not told by .*new.json: net litert x1: its accuracy$"):
        result.check()
    assert "\nMISSING  net litert x1: its accuracy" in comparison.render(result, "table")
    # What was not measured before is no loss.
    result = found(saved, timed, report())
    result.check()
    assert result.cautions == ("net litert x1 has top-1 in the later report alone",)


def test_nor_does_a_class_without_an_image(saved: Any) -> None:
    old, new = report(), report()
    old["data"]["truth"][:20] = ["b"] * 20
    old["entries"][0]["predicted"][:20] = [1] * 20
    for key in ("paths", "truth"):
        new["data"][key] = new["data"][key][20:]
    new["entries"][0]["predicted"] = new["entries"][0]["predicted"][20:]
    result = found(saved, old, new)
    assert result.missing == ("net litert x1: the recall of b, of which there is no image",)
    with pytest.raises(GateFailed, match="recall of b"):
        result.check()


def test_figures_of_one_report_alone_are_told(saved: Any) -> None:
    old, new = report(), report()
    new["entries"][0]["cold"] = None
    result = found(saved, old, new)
    assert "memory" not in outcomes(result)
    assert "net litert x1 has memory in the earlier report alone" in result.cautions


def test_too_few_rounds_are_no_regression_and_are_told(saved: Any) -> None:
    old, new = report(), report(1, peak=200)
    for content in (old, new):
        content["entries"][0]["cold"]["peak_by_round"] = content["entries"][0]["cold"][
            "peak_by_round"
        ][:4]
    result = found(saved, old, new)
    assert {change.figure: change.outcome for change in result.changes}["memory"] == "undecided"
    assert "too few rounds to tell a change of net litert x1: memory" in result.cautions


def test_what_disturbed_a_report_is_repeated(saved: Any) -> None:
    old, new = report(), report(1)
    new["before"], new["after"] = {"load": 3.0}, {"throttling": ["under-voltage"]}
    assert found(saved, old, new).cautions == (
        "other work was running at the later report (load 3.0 before)",
        "the firmware told of the later one: under-voltage",
    )


def test_memory_and_file_grow(saved: Any) -> None:
    heavier = report(peak=120)
    heavier["entries"][0]["size"] = 1100
    result = found(saved, report(), heavier)
    assert (outcomes(result)["memory"], outcomes(result)["file"]) == ("worse", "worse")


def test_another_machine_is_a_caution(saved: Any) -> None:
    other = copy.deepcopy(report())
    other["device"] = {"processor": "q", "cores": 2, "packages": {"numpy": "2.1"}}
    other["entries"].append({**other["entries"][0], "name": "new"})
    cautions = "\n".join(found(saved, report(), other).cautions)
    assert "processor was p, is q" in cautions
    assert "numpy was 2.0, is 2.1" in cautions
    assert "new is in the later report alone" in cautions


def test_cautions_come_in_the_order_of_their_names(saved: Any) -> None:
    other = report()
    names = [f"net{n} litert x1" for n in range(8)]
    other["entries"] += [{**other["entries"][0], "name": name} for name in reversed(names)]
    told = [f"{name} is in the later report alone" for name in names]
    assert list(found(saved, report(), other).cautions) == told


def test_a_report_that_contradicts_itself_is_refused(saved: Any) -> None:
    short, foreign, worded, huge, endless = (report() for _ in range(5))
    huge["entries"][0]["size"] = 10**400
    endless["entries"][0]["size"] = float("nan")
    short["data"]["truth"] = ["a"]
    foreign["entries"][0]["predicted"][0] = 9
    worded["entries"][0]["timing"]["whole"]["by_round"] = ["fast"]
    for broken in (short, foreign, worded, huge, endless):
        with pytest.raises(UsageError, match="is not a whole report"):
            found(saved, report(), broken)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "is not a JSON report"),
        ("[]", "is not a report of wbc-edge bench"),
        ('{"schema": "wbc-edge-speed/1"}', "is not a report of wbc-edge bench"),
        ('{"schema": "wbc-edge-bench/2"}', "reads up to wbc-edge-bench/1; update"),
        ('{"schema": "wbc-edge-bench/1", "entries": [{}]}', "is not a whole report"),
        (json.dumps({**report(), "entries": []}), "no contender in common"),
        ("[" * 100_000, "is not a JSON report"),
        (f'{{"schema": "wbc-edge-bench/{"9" * 5_000}"}}', "is not a report of wbc-edge bench"),
    ],
)
def test_what_is_no_report_is_refused(saved: Any, content: str, sentence: str) -> None:
    new = saved({}, "new.json")
    new.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=sentence):
        regressions.compare(saved(report(), "old.json"), new)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no device without an end")
def test_what_has_no_end_is_refused(saved: Any) -> None:
    with pytest.raises(UsageError, match=r"/dev/zero is not a JSON report: .* larger than 64 MB"):
        regressions.compare(saved(report(), "old.json"), "/dev/zero")


def test_the_command_ends_with_3_where_something_is_worse(saved: Any) -> None:
    old, new = str(saved(report(), "old.json")), str(saved(report(wrong=20), "new.json"))
    worse = CliRunner().invoke(app, ["bench", "compare", old, new])
    assert worse.exit_code == 3
    assert worse.stdout.startswith("1 of 4 figures are worse\n")
    assert max(map(len, worse.stdout.splitlines())) <= 80
    assert worse.stderr.startswith(f"wbc-edge: worse than {old}: net litert x1: top-1 100.00 -> 90")
    same = CliRunner().invoke(app, ["bench", "compare", old, old, "--format", "json"])
    assert same.exit_code == 0
    assert json.loads(same.stdout)["schema"] == "wbc-edge-bench-compare/2"
    text = CliRunner().invoke(app, ["bench", "compare", old, old, "--format", "md"])
    assert text.stdout.startswith(f"# {old} beside {old}")


def test_reports_may_be_called_by_any_bytes(saved: Any) -> None:
    same = found(saved, report(), report())
    named = replace(same, old=os.fsdecode(b"caf\xe9.json"), cautions=("\x1b[31m",))
    for form in ("json", "md"):
        assert "caf\\udce9.json" in comparison.render(named, form).encode().decode()
    assert "\x1b" not in comparison.render(named, "table")


def test_a_written_report_can_be_compared_with_itself(drawn_cells: Path, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    measured = bench(
        [INT8],
        data=drawn_cells,
        plan=Plan(rounds=2, warmup=0),
        cold_rounds=1,
        folder_rounds=1,
    )
    formats.write(measured, path)
    result = regressions.compare(path, path)
    assert set(outcomes(result)) == {
        *("whole", "interpreter", "load", "command", "memory", "folder", "file", "top-1"),
        *(f"recall of {label}" for label in synthetic.LABELS),
    }
    assert set(outcomes(result).values()) == {"same"}


def test_a_time_of_next_to_nothing_is_refused(saved: Any) -> None:
    instant = report()
    instant["entries"][0]["timing"]["whole"]["by_round"] = [1e-308] * 15
    with pytest.raises(UsageError, match="is not a whole report"):
        found(saved, instant, report())


@pytest.mark.parametrize("option", ["tolerance", "max_drop"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0])
def test_a_limit_is_a_finite_number_from_0(saved: Any, option: str, value: float) -> None:
    with pytest.raises(UsageError, match="is a finite number from 0"):
        found(saved, report(), report(), **{option: value})


@pytest.mark.parametrize(
    ("given", "option"), [(["--format", "json"], "--format"), (["--input", "8x8"], "--input")]
)
def test_options_of_bench_are_not_passed_over(given: list[str], option: str) -> None:
    refused = CliRunner().invoke(app, ["bench", *given, "compare", "old.json", "new.json"])
    assert refused.exit_code == 2
    sentence = f"{option} is an option of bench, not of bench compare"
    assert refused.stderr.strip() == f"wbc-edge: {sentence}"
