from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.peers import process
from bench.peers.process import Peer, Worker
from tests.paths import UINT8
from wbc_edge.errors import ModelError


class Mortal:
    """A worker that answers until its name's turn to die has come."""

    def __init__(self, peer: Peer, cells: Path) -> None:
        self._name, self._cells, self._asked = peer.name, cells, 0

    def __enter__(self) -> Mortal:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def ask(self, order: str) -> dict[str, Any]:
        self._asked += 1
        if f"dies at {self._asked}" == self._name:
            raise ModelError(f"{self._name}: killed", code="probe_failed")
        if order.startswith("answer "):
            np.save(order.removeprefix("answer "), np.eye(8))
        return {"peak": 1, "ms": [2.0, 4.0]}


def test_a_peer_that_dies_on_the_way_is_left_out_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "Worker", Mortal)
    names = ("ours", "dies at 1", "dies at 3")
    peers = [Peer(name=name, kind="litert", model=UINT8) for name in names]
    left_out: dict[str, str] = {}
    found = process.warm(peers, tmp_path / "pixels.npy", 4, left_out)
    assert found.keys() == {"ours"}
    assert found["ours"].times == [3.0] * 4
    assert left_out == {name: f"{name}: killed" for name in names[1:]}


def test_a_worker_that_is_gone_is_told_from_a_broken_pipe(
    pixels: np.ndarray, tmp_path: Path
) -> None:
    cells = tmp_path / "pixels.npy"
    np.save(cells, pixels)
    with Worker(Peer(name="x", kind="litert", model=UINT8), cells) as asked:
        asked._process.kill()
        asked._process.wait()
        with pytest.raises(ModelError, match=r"^x: "):
            asked.ask("time 1")


def test_a_worker_that_ends_is_an_error_with_what_it_said(
    pixels: np.ndarray, tmp_path: Path
) -> None:
    cells = tmp_path / "pixels.npy"
    np.save(cells, pixels)
    with pytest.raises(ModelError, match="x: KeyError: 'no such kind'"):
        Worker(Peer(name="x", kind="no such kind", model=UINT8, python=sys.executable), cells)
