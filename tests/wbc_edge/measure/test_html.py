"""The page as a reader's browser takes it: whole, self-contained, and true to the report."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from tests.paths import FLOAT, INT8, UINT8
from wbc_edge import synthetic
from wbc_edge.measure import Report, bench, formats
from wbc_edge.measure.compare import Flip
from wbc_edge.measure.gates import Limits
from wbc_edge.measure.latency import Plan

VOID = {"meta", "img", "br"}


class Reader(HTMLParser):
    """Collects texts and tags, and checks that every tag that opens is closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("cells")
    for label in synthetic.LABELS:
        (folder / label).mkdir()
        for seed in range(3):
            pixels = synthetic.draw(label, seed=seed, size=48)
            Image.fromarray(pixels).save(folder / label / f"<b>{seed}.png")
    return bench(
        [UINT8, INT8],
        data=folder,
        reference=FLOAT,
        limits=Limits(max_drop=0.5),
        threads=[1, 2],
        plan=Plan(rounds=2, warmup=0),
        cold_rounds=0,
        folder_rounds=1,
    )


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    return reader


def test_the_page_is_whole_and_needs_nothing_else(report: Report) -> None:
    page = formats.render(report, "html")
    reader = read(page)
    assert all(link.startswith("data:image/jpeg;base64,") for link in reader.links)
    assert "script" not in reader.tags
    assert "http" not in page
    assert "prefers-color-scheme: dark" in page


def test_the_verdict_stands_on_top_and_the_device_at_the_end(report: Report) -> None:
    texts = read(formats.render(report, "html")).texts
    titles = ("gates failed", "At a glance", "Latency of one image", "Accuracy, in %", "Device")
    places = [next(n for n, text in enumerate(texts) if title in text) for title in titles]
    assert places == sorted(places)


def test_every_judged_model_has_its_matrix_and_its_reliability(report: Report) -> None:
    page = formats.render(report, "html")
    for name in ("tiny-float32", "tiny-int8", "tiny-uint8"):
        assert f'aria-label="Confusion matrix of {name} litert x1"' in page
        assert f'aria-label="Reliability of {name} litert x1"' in page


def test_a_class_named_in_markup_stays_text(report: Report) -> None:
    entry = report.entries[0]
    assert entry.accuracy is not None
    labels = ("<img src=x>", *entry.accuracy.labels[1:])
    marked = replace(entry, accuracy=replace(entry.accuracy, labels=labels))
    page = formats.render(replace(report, entries=(marked, *report.entries[1:])), "html")
    assert "img" not in read(page).tags
    assert any("<img src=x> called" in text for text in read(page).texts)


def test_flipped_cells_are_shown_as_pictures(report: Report, tmp_path: Path) -> None:
    cell = tmp_path / "<b>cell.png"
    Image.fromarray(synthetic.draw("monocyte", size=48)).save(cell)
    flips = tuple(
        Flip(path=str(path), truth="ig", reference="ig", candidate="monocyte", effect="lost")
        for path in (cell, tmp_path / "gone.png")
    )
    entry = next(entry for entry in report.entries if entry.comparison)
    assert entry.comparison is not None
    flipped = replace(entry, comparison=replace(entry.comparison, flips=flips))
    entries = tuple(flipped if one is entry else one for one in report.entries)
    reader = read(formats.render(replace(report, entries=entries), "html"))
    assert reader.tags.count("img") == 1
    assert "no longer there" in reader.texts
    assert "<b>cell.png" in reader.texts


def test_a_model_alone_has_a_page_too() -> None:
    quick = Plan(rounds=1, warmup=0)
    alone = bench([INT8], plan=quick, cold_rounds=0, folder_rounds=0)
    reader = read(formats.render(alone, "html"))
    assert any("ms from file to answer" in text for text in reader.texts)
    assert "img" not in reader.tags
