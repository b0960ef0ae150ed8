"""Which file of a network, runtime and number of threads answer fastest on this device?

Every installed runtime that reads the model and passes the self-test takes part, in interleaved
rounds, and so do those of the shipped files that hold the same network in other formats. What is
not faster than the default beyond doubt does not replace it, and neither does a runtime that every
start would wait for. Which file answers is the user's to say: another one is advised, not taken.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wbc_edge import bundle, container, runtimes
from wbc_edge.cores import usable_cores
from wbc_edge.doctor import self_test
from wbc_edge.errors import ModelError, RuntimeUnavailable, UsageError
from wbc_edge.measure import images, latency, probe
from wbc_edge.measure.contenders import Contender, enter
from wbc_edge.measure.judging import Progress, step
from wbc_edge.measure.latency import Plan, Ratio, Timing
from wbc_edge.runtimes import tuned
from wbc_edge.runtimes.tuned import Choice
from wbc_edge.text import columns

if TYPE_CHECKING:
    from wbc_edge.card import Card

SLOWEST_START = 10.0
"""How many times as long as with the default the command may take to answer one image."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One runtime and number of threads: its median of an inference in ms, and as a ratio.

    `ratio` is to the default of its model, which is that model's first; `start` is the command on
    one image, in multiples of what it takes with that default; `problem` says why it may not be
    chosen.
    """

    model: str
    runtime: str
    threads: int
    invoke: float | None
    ratio: Ratio | None
    start: float | None
    problem: str | None


@dataclass(frozen=True, kw_only=True)
class Choosing:
    """The trials of one model, and what `auto` runs models of its format with from now on."""

    model: str
    format: container.Format
    trials: tuple[Trial, ...]
    choice: Choice

    @property
    def chosen(self) -> Trial:
        """The trial that was chosen."""
        return next(t for t in self.trials if (t.runtime, t.threads) == self.choice)


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """What was tried, what is fastest, and the file that it is stored in.

    The first of `formats` is that of the model that was asked for; `unsound` are trials of files
    that no runtime here answers rightly. `advice` is another file's time as chosen over that of the
    first as chosen, where it is below 1 beyond doubt and no start waits for it.
    """

    formats: tuple[Choosing, ...]
    unsound: tuple[Trial, ...]
    advice: Ratio | None
    path: Path

    def to_text(self) -> str:
        """For people."""
        rows: list[tuple[str, ...]] = [
            ("model", "runtime", "threads", "interpreter ms", "times its default", "")
        ]
        for one in self.formats:
            rows += [_row(trial, chosen=trial is one.chosen) for trial in one.trials]
        rows += [_row(trial, chosen=False) for trial in self.unsound]
        told = [
            f"auto now runs {one.format} models with {one.choice.runtime}, threads: "
            f"{one.choice.threads}"
            for one in self.formats
        ]
        if self.advice is not None:
            told.append(
                f"{self.advice.name} is the same network and takes {self.advice.value:.2f} times "
                f"as long as {self.advice.base}: give --model {self.advice.name}"
            )
        return f"{columns(rows, right=(2, 3))}\n\n" + "\n".join([*told, f"stored in {self.path}"])


def _row(trial: Trial, *, chosen: bool) -> tuple[str, ...]:
    ratio = trial.ratio
    return (
        trial.model,
        trial.runtime,
        str(trial.threads),
        "-" if trial.invoke is None else f"{trial.invoke:.2f}",
        f"{ratio.value:.3f} ({ratio.low:.3f} to {ratio.high:.3f})" if ratio else "-",
        trial.problem or ("chosen" if chosen else ""),
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
        model: a shipped model; the choices are for models of its format, and of those of the other
            shipped files of its network.
        engines: names of runtimes to try, by default all that are installed.
        plan: of the timing.
        cold_rounds: starts of each runtime.
        progress: called with what is being done, steps done and all steps.

    Raises:
        ModelError, RuntimeUnavailable: no runtime answers this model as it should be answered.
        UsageError: no shipped model of that name, or the choice cannot be stored.
    """
    if model not in (names := [one.name for one in bundle.shipped()]):
        raise UsageError(
            f"{model}: shipped models are tuned with ({', '.join(names)}); what is found holds for "
            "others of their formats"
        )
    tuned.check_storable()
    files = _files(model)
    failed: dict[str, list[Trial]] = {}
    contenders: dict[str, tuple[Contender, ...]] = {}
    for name, format_ in files.items():
        readers = _readers(format_, engines)
        failed[name] = [trial for reader in readers if (trial := _failed(name, reader))]
        sound = [reader for reader in readers if reader not in {t.runtime for t in failed[name]}]
        if sound:
            contenders[name] = enter([name], engines=sound, threads=_threads())
        elif name == model:
            reasons = "; ".join(f"{trial.runtime}: {trial.problem}" for trial in failed[name])
            raise (ModelError if readers else RuntimeUnavailable)(
                f"no runtime here answers {model} as it should: {reasons or 'none is installed'}"
            )
    everyone = [one for several in contenders.values() for one in several]
    timings = latency.measure(
        [contender.candidate() for contender in everyone],
        images.drawn(),
        plan=plan,
        progress=step(progress, "tuning"),
    )
    starts = _starts(everyone, cold_rounds)
    formats = []
    for name, own in contenders.items():
        trials = _trials(own, timings, starts)
        formats.append(
            Choosing(
                model=name,
                format=files[name],
                trials=(*trials, *failed[name]),
                choice=choose(trials),
            )
        )
    for one in formats:
        path = tuned.store(one.format, one.choice)
    unsound = [trial for name in failed if name not in contenders for trial in failed[name]]
    return Tuning(
        formats=tuple(formats),
        unsound=tuple(unsound),
        advice=_advice(formats, everyone, timings, starts),
        path=path,
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


def _files(model: str) -> dict[str, container.Format]:
    """The model, and for every other format the shipped file of that network and quantisation."""
    first = bundle.open_bundle(model)
    found = {model: container.sniff(first.path)}
    for other in bundle.shipped():
        format_ = container.sniff(other.path)
        new = format_ not in found.values()
        if new and _alike(first.card, bundle.open_bundle(other.name).card):
            found[other.name] = format_
    return found


def _alike(one: Card, other: Card) -> bool:
    """Whether two files come from one network and compute in the same numbers."""
    parents = {one.parent_sha256, other.parent_sha256}
    numbers = {card.format.partition("-")[2] for card in (one, other)}
    return None not in parents and len(parents) == len(numbers) == 1


def _readers(format_: container.Format, engines: tuple[str, ...] | None) -> list[str]:
    """The installed runtimes that read a format, of those asked for."""
    return [
        engine.name
        for engine in runtimes.readers(format_)
        if runtimes.is_installed(engine) and (engines is None or engine.name in engines)
    ]


def _failed(model: str, name: str) -> Trial | None:
    test = self_test(model, runtime=name)
    if test.passed:
        return None
    return Trial(
        model=model,
        runtime=name,
        threads=1,
        invoke=None,
        ratio=None,
        start=None,
        problem=str(test.problem),
    )


def _threads() -> list[int]:
    """1, 2, 4 and so on, up to the cores, and to 16."""
    cores = usable_cores()
    return [count for count in (1, 2, 4, 8, 16) if count <= cores]


def _starts(contenders: Sequence[Contender], rounds: int) -> dict[tuple[str, str], float]:
    """Model and runtime -> ms of the command on one image, where it was measured."""
    if rounds < 1:
        return {}
    single = {(one.model, one.runtime): one for one in contenders if one.threads == 1}
    with tempfile.TemporaryDirectory(prefix="wbc-edge-") as folder:
        image = Path(folder) / "cell.jpg"
        image.write_bytes(images.drawn()[0])
        requests = [
            probe.Request(name=one.name, model=one.model, image=str(image), runtime=one.runtime)
            for one in single.values()
        ]
        found = {cold.name: cold.command for cold in probe.measure(requests, rounds=rounds)}
    return {key: found[one.name] for key, one in single.items() if one.name in found}


def _trials(
    contenders: Sequence[Contender],
    timings: Sequence[Timing],
    starts: Mapping[tuple[str, str], float],
) -> tuple[Trial, ...]:
    """Those of one model, whose default is the first of its contenders."""
    base = contenders[0]
    by_name = {timing.name: timing for timing in timings}
    trials = []
    for contender in contenders:
        start = None
        if (contender.model, contender.runtime) in starts:
            start = starts[contender.model, contender.runtime] / starts[base.model, base.runtime]
        slow = start is not None and start > SLOWEST_START
        trials.append(
            Trial(
                model=contender.model,
                runtime=contender.runtime,
                threads=contender.threads,
                invoke=by_name[contender.name].invoke.p50,
                ratio=_ratio(timings, contender.name, base.name),
                start=start,
                problem=f"each start takes {start:.0f} times as long" if slow else None,
            )
        )
    return tuple(trials)


def _advice(
    formats: Sequence[Choosing],
    contenders: Sequence[Contender],
    timings: Sequence[Timing],
    starts: Mapping[tuple[str, str], float],
) -> Ratio | None:
    """The fastest other file over the first, each as chosen, named by their models."""
    names = {(one.model, one.runtime, one.threads): one.name for one in contenders}
    first, *others = formats
    base = names[(first.model, *first.choice)]
    default = starts.get((first.model, first.trials[0].runtime))
    found = []
    for other in others:
        start = starts.get((other.model, other.choice.runtime))
        slow = start is not None and default is not None and start > SLOWEST_START * default
        ratio = _ratio(timings, names[(other.model, *other.choice)], base)
        if ratio is not None and ratio.high < 1 and not slow:
            found.append(replace(ratio, name=other.model, base=first.model))
    return min(found, key=lambda ratio: ratio.value, default=None)


def _ratio(timings: Sequence[Timing], name: str, base: str) -> Ratio | None:
    """One candidate's inference over another's; None for the same, or without measurable time."""
    found = latency.ratios([one for one in timings if one.name in (name, base)], base)
    return next((ratio for ratio in found if ratio.stage == "invoke"), None)
