"""What a cold process meets: how long until the first answer, and how much memory it ever took.

Memory that was once taken stays in a process's peak, so every candidate gets a process of its own:
`measure` starts a Python that calls `main` here, which opens one model, answers one image and
prints what it saw. Beside it the command itself is started, as a user does at the prompt.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from wbc_edge import child
from wbc_edge.errors import ModelError, WbcEdgeError
from wbc_edge.measure.rounds import rotating

ROUNDS = 5
"""The fewest that two reports can be told apart by (`intervals.can_tell_apart`)."""
TIMEOUT_S = 600

_COMMAND = "from wbc_edge.__main__ import main; main()"
_PROBE = "from wbc_edge.measure.probe import main; main(sys.argv[1])"


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to open, and the image file to answer. `name` is for the reader."""

    name: str
    model: str
    image: str
    runtime: str = "auto"
    threads: int = 1


@dataclass(frozen=True, kw_only=True)
class Cold:
    """A candidate in fresh processes: medians over `rounds`, in milliseconds.

    `command` is `wbc-edge classify` on one image, from its start to its end. The others are seen in
    a process of the benchmark's own: `process` is its whole life, `load` opening the model with the
    import of its runtime, `first` the first answer, file to label. `peak_bytes` is the largest
    resident memory; None where the system does not tell, and then `peak_reason` says why.
    """

    name: str
    rounds: int
    command: float
    process: float
    load: float
    first: float
    peak_bytes: int | None
    peak_reason: str | None
    command_by_round: tuple[float, ...]
    peak_by_round: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class _Sighting:
    """What one child saw."""

    load: float
    first: float
    peak_bytes: int | None
    peak_reason: str | None


def measure(
    requests: Sequence[Request],
    *,
    rounds: int = ROUNDS,
    run: Callable[[Request, Sequence[str]], str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Cold, ...]:
    """Start each candidate in `rounds` fresh processes of either kind, in interleaved rounds.

    Args:
        run: gives the standard output of a command; a subprocess by default.
        progress: called with rounds done and all rounds.

    Raises:
        ModelError: a child failed or took too long (probe_failed); the message ends with what
            it wrote to standard error.
    """
    start = run or _run_child
    seen: dict[str, list[tuple[float, float, _Sighting]]] = {one.name: [] for one in requests}
    for done, turn in enumerate(rotating(requests, rounds), start=1):
        for request in turn:
            command, _ = _timed(start, request, _classify(request))
            process, output = _timed(start, request, _probe(request))
            sighting = _Sighting(**json.loads(output.strip().splitlines()[-1]))
            seen[request.name].append((command, process, sighting))
        if progress is not None:
            progress(done, rounds)
    return tuple(_summary(name, runs) for name, runs in seen.items())


def peak_memory() -> tuple[int | None, str | None]:
    """The largest resident memory of this process in bytes, or None and the reason.

    On Linux from VmHWM, which starts anew with the program; `ru_maxrss` would still hold the peak
    of the parent that it was forked from.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        status = ""
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024, None
    try:
        import resource
    except ImportError:
        return None, f"{sys.platform} does not tell a process its peak memory"
    # Bytes on macOS, kilobytes on the other Unixes (getrusage(2) of each).
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit, None


def main(argument: str) -> None:
    """The child: answer the request (JSON) and print one line of JSON, or end with what failed."""
    try:
        sighting = _look(Request(**json.loads(argument)))
    except WbcEdgeError as error:
        sys.exit(str(error))
    print(json.dumps(asdict(sighting)))


def _look(request: Request) -> _Sighting:
    start = time.perf_counter()
    from wbc_edge.classifier import Classifier

    classifier = Classifier(request.model, runtime=request.runtime, threads=request.threads)
    loaded = time.perf_counter()
    classifier.classify(request.image)
    answered = time.perf_counter()
    peak_bytes, peak_reason = peak_memory()
    return _Sighting(
        load=1000 * (loaded - start),
        first=1000 * (answered - loaded),
        peak_bytes=peak_bytes,
        peak_reason=peak_reason,
    )


def _timed(
    run: Callable[[Request, Sequence[str]], str], request: Request, command: Sequence[str]
) -> tuple[float, str]:
    """Milliseconds and output of one process."""
    began = time.perf_counter()
    output = run(request, command)
    return 1000 * (time.perf_counter() - began), output


def _classify(request: Request) -> list[str]:
    options = ["--model", request.model, "--runtime", request.runtime]
    threads = ["--threads", str(request.threads)]
    return child.command(_COMMAND, "classify", request.image, *options, *threads)


def _probe(request: Request) -> list[str]:
    return child.command(_PROBE, json.dumps(asdict(request)))


def _run_child(request: Request, command: Sequence[str]) -> str:
    try:
        process = subprocess.run(
            command,
            capture_output=True,
            # What `classify` writes, whatever this system's own encoding is.
            encoding="utf-8",
            errors="replace",
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ModelError(
            f"{request.name}: its process took more than {TIMEOUT_S} s", code="probe_failed"
        ) from None
    if process.returncode != 0:
        raise ModelError(
            f"{request.name}: its process ended with code {process.returncode}: "
            f"{process.stderr.strip()[-500:]}",
            code="probe_failed",
        )
    return process.stdout


def _summary(name: str, runs: Sequence[tuple[float, float, _Sighting]]) -> Cold:
    sightings = [sighting for _, _, sighting in runs]
    peaks = [seen.peak_bytes for seen in sightings if seen.peak_bytes is not None]
    return Cold(
        name=name,
        rounds=len(runs),
        command=median(command for command, _, _ in runs),
        process=median(process for _, process, _ in runs),
        load=median(seen.load for seen in sightings),
        first=median(seen.first for seen in sightings),
        peak_bytes=int(median(peaks)) if peaks else None,
        peak_reason=None if peaks else sightings[0].peak_reason,
        command_by_round=tuple(command for command, _, _ in runs),
        peak_by_round=tuple(peaks),
    )
