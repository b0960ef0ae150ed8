from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from tests.paths import INT8
from wbc_edge import child, synthetic
from wbc_edge.errors import ModelError
from wbc_edge.measure import probe


def request(name: str) -> probe.Request:
    return probe.Request(name=name, model="m", image="i")


def line(load: float, first: float, peak: int | None = None, reason: str | None = None) -> str:
    return json.dumps({"load": load, "first": first, "peak_bytes": peak, "peak_reason": reason})


def test_medians_of_interleaved_processes() -> None:
    order: list[str] = []

    def run(asked: probe.Request, arguments: Sequence[str]) -> str:
        if "classify" in arguments:
            return "a table\n"
        order.append(asked.name)
        return "noise of a library\n" + line(load=len(order), first=2, peak=len(order)) + "\n"

    found = probe.measure([request("a"), request("b")], rounds=3, run=run)
    assert "".join(order) == "abbaab"
    assert [(cold.name, cold.rounds, cold.load, cold.first) for cold in found] == [
        ("a", 3, 4, 2),
        ("b", 3, 3, 2),
    ]
    assert [cold.peak_bytes for cold in found] == [4, 3]


def test_a_system_that_tells_no_peak_gives_none_and_the_reason() -> None:
    (cold,) = probe.measure([request("a")], run=lambda *_: line(1, 1, None, "win32 does not tell"))
    assert (cold.peak_bytes, cold.peak_reason) == (None, "win32 does not tell")


def test_a_failing_process_is_reported_with_what_it_said() -> None:
    asked = probe.Request(name="a", model="gone.tflite", image="i")
    with pytest.raises(ModelError, match=r"a: its process ended with code 4: .* is no model"):
        probe.measure([asked], rounds=1)


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is exact on Linux only")
def test_a_process_does_not_inherit_its_parents_peak(tmp_path: Path) -> None:
    ballast = bytearray(b"x") * (400 << 20)
    image = tmp_path / "cell.png"
    Image.fromarray(synthetic.draw("monocyte", size=64)).save(image)
    asked = probe.Request(name="tiny", model=str(INT8), image=str(image))
    (cold,) = probe.measure([asked], rounds=1)
    assert len(ballast) == 400 << 20
    assert cold.peak_bytes is not None
    assert 20 << 20 < cold.peak_bytes < 300 << 20
    assert cold.process > cold.load > 0
    assert cold.process > cold.first > 0
    assert cold.command > 0


@pytest.mark.parametrize("safe", [child._SAFE, ()], ids=["as here", "as Python 3.10"])
def test_modules_in_the_current_folder_are_not_imported(
    safe: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = tmp_path / "cell.png"
    Image.fromarray(synthetic.draw("monocyte", size=64)).save(image)
    for name in ("numpy", "shutil", "json", "wbc_edge"):
        (tmp_path / f"{name}.py").write_text("open('imported', 'w').close(); raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(child, "_SAFE", safe)
    (cold,) = probe.measure([probe.Request(name="t", model=str(INT8), image="cell.png")], rounds=1)
    assert cold.process > cold.load > 0
    assert not (tmp_path / "imported").exists()
