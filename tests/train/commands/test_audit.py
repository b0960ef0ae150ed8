"""The whole audit on drawn cells with planted faults, through the command."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageOps

from tests.train import command


@pytest.fixture(scope="module")
def faulty(drawn_cells: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("faulty") / "faulty"
    for label in ("basophil", "lymphocyte", "neutrophil"):
        shutil.copytree(drawn_cells / label, root / label)
    first, second, third, *_ = sorted((root / "neutrophil").iterdir())
    shutil.copy(first, root / "neutrophil" / "twin.png")
    shutil.copy(second, root / "basophil" / "stray.png")
    with Image.open(third) as picture:
        picture.save(root / "neutrophil" / "again.jpg", quality=92)
        turned = ImageOps.mirror(picture).rotate(90)
        turned.save(root / "neutrophil" / "turned.png")
        width, height = turned.size
        cut = turned.crop((width // 8, height // 8, width, height))
        cut.save(root / "lymphocyte" / "shifted.png")
    (root / "lymphocyte" / "short.png").write_bytes(first.read_bytes()[:-500])
    return root


def _audit(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    return command.run(monkeypatch, "audit", *arguments)


@pytest.fixture
def report(
    faulty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[dict[str, Any], str]:
    assert _audit(monkeypatch, faulty, "--out", tmp_path / "out") == 0
    document = json.loads((tmp_path / "out" / "audit.json").read_text())
    return document, (tmp_path / "out" / "audit.html").read_text()


def test_every_planted_fault_is_found_and_nothing_else(report: tuple[dict[str, Any], str]) -> None:
    document, page = report
    found = {
        (item["check"], item["severity"]): item["figures"]
        for item in document["findings"]
        if item["severity"] != "note" and item["check"] not in ("balance", "giveaways")
    }
    assert set(found) == {
        ("unreadable", "error"),
        ("labels", "error"),
        ("labels", "warning"),
        ("exact", "warning"),
        ("lookalikes", "warning"),
        ("copies", "warning"),
    }
    assert found["unreadable", "error"]["cells"] == ["faulty/lymphocyte/short.png"]
    (two,) = found["labels", "error"]["sets"]
    assert set(two.values()) == {"basophil", "neutrophil"}
    sets = found["exact", "warning"]["sets"]
    assert sorted("faulty/neutrophil/twin.png" in members for members in sets) == [False, True]
    pairs = found["lookalikes", "warning"]["pairs"]
    assert len(pairs) == 3
    for one, other, reason in pairs:
        is_turned = "faulty/neutrophil/turned.png" in (one, other)
        assert reason.startswith("perceptual hash")
        assert reason.endswith("one of them turned or mirrored") == is_turned
    for pair in found["copies", "warning"]["ungrouped"]:
        assert "faulty/lymphocyte/shifted.png" in pair[:2]
    assert document["read"] == 41
    assert document["unreadable"] == 1
    for title in (item["title"] for item in document["findings"]):
        assert title.partition("'")[0] in page


def test_a_report_is_replaced_only_where_that_is_asked(
    faulty: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "audit.json").write_text("{}")
    assert _audit(monkeypatch, faulty, "--out", tmp_path) == 2
    assert "holds a report already; --overwrite replaces it" in capsys.readouterr().err
    assert (tmp_path / "audit.json").read_text() == "{}"
    assert _audit(monkeypatch, faulty, "--out", tmp_path, "--overwrite") == 0
    assert json.loads((tmp_path / "audit.json").read_text())["read"] == 41


def test_the_page_stands_alone(report: tuple[dict[str, Any], str]) -> None:
    _, page = report
    assert page.count("<svg") >= 2
    assert page.count("data:image/jpeg;base64,") > 20
    links = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert all(link.startswith(("data:", "#")) for link in links)


def test_strict_ends_with_three_and_a_clean_end_with_zero(
    faulty: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _audit(monkeypatch, faulty, "--out", tmp_path, "--strict") == 3
    errors = capsys.readouterr().err
    assert "2 errors and" in errors
    assert "Traceback" not in errors
    assert (tmp_path / "audit.html").is_file()


def test_two_sources_of_one_name_are_refused(
    faulty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _audit(monkeypatch, faulty, faulty, "--out", tmp_path) == 2
