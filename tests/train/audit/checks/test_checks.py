from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.train.audit.planted import cell, evidence
from train.audit import CHECKS, Evidence, Finding, Severity, examine
from train.audit.alike import Pair
from train.audit.evidence import Unreadable
from train.sources.sample import LeftOut


def _only(name: str, found: Evidence) -> Finding:
    (finding,) = CHECKS[name](found)
    assert finding.check == name
    return finding


def test_a_clean_set_has_notes_only() -> None:
    cells = [cell(i, ("basophil", "monocyte")[i % 2]) for i in range(200)]
    assert {f.severity for f in examine(evidence(*cells))} == {Severity.NOTE}


def test_grave_findings_come_first() -> None:
    twins = [cell(1, "monocyte"), cell(2, "basophil", bytes_digest="bytes 1")]
    ranks = [f.severity.rank for f in examine(evidence(*twins))]
    assert ranks == sorted(ranks)
    assert ranks[0] == Severity.ERROR.rank


def test_unreadable_files_are_named() -> None:
    sample = cell(1, "monocyte").sample
    broken = Unreadable(source="cells", sample=sample, code="truncated", reason="ends too early")
    finding = _only("unreadable", Evidence(sources=("cells",), cells=(), unreadable=(broken,)))
    assert finding.severity is Severity.ERROR
    assert finding.title == "1 unreadable: truncated"
    assert finding.figures["cells"] == ["cells/monocyte/0001.png"]


def test_pictures_of_doubtful_label_are_counted_by_kind() -> None:
    doubts = tuple(
        ("bccd", LeftOut(key=f"{i}.jpg", path=Path("nowhere.jpg"), reason=reason))
        for i, reason in enumerate(["no label", "several labels: a, b", "several labels: c, d"])
    )
    findings = list(CHECKS["doubtful"](Evidence(sources=("bccd",), cells=(), left_out=doubts)))
    assert [f.title for f in findings] == [
        "bccd: 1 picture left out: no label",
        "bccd: 2 pictures left out: several labels",
    ]


def test_one_class_under_several_names_is_found() -> None:
    labels = ("Neutrophils", "neutrophil", "band", "ig", "IG ")
    cells = [cell(i, label, source="ab"[i % 2]) for i, label in enumerate(labels * 2)]
    found = list(CHECKS["names"](evidence(*cells)))
    assert [f.figures["labels"] for f in found] == [["IG ", "ig"], ["Neutrophils", "neutrophil"]]
    assert found[1].figures["cells"] == {
        f"{source}/{label}": 1 for label in ("Neutrophils", "neutrophil") for source in "ab"
    }
    assert {f.severity for f in found} == {Severity.ERROR}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("CD34+", "CD34-", False),
        ("1.0", "10", False),
        ("\N{THAI CHARACTER KO KAI}\N{THAI CHARACTER SARA I}", "\N{THAI CHARACTER KO KAI}", False),
        ("g\N{LATIN SMALL LETTER E WITH ACUTE}ant", "ge\N{COMBINING ACUTE ACCENT}ant", True),
        ("red_cell", "Red-cells", True),
        ("type 1", "type1", True),
    ],
)
def test_names_that_differ_in_what_they_mean_are_two(one: str, other: str, same: bool) -> None:
    cells = [cell(i, label) for i, label in enumerate((one, other))]
    assert len(list(CHECKS["names"](evidence(*cells)))) == same


def test_folders_without_a_picture_are_named_by_source() -> None:
    empty = (("a", "ig"), ("a", "platelet"), ("b", "ig"))
    both, one = CHECKS["empty"](Evidence(sources=("a", "b"), cells=(), empty=empty))
    assert both.title == "a: 2 folders hold no picture: ig, platelet"
    assert one.title == "b: 1 folder holds no picture: ig"
    assert both.severity is Severity.WARNING
    assert not list(CHECKS["empty"](evidence(cell(1, "ig"))))


def test_counts_and_imbalance() -> None:
    cells = [cell(i, "neutrophil" if i < 120 else "basophil") for i in range(130)]
    counted, warned = CHECKS["balance"](evidence(*cells))
    assert counted.figures["counts"] == {"basophil": 10, "neutrophil": 120}
    assert {chart.kind for chart in counted.charts} == {"bars", "pie"}
    assert warned.severity is Severity.WARNING
    assert warned.figures["ratio"] == 12
    assert warned.figures["few"] == ["basophil"]


@pytest.mark.parametrize("kind", ["bytes", "pixels"])
def test_the_same_picture_twice(kind: str) -> None:
    same = {f"{kind}_digest": "the same"}
    cells = [cell(1, "monocyte", **same), cell(2, "monocyte", **same), cell(3, "monocyte")]
    finding = _only("exact", evidence(*cells))
    assert finding.figures["sets"] == [["cells/monocyte/0001.png", "cells/monocyte/0002.png"]]
    assert finding.exhibits[0].title == f"the same {kind}"


def test_the_same_picture_in_two_sources_is_no_duplicate_within_one() -> None:
    cells = [cell(1, "monocyte", source=source, bytes_digest="same") for source in ("a", "b")]
    assert not list(CHECKS["exact"](evidence(*cells)))
    finding = _only("across", evidence(*cells))
    assert finding.severity is Severity.WARNING
    assert "a and b share 1 scene (" in finding.title


def test_a_shared_original_in_a_given_test_part_is_an_error() -> None:
    field = {"original": "bccd/BloodImage_00007"}
    cells = [
        cell(1, "monocyte", source="fields", **field),
        cell(2, "monocyte", source="copies", part="test", **field),
        cell(3, "monocyte", source="copies"),
    ]
    finding = _only("across", evidence(*cells))
    assert finding.severity is Severity.ERROR
    assert finding.figures["tested"] == [["fields/monocyte/0001.png", "copies/monocyte/0002.png"]]


def test_look_alikes_are_pairs_of_near_hashes_and_the_same_colours() -> None:
    first = cell(1, "monocyte")
    near = cell(2, "monocyte", hash=first.hash ^ 0b101, signature=first.signature)
    other_colours = cell(3, "monocyte", hash=first.hash)
    far = cell(4, "monocyte", hash=first.hash ^ 0b11111000, signature=first.signature)
    finding = _only("lookalikes", evidence(first, near, other_colours, far))
    assert finding.severity is Severity.WARNING
    assert finding.figures["pairs"] == [
        [
            "cells/monocyte/0001.png",
            "cells/monocyte/0002.png",
            "perceptual hash 2 of 64 bits apart",
        ]
    ]


def test_a_mirror_image_is_a_look_alike() -> None:
    first = cell(1, "monocyte")
    mirrored = cell(2, "monocyte", turned=(first.hash ^ 1,) * 7, signature=first.signature)
    finding = _only("lookalikes", evidence(first, mirrored))
    ((*_, reason),) = finding.figures["pairs"]
    assert reason == "perceptual hash 1 of 64 bits apart, one of them turned or mirrored"


def test_one_picture_under_two_labels() -> None:
    first = cell(1, "eosinophil")
    twin = cell(2, "neutrophil", bytes_digest=first.bytes_digest)
    near = cell(3, "monocyte", hash=first.hash, signature=first.signature)
    exact, alike = CHECKS["labels"](evidence(first, twin, near))
    assert exact.severity is Severity.ERROR
    assert exact.figures["sets"] == [
        {"cells/eosinophil/0001.png": "eosinophil", "cells/neutrophil/0002.png": "neutrophil"}
    ]
    assert alike.severity is Severity.WARNING
    assert [pair[:2] for pair in alike.figures["pairs"]] == [
        ["cells/eosinophil/0001.png", "cells/monocyte/0003.png"]
    ]


def _copied(*parts: str | None, grouped: bool) -> Iterator[Evidence]:
    cells = [
        cell(i, "monocyte", part=part, **({"group": "one"} if grouped else {}))
        for i, part in enumerate(parts)
    ]
    found = evidence(*cells, cell(99, "monocyte"))
    found.__dict__["copies"] = [
        Pair(a=a, b=b, reason="100 of 300 key points in common") for a, b in pairwise(cells)
    ]
    yield found


@pytest.mark.parametrize(
    ("grouped", "severity"), [(True, Severity.NOTE), (False, Severity.WARNING)]
)
def test_copies_are_counted_by_scene_and_only_unknown_ones_are_warned_of(
    grouped: bool, severity: Severity
) -> None:
    for found in _copied(None, None, None, grouped=grouped):
        finding = _only("copies", found)
        assert "3 pictures are copies of 1 scene; " in finding.title
        assert finding.severity is severity
        assert len(finding.figures["ungrouped"]) == (0 if grouped else 2)


@pytest.mark.parametrize("grouped", [True, False])
def test_a_scene_in_two_given_parts_is_a_leak(grouped: bool) -> None:
    for found in _copied(None, "test", "test", grouped=grouped):
        finding = _only("leaks", found)
        assert finding.severity is Severity.ERROR
        assert "1 scene stands in two given parts (1 cell free, 2 cells given as test)" in (
            finding.title
        )
        assert len(finding.figures["across_groups"]) == (0 if grouped else 1)


def test_given_parts_that_share_nothing_are_said_to() -> None:
    finding = _only("leaks", evidence(cell(1, "monocyte", part="test"), cell(2, "monocyte")))
    assert finding.severity is Severity.NOTE
