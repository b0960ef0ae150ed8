from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.paths import FLOAT, INT8
from wbc_edge import card as cards
from wbc_edge import synthetic
from wbc_edge.card import SecondLook
from wbc_edge.errors import GateFailed, UsageError
from wbc_edge.measure import Report, bench, formats, probe, throughput
from wbc_edge.measure.gates import Limits
from wbc_edge.measure.latency import Plan

INF, NAN = float("inf"), float("nan")
QUICK: dict[str, Any] = {"plan": Plan(rounds=2, warmup=0), "cold_rounds": 0, "folder_rounds": 0}


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cells")
    for label in synthetic.LABELS:
        (folder / label).mkdir()
        for seed in range(2):
            pixels = synthetic.draw(label, seed=seed, size=48)
            Image.fromarray(pixels).save(folder / label / f"{seed}.png")
    (folder / "platelet" / "torn_|_image.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return folder


@pytest.fixture(scope="module")
def compared(cells: Path) -> Report:
    limits = Limits(max_drop=0.5, min_agreement=0)
    return bench([INT8], data=cells, reference=FLOAT, limits=limits, **QUICK)


def test_a_model_alone_is_timed_on_drawn_cells() -> None:
    report = bench([INT8], **QUICK)
    (entry,) = report.entries
    assert report.images == "8 drawn cells"
    assert entry.timing.whole.count == 16
    assert entry.timing.whole.p50 >= entry.timing.invoke.p50 > 0
    assert (entry.accuracy, entry.comparison, report.data, report.ratios) == (None, None, None, ())
    report.check()


def test_cold_processes_are_part_of_it() -> None:
    report = bench([INT8], plan=Plan(rounds=1, warmup=0), cold_rounds=1)
    cold = report.entries[0].cold
    assert cold is not None
    assert cold.process > cold.load


def test_a_candidate_is_compared_with_its_reference(compared: Report) -> None:
    reference, candidate = compared.entries
    assert compared.reference == compared.base == reference.name == "tiny-float32 litert x1"
    assert reference.accuracy is not None
    assert reference.comparison is None
    assert candidate.comparison is not None
    assert candidate.comparison.count == 16
    assert {ratio.stage for ratio in compared.ratios} >= {"load", "invoke", "whole"}


def test_unreadable_images_are_counted(compared: Report) -> None:
    assert compared.data is not None
    assert (compared.data.images, compared.data.answered) == (17, 16)
    assert [Path(failure.path).name for failure in compared.data.failures] == ["torn_|_image.png"]


def test_sixteen_images_cannot_show_that_half_a_point_is_kept(compared: Report) -> None:
    outcome = {gate.gate: gate.passed for gate in compared.gates}
    assert outcome == {"max-drop": False, "min-agreement": True}
    with pytest.raises(GateFailed, match=r"--max-drop 0\.5: tiny-int8 litert x1: undecided"):
        compared.check()


def test_accuracy_is_measured_once_for_a_runtime(cells: Path) -> None:
    report = bench([INT8], data=cells, threads=[1, 2], **QUICK)
    assert [entry.accuracy is not None for entry in report.entries] == [True, False]


def test_copies_of_an_image_decide_nothing(cells: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copied"
    shutil.copytree(cells, folder)
    for path in folder.glob("*/[01].png"):
        for number in range(40):
            shutil.copy(path, path.with_name(f"{path.stem}-{number}.png"))
    report = bench([INT8], data=folder, reference=FLOAT, **QUICK)
    comparison = report.entries[1].comparison
    assert comparison is not None
    assert (comparison.count, comparison.independent) == (16 * 41, 16)
    assert comparison.verdict.outcome == "undecided"
    assert "count 16 independent images" in formats.render(report, "md")


def test_images_of_a_slide_are_told_by_a_table(cells: Path, tmp_path: Path) -> None:
    table = tmp_path / "slides.csv"
    rows = [f"{label}/{n}.png,slide {n}" for label in synthetic.LABELS for n in range(2)]
    table.write_text("\n".join(["file,group", *rows]))
    report = bench([INT8], data=cells, groups=table, **QUICK)
    assert report.entries[0].accuracy is not None
    assert report.entries[0].accuracy.independent == 2
    with pytest.raises(UsageError, match="--groups tells which images of --data"):
        bench([INT8], groups=table, **QUICK)


def test_a_reference_is_held_against_what_was_measured_as_it_was() -> None:
    report = bench([INT8], reference=FLOAT, threads=[1, 2], batches=[1, 2], **QUICK)
    bases = {ratio.name: ratio.base for ratio in report.ratios}
    assert bases["tiny-int8 litert x2 batch 2"] == "tiny-float32 litert x2 batch 2"
    assert bases["tiny-int8 litert x1"] == "tiny-float32 litert x1"
    # Other ways to run the reference are held against the first.
    assert bases["tiny-float32 litert x2"] == "tiny-float32 litert x1"
    assert "tiny-int8 litert x2 beside tiny-float32 litert x2:" in formats.render(report, "md")


def test_second_looks_are_told_and_can_be_left_out(
    cells: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twice = tmp_path / "twice.tflite"
    shutil.copy(INT8, twice)
    cards.write(twice, replace(cards.read(INT8), second_look=SecondLook(turns=4, below=1.0)))
    (entry,) = (report := bench([twice], data=cells, **QUICK)).entries
    assert entry.looks == 4
    assert entry.looking_again(entry.looks) == 3 * entry.timing.invoke.p50
    assert "second looks at doubtful cells included" in formats.render(report, "md")
    assert "second looks included" in formats.render(report, "html")
    looks: list[SecondLook | None] = []
    measure = probe.measure

    def noted(requests: Sequence[probe.Request], **how: Any) -> list[probe.Cold]:
        looks.extend(cards.read(request.model).second_look for request in requests)
        return measure(requests, **how)

    # Nor do fresh processes take them.
    monkeypatch.setattr(probe, "measure", noted)
    how = QUICK | {"cold_rounds": 1}
    (entry,) = (report := bench([twice], data=cells, first_look=True, **how)).entries
    assert looks == [None]
    assert report.first_look
    assert (entry.looks, entry.looking_again(entry.looks)) == (1, 0)
    assert "second look" not in formats.render(report, "md")


def test_models_of_other_classes_are_not_compared(cells: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.tflite"
    other.write_bytes(INT8.read_bytes())
    card = json.loads(cards.to_json(cards.read(INT8)))
    card["labels"][0] = "blast"
    cards.write(other, cards.from_json(json.dumps(card)))
    with pytest.raises(UsageError, match="has other classes"):
        bench([other], data=cells, reference=INT8, **QUICK)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"models": []}, "no model"),
        ({"plan": Plan(rounds=0)}, "--rounds"),
        ({"limits": Limits(max_drop=0.5)}, "--max-drop compares answers"),
        ({"limits": Limits(min_agreement=99)}, "--min-agreement compares answers"),
        ({"limits": Limits(max_latency_ratio=1.1)}, "needs a candidate"),
        ({"reference": INT8, "limits": Limits(max_latency_ratio=1.1)}, "needs a candidate"),
        (
            {"reference": INT8, "threads": [1, 2], "limits": Limits(max_latency_ratio=1.1)},
            "not the reference itself",
        ),
        ({"reference": FLOAT, "limits": Limits(max_latency_ratio=9)}, "8 rounds or more, not by 2"),
        ({"limits": Limits(max_latency_ratio=0.0)}, "above 0"),
        ({"data": "d", "reference": INT8, "limits": Limits(max_drop=-1)}, "points from 0"),
        ({"data": "d", "reference": INT8, "limits": Limits(min_agreement=101)}, "0 to 100"),
        ({"data": "d", "reference": INT8, "limits": Limits(min_agreement=0.9)}, "0.9, or 90?"),
        ({"data": "d", "reference": INT8, "limits": Limits(max_drop=INF)}, "--max-drop is a fin"),
        ({"data": "d", "reference": INT8, "limits": Limits(max_drop=NAN)}, "--max-drop is a fin"),
        ({"data": "d", "reference": INT8, "limits": Limits(min_agreement=NAN)}, "a finite number"),
        ({"reference": FLOAT, "limits": Limits(max_latency_ratio=INF)}, "ratio is a finite"),
        ({"reference": FLOAT, "limits": Limits(max_latency_ratio=NAN)}, "ratio is a finite"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        bench(**{"models": [INT8], **QUICK, **arguments})


def test_the_table_fits_into_80_columns(compared: Report) -> None:
    lines = formats.render(compared, "table").splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0] == "1 of 2 gates failed"
    assert any(line.startswith("FAIL  --max-drop 0.5: tiny-int8 litert x1") for line in lines)
    assert any("McNemar" in line for line in lines)


def test_json_holds_everything_under_a_schema(compared: Report) -> None:
    content = json.loads(formats.render(compared, "json"))
    assert next(iter(content)) == "schema"
    assert content["schema"] == "wbc-edge-bench/1"
    assert content["entries"][1]["comparison"]["verdict"]["outcome"] == "undecided"
    assert content["device"]["cores"] >= 1


def test_markdown_is_not_broken_by_a_file_name(compared: Report) -> None:
    text = formats.render(compared, "md")
    assert text.startswith("# wbc-edge ")
    assert r"torn\_\|\_image.png" in text
    for line in text.splitlines():
        if line.startswith("| "):
            assert line.endswith(" |")


@pytest.mark.parametrize("form", formats.FORMATS)
def test_a_file_name_may_be_any_bytes(compared: Report, form: str) -> None:
    assert compared.data is not None
    path = os.fsdecode(b"caf\xe9 \x1b[31m[x](y).png")
    failed = replace(compared.data.failures[0], path=path)
    text = formats.render(replace(compared, data=replace(compared.data, failures=(failed,))), form)
    assert "caf\\udce9 " in text.encode().decode()
    if form == "json":
        assert json.loads(text)["data"]["failures"][0]["path"] == path
    if form == "md":
        assert r"\[x](y).png" in text
    if form != "html":  # which no terminal shows
        assert "\x1b" not in text


def test_a_report_takes_the_form_of_its_ending(compared: Report, tmp_path: Path) -> None:
    formats.write(compared, tmp_path / "r.md")
    formats.write(compared, tmp_path / "r.JSON")
    assert (tmp_path / "r.md").read_text(encoding="utf-8").startswith("# wbc-edge")
    assert json.loads((tmp_path / "r.JSON").read_text(encoding="utf-8"))
    with pytest.raises(UsageError, match=r"ends in \.html, \.json, \.md, \.txt, not \.pdf"):
        formats.form_of("r.pdf")
    with pytest.raises(UsageError, match="no format 'xml'; choose table, json, md, html"):
        formats.render(compared, "xml")


def test_a_folder_is_timed_on_its_pictures_as_classify_takes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synthetic.write_dataset(tmp_path, 1, size=32)
    for path in tmp_path.glob("*/*.png"):
        path.with_suffix(".txt").write_text("a table")
    taken: list[Path] = []

    def measure(_: object, paths: list[Path], **__: object) -> tuple[()]:
        taken.extend(paths)
        return ()

    monkeypatch.setattr(throughput, "measure", measure)
    bench([INT8], data=tmp_path, **{**QUICK, "folder_rounds": 1})
    assert [path.suffix for path in taken] == [".png"] * 8


def test_where_a_report_cannot_be_written_is_told_beforehand(tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "file").write_text("kept")
    for place, reason in (
        ("nodir/r.json", "No such file"),
        ("folder.json", "Is a directory"),
        ("file/r.json", "Not a directory"),
        (f"{'x' * 300}.json", "too long"),
    ):
        with pytest.raises(UsageError, match=f"cannot write .*{reason}"):
            formats.check_target(tmp_path / place)
    with pytest.raises(UsageError, match=r"not \.pdf"):
        formats.check_target(tmp_path / "r.pdf")


def test_to_look_whether_a_report_can_be_written_changes_nothing(tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    old.write_text("kept")
    formats.check_target(old)
    formats.check_target(tmp_path / "new.json")
    assert [path.name for path in tmp_path.iterdir()] == ["old.json"]
    assert old.read_text() == "kept"


def test_a_folder_that_may_not_be_written_to_is_told_beforehand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:  # root, who runs tests in containers, may write anywhere
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with pytest.raises(UsageError, match=r"cannot write .*: Permission denied"):
        formats.check_target(tmp_path / "r.json")
