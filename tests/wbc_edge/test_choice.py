from __future__ import annotations

import pytest

from wbc_edge.card import Card, Framing, InputSpec
from wbc_edge.choice import choose
from wbc_edge.errors import UsageError

CARD = Card(
    name="odd",
    labels=("cell, young", " cell", "cell", "platelet"),
    input=InputSpec(height=8, width=8, framing=Framing(method="centre")),
    presets={"cells": ("cell", "cell, young")},
)


@pytest.mark.parametrize(
    ("names", "columns"),
    [
        ("cell,platelet", [2, 3]),
        ("platelet , cells", [0, 2, 3]),
        ('"cell, young",platelet', [0, 3]),
        ('platelet, "cell, young"', [0, 3]),
        ("cell\r\nplatelet\n", [2, 3]),
        (["cell, young", " cell"], [0, 1]),
    ],
)
def test_names_stand_for_columns_in_the_models_order(
    names: str | list[str], columns: list[int]
) -> None:
    assert choose(CARD, names) == columns


@pytest.mark.parametrize("names", ["cell", "", "cells,monocyte", "cells,"])
def test_what_is_no_choice_is_refused(names: str) -> None:
    with pytest.raises(UsageError, match="odd knows cell, young"):
        choose(CARD, names)


def test_a_text_of_no_end_is_refused() -> None:
    with pytest.raises(UsageError, match="to choose among cannot be read"):
        choose(CARD, "c" * 200_000)
