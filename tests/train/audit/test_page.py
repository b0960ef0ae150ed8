"""The page shows what can be shown, and says what cannot."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tests.train.audit import planted
from train.audit import page
from train.audit.finding import Exhibit, Finding, Severity, Shown
from train.sources.catalogue import CATALOGUE


def test_a_picture_that_cannot_be_read_is_named_among_the_others(tmp_path: Path) -> None:
    Image.new("RGB", (20, 20), "purple").save(tmp_path / "whole.png")
    (tmp_path / "torn.png").write_bytes((tmp_path / "whole.png").read_bytes()[:40])
    shown = [Shown(path=tmp_path / name, caption=name) for name in ("whole.png", "torn.png")]
    finding = Finding(
        check="labels",
        severity=Severity.NOTE,
        title="doubtful",
        text="",
        exhibits=(Exhibit(title="two", pictures=tuple(shown)),),
    )
    text = page.render(planted.evidence(planted.cell(0, "neutrophil")), [finding])
    assert text.count("<img ") == 1
    assert text.count("cannot be read</span>") == 1
    assert "<figcaption>torn.png</figcaption>" in text


def test_the_public_is_told_where_a_known_set_is_had_from() -> None:
    found = planted.evidence(planted.cell(0, "monocyte", source="chula"), planted.cell(1, "ig"))
    text = page.render(found, [])
    known = CATALOGUE["chula"]
    assert f"chula: {known.where}; licence MIT; {known.citation}." in text
    assert page.to_document(found, [])["origins"] == {
        "chula": {"where": known.where, "licence": "MIT", "citation": known.citation}
    }
