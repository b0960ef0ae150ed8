from __future__ import annotations

import pytest

from wbc_edge.classifier import Prediction
from wbc_edge.count import Count
from wbc_edge.errors import InputError
from wbc_edge.fields import Field, FieldCell
from wbc_edge.measure.intervals import wilson
from wbc_edge.nucleus import Nucleus

LABELS = ("lymphocyte", "neutrophil", "platelet")


def _field(*answers: str) -> Field:
    """A field of cells by their class, or by why there is none."""
    cells = []
    for number, answer in enumerate(answers, 1):
        reason = answer if answer in ("doubtful", "not_a_cell") else None
        label = "neutrophil" if reason else answer
        prediction = Prediction(label=label, confidence=0.9, probabilities={}, reason=reason)  # type: ignore[arg-type]
        cells.append(
            FieldCell(number=number, nucleus=Nucleus(9.0, 9.0, 3.0), prediction=prediction)
        )
    return Field(path="field.png", cells=tuple(cells))


def _counted() -> Count:
    count = Count(labels=LABELS)
    count.add(_field("neutrophil", "neutrophil", "doubtful", "platelet"))
    count.add(_field("lymphocyte", "neutrophil", "not_a_cell", "not_a_cell"))
    count.add(Field(path="cut.png", cut=(Nucleus(1.0, 9.0, 3.0),)))
    count.add(Field(path="bad.png", error=InputError("is empty", code="empty")))
    return count


def test_a_differential_is_of_the_white_cells_that_were_answered() -> None:
    found = _counted().to_dict()
    assert found["leukocytes"] == 4
    share = wilson(3, 4)
    assert found["classes"] == {
        "lymphocyte": {
            "cells": 1,
            "share": 0.25,
            "low": wilson(1, 4).low,
            "high": wilson(1, 4).high,
            "possible": [1 / 5, 2 / 5],
        },
        "neutrophil": {
            "cells": 3,
            "share": 0.75,
            "low": share.low,
            "high": share.high,
            "possible": [3 / 5, 4 / 5],
        },
    }
    assert found["besides"] == {"platelet": 1}
    assert (found["unclassified"], found["no_cells"]) == (1, 2)
    assert (found["fields"], found["unread"], found["cut"]) == (4, 1, 1)


def test_the_table_has_the_most_frequent_class_first_and_tells_what_was_not_counted() -> None:
    lines = _counted().to_text().splitlines()
    assert [line.split()[0] for line in lines[:6]] == [
        *("class", "neutrophil", "lymphocyte", "all", "unclassified", "platelet")
    ]
    assert lines[0].endswith("whatever the unclassified are")
    assert lines[1].split()[1:4] == ["3", "75.0", "%"]
    assert lines[1].endswith("60.0 to 80.0 %")
    assert "\n".join(lines[-2:]) == (
        "in 4 fields, 1 of them unread; not counted: 2 stained places that are like no known cell, "
        "and 1 nucleus cut by an edge\n"
        "intervals are of chance alone: where e % of the cells are misnamed, a share may be off by "
        "e points more"
    )


def test_where_nothing_was_found_there_are_no_shares() -> None:
    count = Count(labels=LABELS)
    count.add(_field())
    assert "whatever" not in count.to_text()
    assert count.to_dict()["classes"]["neutrophil"] == {
        "cells": 0,
        "share": None,
        "low": None,
        "high": None,
        "possible": None,
    }
    assert "0.0 %" not in count.to_text()
    assert "in 1 field;" in count.to_text()


@pytest.mark.parametrize("name", LABELS)
def test_every_class_of_the_model_is_told_somewhere(name: str) -> None:
    assert name in _counted().to_text()
