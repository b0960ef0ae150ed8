"""Can the instrument be trusted? What it says of things whose truth is known.

- *times*: stages that sleep for known times are measured within 2 % or 50 microseconds;
- *equals*: a model beside itself has a ratio whose interval holds 1, in 19 of 20 runs at least, and
  is narrow enough to tell something;
- *drops*: answers with a planted loss of accuracy are judged as the statistics say: a loss beyond
  the limit is called kept, and one within it lost, no more often than the interval's level allows;
  and a large one is called lost.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import typer

from bench.ratios import Strict, demand
from wbc_edge.measure import images, latency
from wbc_edge.measure.compare import Outcome, compare
from wbc_edge.measure.contenders import enter
from wbc_edge.measure.latency import NANOSECONDS_PER_MS, Candidate, Plan

SLEEPS_MS = (1.0, 3.0, 10.0)
RELATIVE, ABSOLUTE_MS = 0.02, 0.05
RUNS, ENOUGH = 20, 19
DROPS = (0.2, 0.5, 1.0, 3.0)
LIMIT = 0.5
# A 95 % interval is on the wrong side of the truth at either end in 2.5 % of all draws; three
# standard errors of the share among the draws are allowed on top.
TAIL = 0.025
DECISIVE, LEAST_RIGHT = 3.0, 0.95
"""A drop that is to be seen, and in which share of the draws: of six times the limit, which lies
five standard errors away on 1,535 images, they should call it lost in 99.9 %."""
WIDEST = 0.2
"""Greatest width of the usual interval of a model beside itself: a tenth to either side. One that
is wider calls models alike that a user would tell apart by a clock on the wall."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing held against its known truth."""

    name: str
    passed: bool
    found: str

    def sentence(self) -> str:
        """One line for the terminal."""
        return f"{'PASS' if self.passed else 'FAIL'}  {self.name}: {self.found}"


def command(
    model: Annotated[str, typer.Option(help="The model that is compared with itself.")] = "edge",
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of each run.")] = 15,
    draws: Annotated[int, typer.Option(min=1, help="Sets of answers for each drop.")] = 400,
    cells: Annotated[int, typer.Option(min=1, help="Images in each set.")] = 1535,
    strict: Strict = False,
) -> None:
    """Hold the instruments of `wbc-edge bench` against known truths."""
    checks = []
    for check in (
        *(known_time(sleep) for sleep in SLEEPS_MS),
        equals(model, rounds=rounds),
        *(planted_drop(drop, draws=draws, cells=cells) for drop in DROPS),
    ):
        typer.echo(check.sentence())
        checks.append(check)
    demand(checks, strict=strict)


class Sleeper:
    """A subject whose inference sleeps, and notes how long: a busy machine wakes a sleeper late."""

    def __init__(self, milliseconds: float, slept: list[float]) -> None:
        self._seconds = milliseconds / 1000
        self._slept = slept

    def decode(self, data: bytes) -> Any:
        """Nothing."""
        return data

    def prepare(self, picture: Any) -> Any:
        """Nothing."""
        return picture

    def invoke(self, view: Any) -> Any:
        """Sleeps."""
        start = time.perf_counter_ns()
        time.sleep(self._seconds)
        self._slept.append((time.perf_counter_ns() - start) / NANOSECONDS_PER_MS)
        return view

    def answer(self, output: Any) -> Any:
        """Nothing."""
        return output


def known_time(milliseconds: float, *, images_each: int = 40) -> Check:
    """Measures a sleep of known length."""
    slept: list[float] = []
    candidate = Candidate(name="sleeper", open=lambda: Sleeper(milliseconds, slept))
    plan = Plan(rounds=3, warmup=0)
    (timing,) = latency.measure([candidate], [b""] * images_each, plan=plan)
    truth = float(np.median(_warm(slept, images_each)))
    error = abs(timing.invoke.p50 - truth)
    return Check(
        name=f"a sleep of {milliseconds:g} ms",
        passed=error <= max(RELATIVE * truth, ABSOLUTE_MS),
        found=f"took {truth:.4f} ms, measured {timing.invoke.p50:.4f} ms, "
        f"{1000 * error:.1f} microseconds apart",
    )


def _warm(slept: Sequence[float], images_each: int) -> list[float]:
    """Without the first of every round, which is not among the warm ones."""
    return [value for number, value in enumerate(slept) if number % (images_each + 1)]


def equals(model: str, *, rounds: int, runs: int = RUNS) -> Check:
    """Compares a model with itself, again and again."""
    (contender,) = enter([model], threads=[1])
    twins = [Candidate(name=name, open=contender.candidate().open) for name in ("one", "the other")]
    cells = images.drawn()
    held: Counter[str] = Counter()
    widths = []
    for _ in range(runs):
        timings = latency.measure(twins, cells, plan=Plan(rounds=rounds, warmup=2))
        for ratio in latency.ratios(timings, "one"):
            held[ratio.stage] += ratio.low <= 1 <= ratio.high
            # The other stages take so little that the clock's own steps show.
            if ratio.stage == "whole":
                widths.append(ratio.high - ratio.low)
    needed = ENOUGH * runs // RUNS
    width = float(np.median(widths))
    return Check(
        name=f"{model} beside itself",
        passed=all(count >= needed for count in held.values()) and width <= WIDEST,
        found=f"the interval holds 1 in {dict(held)} of {runs} runs, {needed} are needed; that of "
        f"the whole is {width:.3f} wide, up to {WIDEST:g} it may be",
    )


def planted_drop(drop: float, *, draws: int, cells: int) -> Check:
    """Judges sets of answers of a candidate that is worse by `drop` points, at a limit of 0.5.

    The reference is right on 98 % of the images. The candidate loses each image that the reference
    has right with the probability of `drop` and of a churn of half a point, and gains those that it
    had wrong so that the churn evens out: the way in which quantisation changes answers.
    """
    outcomes = judged(drop, draws=draws, cells=cells)
    false: tuple[Outcome, ...] = ("kept", "lost")
    if drop != LIMIT:
        false = ("kept",) if drop > LIMIT else ("lost",)
    allowed = len(false) * draws * (TAIL + 3 * (TAIL * (1 - TAIL) / draws) ** 0.5)
    wrong = sum(outcomes[name] for name in false)
    needed = LEAST_RIGHT * draws if drop >= DECISIVE else 0
    told = ", ".join(f"{name} {outcomes[name]}" for name in ("kept", "undecided", "lost"))
    return Check(
        name=f"a drop of {drop:g} points on {cells} images, limit {LIMIT:g}",
        passed=wrong <= allowed and outcomes["lost"] >= needed,
        found=f"{told} of {draws}; {wrong} wrongly, up to {allowed:.0f} may be"
        + (f"; {needed:.0f} are to be called lost" if needed else ""),
    )


def judged(drop: float, *, draws: int, cells: int) -> Counter[Outcome]:
    """How often each verdict is given."""
    random = np.random.default_rng(0)
    outcomes: Counter[Outcome] = Counter()
    labels = ("a", "b")
    truth = ["a"] * cells
    for _ in range(draws):
        reference = random.random(cells) < 0.98
        churn = 0.005
        lose = reference & (random.random(cells) < (drop / 100 + churn) / 0.98)
        gain = ~reference & (random.random(cells) < churn / 0.02)
        candidate = (reference & ~lose) | gain
        result = compare(_answers(candidate), _answers(reference), truth, labels, max_drop=LIMIT)
        outcomes[result.verdict.outcome] += 1
    return outcomes


def _answers(right: np.ndarray) -> np.ndarray:
    """(images, 2) probabilities that name class 0 where it is right."""
    return np.stack([np.where(right, 0.9, 0.1), np.where(right, 0.1, 0.9)], axis=1)
