from __future__ import annotations

import json
from pathlib import Path

import pytest

from export import figures, pages, tables
from wbc_edge.errors import UsageError


def test_readme_shows_what_the_shipped_cards_say() -> None:
    text = figures.README.read_text(encoding="utf-8")
    assert figures.place(text, "figures", figures.render()) == text, "run: python -m export.figures"


@pytest.mark.parametrize(
    "text",
    [
        "no marker",
        "<!-- x: begin --> and no end",
        "<!-- x: end --> before <!-- x: begin -->",
        "<!-- x: begin --><!-- x: end --><!-- x: begin --><!-- x: end -->",
    ],
)
def test_a_readme_without_its_markers_is_refused_and_not_cut(text: str) -> None:
    with pytest.raises(UsageError, match="no one place between '<!-- x: begin -->'"):
        figures.place(text, "x", "block")
    around = "before <!-- x: begin -->old<!-- x: end --> after"
    assert figures.place(around, "x", "b") == "before <!-- x: begin -->\nb\n<!-- x: end --> after"


def test_every_shipped_network_has_its_page() -> None:
    networks = tables.networks()
    assert {path.stem for path in pages.FOLDER.glob("*.md")} == set(networks)
    for name, files in networks.items():
        text = (pages.FOLDER / f"{name}.md").read_text(encoding="utf-8")
        assert text == pages.page(name, files), "run: python -m export.figures"
        for model, described in files:
            assert model.path.name in text
            assert all(label in text for label in described.labels)


def test_a_page_tells_of_laboratories_never_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recall = {"value": 0.8125, "low": 0.75, "high": 0.875}
    judged = {"macro_recall": recall, "cells": 511, "averaged": ["basophil", "monocyte"]}
    (name, files), *_ = tables.networks().items()
    rows = [
        {"recipe": name, "source": "chula", "outcome": {"judged": judged}},
        {"recipe": name, "source": "bccd", "outcome": None},
        {"name": "other", "source": None, "outcome": {"judged": [judged]}},
    ]
    study = tmp_path / "sources.json"
    study.write_text(json.dumps({"rows": rows}))
    monkeypatch.setattr(pages, "STUDY", study)
    text = pages.page(name, files)
    assert "| chula | 511 | 2 | 81.25 % (75.00 to 87.50) |" in text
    assert text.count("511 | 2 |") == 1
    study.write_text("{")
    with pytest.raises(UsageError, match=r"sources\.json: "):
        pages.page(name, files)
