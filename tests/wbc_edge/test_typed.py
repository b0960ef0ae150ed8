"""Every value is checked against the annotation of its field, and named where it does not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from wbc_edge import typed


@dataclass(frozen=True, kw_only=True)
class Part:
    name: str
    share: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Whole:
    parts: tuple[Part, ...]
    kind: Literal["a", "b"] = "a"
    counts: dict[str, int] | None = None
    names: frozenset[str] = frozenset()
    steps: Sequence[int] = ()
    plain: bool = False
    anything: Any = None


def test_tables_become_dataclasses_all_the_way_down() -> None:
    found = typed.decode(
        Whole,
        {
            "parts": [{"name": "x"}, {"name": "y", "share": 2}],
            "kind": "b",
            "counts": {"x": 3},
            "names": ["n", "n"],
            "steps": [1, 2],
            "plain": True,
            "anything": [{}],
            "unknown": 1,
        },
    )
    assert found == Whole(
        parts=(Part(name="x"), Part(name="y", share=2.0)),
        kind="b",
        counts={"x": 3},
        names=frozenset({"n"}),
        steps=(1, 2),
        plain=True,
        anything=[{}],
    )
    assert type(found.parts[1].share) is float


@pytest.mark.parametrize(
    ("table", "where", "wanted"),
    [
        ({}, "parts", None),
        ({"parts": {}}, "parts", "a list"),
        ({"parts": [7]}, "parts[0]", "a table"),
        ({"parts": [{"name": 1}]}, "parts[0].name", "a text"),
        ({"parts": [{"name": "x", "share": True}]}, "parts[0].share", "a number"),
        ({"parts": [{"name": "x", "share": 10**400}]}, "parts[0].share", "a number"),
        ({"parts": [{"name": "x", "share": float("nan")}]}, "parts[0].share", "a number"),
        ({"parts": [], "kind": ["a"]}, "kind", "one of a, b"),
        ({"parts": [], "counts": {"x": 1.0}}, "counts.x", "a whole number"),
        ({"parts": [], "steps": [1 << 63]}, "steps[0]", "between -2^63 and 2^63"),
        ({"parts": [], "plain": 1}, "plain", "true or false"),
    ],
)
def test_what_does_not_fit_is_named(
    table: Mapping[str, Any], where: str, wanted: str | None
) -> None:
    with pytest.raises(typed.Mismatch) as caught:
        typed.decode(Whole, table)
    assert (caught.value.where, caught.value.wanted) == (where, wanted)


def test_a_closed_document_has_no_other_keys() -> None:
    with pytest.raises(typed.UnknownKey) as caught:
        typed.decode(Whole, {"parts": [{"name": "x", "sahre": 1}]}, closed=True)
    assert caught.value.where == "parts[0].sahre"
    assert set(caught.value.known) == {"name", "share"}


def test_a_word_may_stand_for_what_is_absent() -> None:
    table = {"parts": [], "counts": "none"}
    assert typed.decode(Whole, table, absent=(None, "none")).counts is None
    with pytest.raises(typed.Mismatch):
        typed.decode(Whole, table)
