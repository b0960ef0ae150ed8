from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from train.evaluation import report
from train.evaluation.cells import Cells, take_recorded
from train.evaluation.evaluate import evaluate
from train.evaluation.figures import figures
from train.evaluation.slices import slices
from train.evaluation.subject import open_subject
from train.run import Run
from train.sources import attributes
from train.sources.sample import Sample
from wbc_edge.errors import UsageError

LABELS = ("basophil", "monocyte")


def _cells(count: int, folder: Path) -> Cells:
    """Cells of two classes in turn, of which every second pair is of a sub-type."""
    for number in range(count):
        (folder / f"{number}").write_text(f"cell {number}")
    samples = tuple(
        Sample(
            key=f"{LABELS[number % 2]}/{number:02}.png",
            path=folder / f"{number}",
            label=LABELS[number % 2],
            group=str(number),
            sub_type="young" if number % 4 > 1 else None,
        )
        for number in range(count)
    )
    return Cells(
        source="drawn",
        path=Path(),
        part="all",
        samples=samples,
        other=0,
        conflicts=0,
        split_sha256="",
    )


def test_errors_are_told_by_the_attribute_that_their_cells_share(tmp_path: Path) -> None:
    cells = _cells(40, tmp_path)
    # All right but the monocytes that scanner B took, which are called basophils.
    scanner = {sample.key: {"scanner": "AB"[i // 20]} for i, sample in enumerate(cells.samples)}
    wrong = [s.label == "monocyte" and scanner[s.key]["scanner"] == "B" for s in cells.samples]
    called = [0 if w else LABELS.index(s.label) for s, w in zip(cells.samples, wrong, strict=True)]
    found = figures(np.eye(2)[called] * 0.8 + 0.1, cells.truth, LABELS)
    a, b = slices(found, cells, scanner)
    assert (a.attribute, a.value, a.count, a.accuracy.value, a.confused) == (
        "scanner", "A", 20, 1.0, None,
    )  # fmt: skip
    assert (b.value, b.accuracy.value, b.confused) == ("B", 0.5, ("monocyte", "basophil", 10))
    assert not a.below
    assert b.accuracy.low < 0.5 < b.accuracy.high < 0.75
    assert b.below
    # Of the cells of scanner B alone, its accuracy is the accuracy.
    some = {key: {**row, "day": key[-5]} for key, row in scanner.items() if row["scanner"] == "B"}
    assert not any(one.below for one in slices(found, cells, some))


def test_a_sub_type_is_an_attribute_and_one_value_alone_is_none(tmp_path: Path) -> None:
    cells = _cells(8, tmp_path)
    old = tuple(replace(s, sub_type=s.sub_type or "old") for s in cells.samples)
    found = figures(np.full((8, 2), 0.5), cells.truth, LABELS)
    assert slices(found, cells, {}) == ()
    values = [item.value for item in slices(found, replace(cells, samples=old), {})]
    assert values == ["old", "young"]


def test_a_table_names_cells_by_path_or_by_stem(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("file,stain,scanner\nbasophil/00.png,MGG,\n01,Wright,B\n")
    known = attributes.read(path)
    first, second, third = _cells(3, tmp_path).samples
    assert attributes.of(first, known) == {"stain": "MGG"}
    assert attributes.of(second, known) == {"stain": "Wright", "scanner": "B"}
    assert attributes.of(third, known) == {"sub_type": "young"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("file\na\n", "has no values besides those of 'file'"),
        ("file,stain\na,MGG,B\n", "line 2: has more fields than the header"),
        ("stain\nMGG\n", "the column 'file' is missing"),
    ],
)
def test_a_table_without_attributes_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text)
    with pytest.raises(UsageError, match=reason):
        attributes.read(path)


def test_a_table_of_other_cells_is_refused(tmp_path: Path) -> None:
    samples = _cells(3, tmp_path).samples
    with pytest.raises(UsageError, match="names none of the cells"):
        attributes.check({"elsewhere": {"stain": "MGG"}}, samples, tmp_path)
    attributes.check({"01.png": {"stain": "MGG"}}, samples, tmp_path)
    twice = (*samples, replace(samples[1], key="elsewhere/01.png"))
    with pytest.raises(UsageError, match=r"'01\.png' is the name of 2 cells"):
        attributes.check({"01.png": {"stain": "MGG"}}, twice, tmp_path)


def test_the_report_has_a_row_for_each_value(run: Run) -> None:
    subject = open_subject(str(run.folder))
    cells = take_recorded(run, part="all")
    known = {s.key: {"scanner": s.label[0]} for part in cells for s in part.samples}
    evaluation = evaluate(subject, cells, known=known)
    page, document = report.to_html(evaluation), report.to_document(evaluation)
    assert "By attribute" in page
    (part,) = document["parts"]
    assert [row["value"] for row in part["slices"]] == sorted(
        {s.label[0] for s in cells[0].samples}
    )
    assert sum(row["count"] for row in part["slices"]) == len(cells[0].samples)
    assert "By attribute" not in report.to_html(evaluate(subject, cells))
