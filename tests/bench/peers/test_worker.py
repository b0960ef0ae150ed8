from __future__ import annotations

import numpy as np
import pytest

from bench.peers import worker


def test_a_slow_peer_is_timed_on_fewer_pictures(
    pixels: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "timed", lambda *_: 300.0)
    assert len(worker.round_of(lambda cells: cells, pixels, 6)) == 3
    monkeypatch.setattr(worker, "timed", lambda *_: 1.0)
    assert len(worker.round_of(lambda cells: cells, pixels, 9)) == 6
