"""A peer as a process: started, asked and ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from wbc_edge.errors import ModelError

WORKER = Path(__file__).with_name("worker.py")


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A contender: its kind in `worker.OPENERS`, its model file and the Python that runs it."""

    name: str
    kind: str
    model: Path
    python: str = sys.executable


class Worker:
    """A running `worker.py`."""

    def __init__(self, peer: Peer, cells: Path) -> None:
        self._peer = peer
        start = time.perf_counter()
        root = str(Path(__file__).parents[2])
        self._process = subprocess.Popen(
            [peer.python, str(WORKER), peer.kind, str(peer.model), str(cells), "1"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": root, "TF_CPP_MIN_LOG_LEVEL": "3"},
        )
        self._answer()
        self.cold = 1000 * (time.perf_counter() - start)

    def ask(self, order: str) -> dict[str, Any]:
        """The answer to one order. Raises ModelError (probe_failed) where the process ended."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                return dict(json.loads(line))
        said = self._process.communicate()[1].strip().splitlines()
        raise ModelError(f"{self._peer.name}: {said[-1] if said else 'ended'}", code="probe_failed")

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()


def cold_starts(
    peers: Sequence[Peer], cells: Path, rounds: int, left_out: dict[str, str]
) -> dict[str, float]:
    """Median start of each peer in ms, interleaved; who fails goes to `left_out`."""
    starts: dict[str, list[float]] = {}
    for _ in range(rounds):
        for peer in peers:
            if peer.name in left_out:
                continue
            try:
                with Worker(peer, cells) as worker:
                    starts.setdefault(peer.name, []).append(worker.cold)
            except (ModelError, OSError) as error:
                left_out[peer.name] = str(error)
    return {name: float(np.median(taken)) for name, taken in starts.items() if name not in left_out}
