from __future__ import annotations

import json
import math
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from train import pages
from train.evaluation import report
from train.evaluation.compare import compare
from train.evaluation.evaluate import Evaluation, evaluate, gather
from train.evaluation.subject import open_subject
from train.run import Run
from train.sources import Source
from wbc_edge.errors import UsageError


@pytest.fixture(scope="module")
def evaluation(run: Run) -> Evaluation:
    subject = open_subject(str(run.folder))
    return evaluate(subject, gather(subject, [], part="val"))


def _is_whole(page: str) -> None:
    """Nothing is left to be fetched, filled in or read as markup."""
    links = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert all(link.startswith(("data:", "#")) for link in links)
    assert "{{" not in page
    assert "None" not in page
    assert "nan" not in re.findall(r">\s*(\S+)\s*<", page)


def test_the_page_is_complete_in_itself(evaluation: Evaluation, tmp_path: Path) -> None:
    page = report.write(evaluation, tmp_path / "out").read_text(encoding="utf-8")
    _is_whole(page)
    assert page.count("<svg") == 6  # five of the cells and the training curves
    (part,) = evaluation.parts
    assert page.count("<figcaption><b>") == len(part.figures.mistakes) > 0
    assert "was trained or chosen on 8 of these 8 cells" in page
    assert "Which patient or slide each comes from is not known" in page


def test_the_document_holds_every_figure(evaluation: Evaluation, tmp_path: Path) -> None:
    report.write(evaluation, tmp_path)
    found = json.loads((tmp_path / "evaluation.json").read_text(encoding="utf-8"))
    assert (found["schema"], found["kind"]) == (1, "evaluation")
    assert found["subject"]["form"] == "keras"
    (part,) = found["parts"]
    assert part["data"]["cells"] == part["figures"]["count"] == 8
    for name in ("accuracy", "coverage", "risk", "calibration_error"):
        assert {"value", "low", "high"} == set(part["figures"][name])
    for mistake in part["figures"]["mistakes"]:
        assert Path(mistake["path"]).is_file()
        assert mistake["key"].split("/")[0] == mistake["truth"] != mistake["predicted"]
    assert [row["epoch"] for row in found["history"]] == [1, 2]


def test_an_epoch_without_a_loss_keeps_no_report_from_being_written(
    evaluation: Evaluation, tmp_path: Path
) -> None:
    first, second = evaluation.history
    diverged = replace(evaluation, history=(first, {**second, "loss": math.nan}))
    _is_whole(report.write(diverged, tmp_path).read_text(encoding="utf-8"))
    found = json.loads((tmp_path / "evaluation.json").read_text(encoding="utf-8"))
    assert [row["loss"] for row in found["history"]] == [first["loss"], None]


def test_names_are_text_and_not_markup(evaluation: Evaluation) -> None:
    strange = replace(evaluation.identity, name='<script>alert("1")</script>')
    page = report.to_html(replace(evaluation, identity=strange))
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_comparison_is_complete_as_well(
    run: Run, tflite: str, drawn_cells: Path, tmp_path: Path
) -> None:
    first, second = open_subject(tflite), open_subject(str(run.folder))
    classes = ("monocyte", "neutrophil", "platelet")
    cells = gather(first, [Source(reader="folder", path=drawn_cells)], classes=classes)
    comparison = compare([first, second], cells, classes=classes)
    page = report.write_comparison(comparison, tmp_path).read_text(encoding="utf-8")
    _is_whole(page)
    assert page.count("<svg") == 1
    found = json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))
    assert found["kind"] == "comparison"
    (pair,) = found["parts"][0]["pairs"]
    assert (pair["first"], pair["second"]) == ("tiny-int8.tflite", "first")
    assert set(pair["f1"]) == set(classes)
    assert pair["accuracy"]["count"] == 3


def test_a_report_is_not_replaced_unasked(tmp_path: Path) -> None:
    pages.save(tmp_path, "evaluation", "", {})
    with pytest.raises(UsageError, match="holds a report already"):
        pages.refuse_to_replace(tmp_path, "evaluation", overwrite=False)
    pages.refuse_to_replace(tmp_path, "evaluation", overwrite=True)
    pages.refuse_to_replace(tmp_path, "comparison", overwrite=False)
    with pytest.raises(UsageError, match="is a file"):
        pages.refuse_to_replace(tmp_path / "evaluation.json", "evaluation", overwrite=True)


def test_a_folder_that_cannot_be_is_refused_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="file: is a file; --out names a folder"):
        pages.refuse_to_replace(tmp_path / "file" / "out", "evaluation", overwrite=True)
    if sys.platform == "linux":
        with pytest.raises(UsageError, match="cannot write"):
            pages.refuse_to_replace(Path("/proc/out"), "evaluation", overwrite=True)
    pages.refuse_to_replace(tmp_path / "new" / "out", "evaluation", overwrite=False)
    assert not (tmp_path / "new").exists()
