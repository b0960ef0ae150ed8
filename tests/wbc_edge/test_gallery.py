"""The page of the cells by class: what stands on it, in which order, and when it is written."""

from __future__ import annotations

import base64
import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import PIL.Image
import pytest
from typer.testing import CliRunner

from wbc_edge import image, synthetic
from wbc_edge.classifier import Prediction, Row
from wbc_edge.cli import app
from wbc_edge.errors import InputError, UsageError
from wbc_edge.gallery import Gallery, pictured

LABELS = ("basophil", "monocyte")
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


def row(path: str, label: str, confidence: float, reason=None) -> Row:
    answer = Prediction(
        label=label, confidence=confidence, probabilities={label: confidence}, reason=reason
    )
    return Row(path=path, prediction=answer, view=np.zeros((9, 9, 3), np.uint8))


def headings(page: str) -> list[str]:
    return re.findall(r"<h2>(.*?) ?<", page)


def captions(page: str) -> list[tuple[str, str]]:
    found = re.findall(r'<b>(.*?)</b><br><span class="soft">(.*?)</span>', page)
    return [(unescape(told), unescape(name)) for told, name in found]


@pytest.fixture
def card(edge):
    return edge.card


def test_a_file_that_is_answered_anew_stands_there_once(card, tmp_path):
    gallery = Gallery(LABELS)
    gallery.add(Row(path="a.png", error=InputError("it ends too early", code="truncated")))
    gallery.add(row("b.png", "basophil", 0.9))
    gallery.add(row("a.png", "monocyte", 0.99))
    gallery.add(row("a.png", "basophil", 0.95))
    page = gallery.page(card, str(tmp_path / "page.html"))
    assert gallery.unread == []
    assert captions(page) == [("90.0 %", "b.png"), ("95.0 %", "a.png")]


def test_a_page_of_a_card_with_half_a_character_can_be_written(card, tmp_path):
    gallery = Gallery(LABELS)
    gallery.add(row("a.png", "monocyte", 0.99))
    page = gallery.page(replace(card, version="1.0 \ud83d"), str(tmp_path / "page.html"))
    assert "1.0 " in page.encode("utf-8").decode()


def test_doubt_stands_first_and_the_least_sure_of_every_class(card, tmp_path):
    gallery = Gallery(LABELS)
    gallery.add(row("a.png", "monocyte", 0.99))
    gallery.add(row("in/<b>.png", "monocyte", 0.97))
    gallery.add(row("c.png", "monocyte", 0.6, "doubtful"))
    gallery.add(row("d.png", "basophil", 0.3, "not_a_cell"))
    gallery.add(Row(path="e.png", error=InputError("the file is empty", code="empty")))
    page = gallery.page(card, str(tmp_path / "page.html"))
    assert headings(page) == ["unclassified", "monocyte", "no cell", "Not answered"]
    assert captions(page) == [
        *(("monocyte 60.0 %", "c.png"), ("97.0 %", "<b>.png"), ("99.0 %", "a.png")),
        ("basophil 30.0 %", "d.png"),
    ]
    assert "<li>e.png: the file is empty</li>" in page
    assert '<a href="#no-cell">no cell</a></td><td>1</td><td>25.0 %' in page
    assert card.intended_use in unescape(page)


def test_what_is_stopped_is_told_so_far_and_what_never_began_leaves_no_page(card, tmp_path):
    page = tmp_path / "page.html"
    with pytest.raises(KeyboardInterrupt), pictured(str(page), LABELS, card):
        raise KeyboardInterrupt
    assert not page.exists()
    stop = pytest.raises(KeyboardInterrupt)
    with stop, pictured(str(page), LABELS, card) as add:
        add(row("a.png", "monocyte", 0.99))
        raise KeyboardInterrupt
    assert captions(page.read_text()) == [("99.0 %", "a.png")]


@pytest.mark.parametrize("name", ["page.txt", "page", "nowhere/page.html", "cell.html"])
def test_a_place_that_is_none_for_a_page_is_refused_before_the_work(
    card, tmp_path, monkeypatch, name
):
    monkeypatch.chdir(tmp_path)
    PIL.Image.new("RGB", (9, 9)).save("cell.png")
    Path("cell.png").rename("cell.html")
    with pytest.raises(UsageError, match=name), pictured(name, LABELS, card):
        pytest.fail("the work began")


def test_classify_shows_what_the_network_saw_and_leads_to_the_file(edge, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    synthetic.write_samples("cells")
    shutil.copy("cells/monocyte.png", "cells/a #1.png")
    Path("cells/bad.png").write_text("no picture")
    Path("pages").mkdir()
    asked = ["classify", "cells", "--gallery", "pages/page.html"]
    shown = CliRunner().invoke(app, [*asked, "-f", "csv"])
    assert shown.exit_code == 1
    page = Path("pages/page.html").read_text()
    assert headings(page)[-1] == "Not answered"
    figures = re.findall(r'<a href="([^"#]+)"><img src="data:image/jpeg;base64,([^"]+)"', page)
    assert len(figures) == 9
    files = [Path("pages", unquote(unescape(link))).resolve() for link, _ in figures]
    assert {path.name for path in files} >= {"a #1.png", "platelet.png"}
    for path, (_, encoded) in zip(files, figures, strict=True):
        drawn = np.asarray(PIL.Image.open(io.BytesIO(base64.b64decode(encoded))), float)
        seen = image.prepare(image.load(path).picture, edge.card.input)
        assert np.abs(drawn - seen).mean() < 4
    first = page
    assert CliRunner().invoke(app, [*asked, "--workers", "1"]).exit_code == 1
    assert Path("pages/page.html").read_text() == first


DEED = """<script>
const list = document.querySelector("select");
list.dispatchEvent(new Event("focus"));
list.value = "basophil";
list.dispatchEvent(new Event("change"));
document.body.append(Object.assign(document.createElement("pre"), {textContent: table()}));
</script>"""


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
def test_a_correction_is_counted_and_kept(card, tmp_path):
    gallery = Gallery(LABELS)
    for told in (row('a, "b".png', "monocyte", 0.99), row("b.png", "monocyte", 0.6, "doubtful")):
        gallery.add(told)
    page = tmp_path / "page.html"
    text = gallery.page(card, str(page))
    page.write_text(text.replace("</body>", f"{DEED}</body>"))
    asked = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", page.as_uri()]
    dom = subprocess.run(asked, capture_output=True, check=True, timeout=120).stdout.decode()
    table = unescape(dom.partition("<pre>")[2].partition("</pre>")[0])
    here = Path.cwd()
    assert list(csv.reader(io.StringIO(table))) == [
        ["file", "cell", "answer", "confidence", "label"],
        [str(here / "b.png"), "", "unclassified", "0.6", "basophil"],
        [str(here / 'a, "b".png'), "", "monocyte", "0.99", "monocyte"],
    ]
    assert "1 corrected" in dom
    counts = re.findall(r'<tr data-name="([^"]+)"( hidden="")?>.*?<td>(\d+)</td>', dom)
    assert counts == [
        ("unclassified", ' hidden=""', "0"),
        ("basophil", "", "1"),
        ("monocyte", "", "1"),
        ("no cell", ' hidden=""', "0"),
    ]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are text there")
def test_a_name_that_is_no_text_is_led_to(card, tmp_path):
    name = os.fsencode(tmp_path / "m") + b"\xfc.png"
    Path(os.fsdecode(name)).touch()
    gallery = Gallery(LABELS)
    gallery.add(row(os.fsdecode(name), "monocyte", 0.99))
    page = gallery.page(card, str(tmp_path / "page.html"))
    assert '<a href="m%FC.png">' in page
    page.encode()


@pytest.mark.skipif(sys.platform == "win32", reason="no such names there")
def test_the_table_names_a_file_as_it_is(card, tmp_path):
    file = str(tmp_path / 'a "fine"\ncell & more.png')
    gallery = Gallery(LABELS)
    gallery.add(row(file, "monocyte", 0.99))
    (named,) = re.findall('data-file="([^"]*)"', gallery.page(card, str(tmp_path / "page.html")))
    assert "\n" not in named
    assert unescape(named) == file


@pytest.mark.usefixtures("edge")
def test_standard_input_has_a_picture_and_no_link(tmp_path):
    synthetic.write_samples(tmp_path / "cells")
    page = tmp_path / "page.html"
    shown = CliRunner().invoke(
        app,
        ["classify", "-", "--gallery", str(page)],
        input=(tmp_path / "cells" / "monocyte.png").read_bytes(),
    )
    assert shown.exit_code == 0
    assert [name for _, name in captions(page.read_text())] == ["-"]
    assert '<a href="#monocyte">' in page.read_text()
    assert 'data-file="-" data-cell=""><img' in page.read_text()


@pytest.mark.usefixtures("edge")
def test_count_shows_every_cell_by_its_number(tmp_path):
    synthetic.write_samples(tmp_path, field=True)
    page = tmp_path / "page.html"
    shown = CliRunner().invoke(app, ["count", str(tmp_path), "--gallery", str(page)])
    assert shown.exit_code == 0
    names = [name for _, name in captions(page.read_text())]
    assert sorted(names) == [f"field.png, cell {number}" for number in range(1, 9)]


def test_a_count_is_told_though_its_page_cannot_be_written(tmp_path, monkeypatch):
    def full(path: str, _: str) -> None:
        raise UsageError(f"cannot write {path}: No space left on device")

    pixels, _ = synthetic.draw_smear(["neutrophil", "lymphocyte"], seed=1)
    PIL.Image.fromarray(pixels).save(tmp_path / "field.png")
    monkeypatch.setattr("wbc_edge.gallery.save", full)
    asked = ["count", str(tmp_path / "field.png"), "--json", "--gallery", str(tmp_path / "g.html")]
    done = CliRunner().invoke(app, asked)
    assert json.loads(done.stdout)["leukocytes"] == 2
    assert "stopped before the end" not in done.stderr
    assert (type(done.exception).__name__, done.exit_code) in (("UsageError", 1), ("SystemExit", 2))
