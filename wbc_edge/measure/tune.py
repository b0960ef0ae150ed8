"""Which runtime, with how many threads, answers fastest on this device?

Every installed runtime that reads the model and passes the self-test takes part, in interleaved
rounds. What is not faster than the default beyond doubt does not replace it, and neither does a
runtime that every start would wait for.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from wbc_edge import bundle, container, runtimes
from wbc_edge.cores import usable_cores
from wbc_edge.doctor import self_test
from wbc_edge.errors import ModelError, RuntimeUnavailable
from wbc_edge.measure import images, latency, probe
from wbc_edge.measure.contenders import Contender, enter
from wbc_edge.measure.judging import Progress, step
from wbc_edge.measure.latency import Plan, Ratio, Timing
from wbc_edge.output import columns
from wbc_edge.runtimes import tuned
from wbc_edge.runtimes.tuned import Choice

SLOWEST_START = 10.0
"""How many times as long as with the default the command may take to answer one image."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One runtime and number of threads: its median of an inference in ms, and as a ratio.

    `ratio` is to the default, which is the first; `start` is the command on one image, in
    multiples of what it takes with the default; `problem` says why it may not be chosen.
    """

    runtime: str
    threads: int
    invoke: float | None
    ratio: Ratio | None
    start: float | None
    problem: str | None


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """What was tried, what is fastest, and the file that it is stored in."""

    model: str
    format: str
    trials: tuple[Trial, ...]
    choice: Choice
    path: Path

    def to_text(self) -> str:
        """For people."""
        rows = [("runtime", "threads", "interpreter ms", "times the default", "")]
        for trial in self.trials:
            ratio = trial.ratio
            rows.append(
                (
                    trial.runtime,
                    str(trial.threads),
                    "-" if trial.invoke is None else f"{trial.invoke:.2f}",
                    f"{ratio.value:.3f} ({ratio.low:.3f} to {ratio.high:.3f})" if ratio else "-",
                    trial.problem
                    or ("chosen" if (trial.runtime, trial.threads) == self.choice else ""),
                )
            )
        return (
            f"{columns(rows, right=(1, 2))}\n\nauto now runs {self.format} models with "
            f"{self.choice.runtime}, threads: {self.choice.threads} (stored in {self.path})"
        )


def tune(
    model: str = bundle.DEFAULT,
    *,
    engines: tuple[str, ...] | None = None,
    plan: Plan = Plan(),
    cold_rounds: int = probe.ROUNDS,
    progress: Progress | None = None,
) -> Tuning:
    """Measure, choose and store.

    Args:
        model: a shipped model; the choice is for models of its format.
        engines: names of runtimes to try, by default all that are installed.
        plan: of the timing.
        cold_rounds: starts of each runtime.
        progress: called with what is being done, steps done and all steps.

    Raises:
        ModelError, RuntimeUnavailable: no runtime answers this model as it should be answered.
        UsageError: the choice cannot be stored.
    """
    file = bundle.open_bundle(model).path
    tuned.check_storable()
    format_ = container.sniff(file)
    names = [
        engine.name
        for engine in runtimes.ENGINES
        if format_ in engine.formats
        and runtimes.is_installed(engine)
        and (engines is None or engine.name in engines)
    ]
    failed = [trial for name in names if (trial := _failed(model, name))]
    sound = [name for name in names if name not in {trial.runtime for trial in failed}]
    if not sound:
        reasons = "; ".join(f"{trial.runtime}: {trial.problem}" for trial in failed)
        raise (ModelError if names else RuntimeUnavailable)(
            f"no runtime here answers {model} as it should: {reasons or 'none is installed'}"
        )
    contenders = enter([model], engines=sound, threads=_threads())
    timings = latency.measure(
        [contender.candidate() for contender in contenders],
        images.drawn(),
        plan=plan,
        progress=step(progress, "tuning"),
    )
    starts = _starts(contenders, cold_rounds)
    trials = _trials(contenders, timings, starts)
    best = choose(trials)
    return Tuning(
        model=model,
        format=format_,
        trials=(*trials, *failed),
        choice=best,
        path=tuned.store(format_, best),
    )


def choose(trials: tuple[Trial, ...]) -> Choice:
    """The fastest that is faster than the first beyond doubt; else the first, the default."""
    faster = [
        trial
        for trial in trials[1:]
        if trial.problem is None and trial.ratio is not None and trial.ratio.high < 1
    ]
    best = min(
        faster, key=lambda trial: trial.ratio.value if trial.ratio else 1.0, default=trials[0]
    )
    return Choice(runtime=best.runtime, threads=best.threads)


def _failed(model: str, name: str) -> Trial | None:
    test = self_test(model, runtime=name)
    if test.passed:
        return None
    return Trial(
        runtime=name, threads=1, invoke=None, ratio=None, start=None, problem=str(test.problem)
    )


def _threads() -> list[int]:
    """1, 2, 4 and so on, up to the cores."""
    cores = usable_cores()
    return [count for count in (1, 2, 4, 8, 16) if count <= cores]


def _starts(contenders: tuple[Contender, ...], rounds: int) -> dict[str, float]:
    """Runtime -> ms of the command on one image, where it was measured."""
    if rounds < 1:
        return {}
    single = [contender for contender in contenders if contender.threads == 1]
    with tempfile.TemporaryDirectory(prefix="wbc-edge-") as folder:
        image = Path(folder) / "cell.jpg"
        image.write_bytes(images.drawn()[0])
        requests = [
            probe.Request(name=one.runtime, model=one.model, image=str(image), runtime=one.runtime)
            for one in single
        ]
        return {cold.name: cold.command for cold in probe.measure(requests, rounds=rounds)}


def _trials(
    contenders: tuple[Contender, ...], timings: tuple[Timing, ...], starts: dict[str, float]
) -> tuple[Trial, ...]:
    base = contenders[0]
    ratios = {
        ratio.name: ratio for ratio in latency.ratios(timings, base.name) if ratio.stage == "invoke"
    }
    trials = []
    for contender, timing in zip(contenders, timings, strict=True):
        start = None
        if contender.runtime in starts:
            start = starts[contender.runtime] / starts[base.runtime]
        slow = start is not None and start > SLOWEST_START
        trials.append(
            Trial(
                runtime=contender.runtime,
                threads=contender.threads,
                invoke=timing.invoke.p50,
                ratio=ratios.get(contender.name),
                start=start,
                problem=f"each start takes {start:.0f} times as long" if slow else None,
            )
        )
    return tuple(trials)
