from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from bench.peers import process, report, study
from bench.peers.process import Peer
from tests.paths import UINT8
from train import run
from wbc_edge.errors import ModelError, UsageError
from wbc_edge.measure import device
from wbc_edge.synthetic import LABELS


def test_a_peer_is_measured_in_its_own_process(pixels: np.ndarray, tmp_path: Path) -> None:
    peers = [
        Peer(name="wbc-edge", kind="wbc-edge", model=UINT8),
        Peer(name="as tuned", kind="wbc-edge auto", model=UINT8),
        Peer(name="LiteRT script", kind="litert", model=UINT8),
        Peer(name="gone", kind="litert", model=tmp_path / "gone.tflite"),
        Peer(name="no Python", kind="litert", model=UINT8, python=str(tmp_path / "python")),
    ]
    truth = [LABELS[n % 8] for n in range(len(pixels))]
    before = device.read()
    found = study.study(
        peers,
        pixels,
        truth,
        LABELS,
        groups=truth,
        folder=tmp_path,
        rounds=2,
        cold_rounds=1,
        before=before,
    )
    assert found.before is before
    ours, auto, script = found.results
    assert auto.agreement == 1
    assert (ours.latency_ratio.value, ours.cold_ratio, ours.agreement) == (1, 1, 1)
    assert script.agreement == 1
    assert script.latency > 0
    assert script.cold > 0
    assert found.left_out.keys() == {"gone", "no Python"}
    assert [figure.target for figure in found.figures] == [1.15, 1.1]
    assert found.figures[1].name.endswith("peer, threads 1 each (LiteRT script)")
    text = report.markdown(found)
    assert "| LiteRT script | 1 |" in text
    assert re.search(r"\| [+-]\d+\.\d\d \([+-]\d+\.\d\d to [+-]\d+\.\d\d\) \|$", text, re.M)
    assert "Left out: gone: " in text
    assert "LiteRT script" in report.table(found)


def test_a_study_in_which_nobody_starts_says_why_ours_did_not(
    pixels: np.ndarray, tmp_path: Path
) -> None:
    nobody = Peer(name="wbc-edge", kind="wbc-edge", model=UINT8, python=str(tmp_path / "python"))
    with pytest.raises(ModelError, match=r"ours does not run: .*python"):
        study.study(
            [nobody],
            pixels,
            ["ig"] * len(pixels),
            LABELS,
            groups=["slide"] * len(pixels),
            folder=tmp_path,
            rounds=1,
            cold_rounds=1,
            before=device.read(),
        )


@pytest.fixture
def studied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., report.Study]:
    """What a study makes of peers, the first of them ours, that were measured to do so."""

    def study_of(
        peers: Sequence[Peer],
        found: Mapping[str, process.Warm],
        truth: Sequence[str],
        labels: Sequence[str] = LABELS,
        *,
        groups: Sequence[str],
    ) -> report.Study:
        monkeypatch.setattr(study, "cold_starts", lambda *_: dict.fromkeys(found, 1.0))
        monkeypatch.setattr(study, "warm", lambda *_: found)
        monkeypatch.setattr(study, "overhead", lambda *_, **__: None)
        return study.study(
            peers,
            np.zeros((len(truth), 32, 32, 3), np.uint8),
            truth,
            labels,
            groups=groups,
            folder=tmp_path,
            rounds=1,
            cold_rounds=1,
            before=device.read(),
        )

    return study_of


def test_what_is_tuned_to_several_threads_is_held_against_peers_on_as_many(
    studied: Callable[..., report.Study],
) -> None:
    peers = [
        Peer(name="wbc-edge", kind="wbc-edge", model=UINT8),
        Peer(name="as tuned", kind="wbc-edge auto", model=UINT8, threads=2),
        Peer(name="script", kind="litert", model=UINT8),
        Peer(name="Keras", kind="keras call", model=UINT8),
    ]
    assert study.on_threads(peers, 1) == []
    (again,) = study.on_threads(peers, 2)
    assert (again.name, again.kind, again.threads) == ("script, 2 threads", "litert", 2)
    peers.append(again)
    times = {"wbc-edge": 4.0, "as tuned": 2.2, "script": 1.0, "Keras": 9.0, again.name: 2.0}
    answers = np.eye(8, dtype=np.float32)
    found = {
        name: process.Warm(times=[taken] * 9, answers=answers, peak=None)
        for name, taken in times.items()
    }
    _, figure = studied(peers, found, LABELS, groups=LABELS).figures
    assert figure.name.endswith("threads 2 each (script, 2 threads)")
    assert figure.ratio == pytest.approx(1.1)
    del found[again.name]
    (overhead,) = studied(peers, found, LABELS, groups=LABELS).figures
    assert overhead is None


def test_cells_of_one_slide_count_as_one_in_the_difference(
    studied: Callable[..., report.Study],
) -> None:
    labels = LABELS[:2]
    truth = [labels[0]] * 40
    right, wrong = np.eye(2)
    found = {
        "ours": process.Warm(times=[1.0] * 3, answers=np.array([right] * 40), peak=None),
        "other": process.Warm(
            times=[1.0] * 3, answers=np.array([right] * 20 + [wrong] * 20), peak=None
        ),
    }
    peers = [Peer(name=name, kind="litert", model=UINT8) for name in found]
    alone, slides = (
        studied(peers, found, truth, labels, groups=groups).results[1].difference
        for groups in ([str(n) for n in range(40)], [str(n // 10) for n in range(40)])
    )
    assert slides.value == alone.value
    assert slides.high - slides.low > 1.5 * (alone.high - alone.low)


def test_the_load_is_read_before_the_study_makes_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []

    def stop(_: Path) -> None:
        order.append("run")
        raise UsageError("no run")

    monkeypatch.setattr(run, "Run", stop)
    monkeypatch.setattr(device, "read", lambda: order.append("load"))
    with pytest.raises(UsageError):
        study.command(tmp_path, tmp_path)
    assert order == ["load", "run"]


def test_what_was_not_exported_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"one file \*-int8\.tflite is needed, and there is none"):
        study.our_files(tmp_path)
