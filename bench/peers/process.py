"""A peer as a process: started, asked and ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wbc_edge.errors import ModelError
from wbc_edge.measure.rounds import rotating

WORKER = Path(__file__).with_name("worker.py")
TIMED = 32
"""Pictures in a round."""


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A contender: its kind in `worker.OPENERS`, its model file and the Python that runs it.

    `threads` are those that its worker is given; of the kind that is as tuned, those of its tuning.
    """

    name: str
    kind: str
    model: Path
    python: str = sys.executable
    threads: int = 1


@dataclass(kw_only=True)
class Warm:
    """What a peer did once it ran.

    `peak` is in bytes, `answers` are (N, classes) probabilities, `times` the medians of the rounds
    in ms.
    """

    peak: int | None
    answers: NDArray[np.float32]
    times: list[float] = field(default_factory=list)


class Worker:
    """A running `worker.py`; what it says beside its answers is kept in the folder of the cells.

    Raises ModelError (probe_failed), with the last that it said, where the process ends by itself.
    """

    def __init__(self, peer: Peer, cells: Path) -> None:
        self._peer = peer
        # A file, for a pipe that nobody reads would stop a peer that says much.
        said, self._said = tempfile.mkstemp(dir=cells.parent)
        start = time.perf_counter()
        root = str(Path(__file__).parents[2])
        with os.fdopen(said, "wb") as errors:
            self._process = subprocess.Popen(
                [
                    *(peer.python, str(WORKER), peer.kind),
                    *(str(peer.model), str(cells), str(peer.threads)),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env={**os.environ, "PYTHONPATH": root, "TF_CPP_MIN_LOG_LEVEL": "3"},
            )
        self._answer()
        self.cold = 1000 * (time.perf_counter() - start)

    def ask(self, order: str) -> dict[str, Any]:
        """The answer to one order."""
        assert self._process.stdin is not None
        # Of a process that has ended the answer tells why.
        with suppress(OSError):
            self._process.stdin.write(f"{order}\n")
            self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                return dict(json.loads(line))
        self._process.communicate()
        said = Path(self._said).read_text(encoding="utf-8", errors="replace").strip().splitlines()
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
    for turn in rotating(list(peers), rounds):
        for peer in turn:
            if peer.name in left_out:
                continue
            try:
                with Worker(peer, cells) as worker:
                    starts.setdefault(peer.name, []).append(worker.cold)
            except (ModelError, OSError) as error:
                left_out[peer.name] = str(error)
    return {name: float(np.median(taken)) for name, taken in starts.items() if name not in left_out}


def warm(
    peers: Sequence[Peer], cells: Path, rounds: int, left_out: dict[str, str]
) -> dict[str, Warm]:
    """All cells answered once, then timed in interleaved rounds; who fails goes to `left_out`.

    Args:
        cells: a file of (N, height, width, 3) prepared pixels.
    """
    found: dict[str, Warm] = {}
    workers: dict[str, Worker] = {}
    target = cells.with_name("answers.npy")
    with ExitStack() as stack:
        for peer in peers:
            if peer.name in left_out:
                continue
            try:
                worker = workers[peer.name] = stack.enter_context(Worker(peer, cells))
                peak = worker.ask(f"answer {target}")["peak"]
            except (ModelError, OSError) as error:
                left_out[peer.name] = str(error)
                continue
            found[peer.name] = Warm(peak=peak, answers=np.load(target))
        for names in rotating(list(found), rounds):
            for name in names:
                if name in left_out:
                    continue
                try:
                    milliseconds = workers[name].ask(f"time {TIMED}")["ms"]
                except ModelError as error:
                    left_out[name] = str(error)
                    continue
                found[name].times.append(float(np.median(milliseconds)))
    return {name: seen for name, seen in found.items() if name not in left_out}
