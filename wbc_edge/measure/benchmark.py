"""The whole benchmark: models in, one report out."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from pathlib import Path

from wbc_edge import __version__
from wbc_edge.errors import UsageError
from wbc_edge.measure import accuracy, compare, device, gates, images, latency, probe
from wbc_edge.measure.contenders import Contender, enter
from wbc_edge.measure.dataset import Dataset, read
from wbc_edge.measure.evaluate import Answers, answer
from wbc_edge.measure.gates import GateResult, Limits
from wbc_edge.measure.latency import Plan, Ratio, Timing
from wbc_edge.measure.report import Data, Entry, Report

Progress = Callable[[str, int, int], None]


def bench(
    models: Sequence[str | Path] = ("edge",),
    *,
    data: str | Path | None = None,
    reference: str | Path | None = None,
    runtimes: Sequence[str] = ("auto",),
    threads: Sequence[int] = (1,),
    plan: Plan = Plan(),
    limits: Limits = Limits(),
    cold_rounds: int = probe.ROUNDS,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """Measure models side by side: how fast, how much memory, and on labelled images how good.

    Args:
        models: files, or names of shipped models.
        data: a folder per class; without it times are taken on drawn sample cells.
        reference: the model that the others are compared with, in answers and in time. Without it
            times are compared with those of the first model.
        runtimes: each model is measured in each of these that reads its format.
        threads: and with each of these numbers of threads.
        plan: rounds and warm-up of the timing.
        limits: gates; their outcome is in the report, and `Report.check` raises it.
        cold_rounds: fresh processes for each candidate; 0 leaves this part out.
        workers: threads that classify the labelled images; by default one for each core.
        progress: called with what is being done, steps done and all steps.

    Raises:
        UsageError: arguments that do not fit together.
        ModelError, RuntimeUnavailable: a model that cannot be used.
    """
    _check_arguments(models, data, reference, plan, limits)
    asked = map(str, models if reference is None else (reference, *models))
    contenders = enter(dict.fromkeys(asked), engines=runtimes, threads=threads)
    if limits.max_latency_ratio is not None and len(contenders) < 2:
        raise UsageError("--max-latency-ratio needs a --reference or a second candidate")
    base = contenders[0]
    dataset = None if data is None else read(data, base.bundle.card.labels)
    timed = images.drawn() if dataset is None else images.of_dataset(dataset)

    before = device.read()
    timings = latency.measure(
        [contender.candidate() for contender in contenders],
        timed,
        plan=plan,
        progress=_step(progress, "timing"),
    )
    cold = _cold(contenders, timed[0], cold_rounds)
    answers = {} if dataset is None else _answers(contenders, dataset, workers, progress)
    after = device.read()

    judged = _judge_answers(
        answers,
        base=base,
        compared=reference is not None,
        max_drop=compare.MAX_DROP if limits.max_drop is None else limits.max_drop,
    )
    entries = tuple(
        _entry(contender, timing, cold.get(contender.name), judged.get(contender.name))
        for contender, timing in zip(contenders, timings, strict=True)
    )
    ratios = latency.ratios(timings, base.name)
    gated = [
        entry for entry in entries if entry.model != str(reference) and entry.name != base.name
    ]
    return Report(
        version=__version__,
        created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        device=device.describe(),
        before=before,
        after=after,
        plan=plan,
        images=f"{len(timed)} drawn cells" if data is None else f"{len(timed)} images of {data}",
        entries=entries,
        base=base.name,
        reference=None if reference is None else base.name,
        ratios=ratios,
        data=None if dataset is None else _data(dataset, answers[base]),
        gates=_judge(gated, ratios, limits),
    )


def _check_arguments(
    models: Sequence[str | Path],
    data: str | Path | None,
    reference: str | Path | None,
    plan: Plan,
    limits: Limits,
) -> None:
    if not models:
        raise UsageError("there is no model to measure")
    if plan.rounds < 1 or plan.warmup < 0:
        raise UsageError("--rounds must be at least 1 and --warmup at least 0")
    for option, value in (
        ("--max-drop", limits.max_drop),
        ("--min-agreement", limits.min_agreement),
    ):
        if value is not None and (data is None or reference is None):
            raise UsageError(f"{option} compares answers: it needs --data and --reference")
    if limits.max_drop is not None and limits.max_drop < 0:
        raise UsageError(f"--max-drop is a number of points from 0, not {limits.max_drop:g}")
    if limits.min_agreement is not None and not 0 <= limits.min_agreement <= 100:
        raise UsageError(f"--min-agreement is 0 to 100 per cent, not {limits.min_agreement:g}")
    if limits.max_latency_ratio is not None and limits.max_latency_ratio <= 0:
        raise UsageError(f"--max-latency-ratio is above 0, not {limits.max_latency_ratio:g}")


def _step(progress: Progress | None, what: str) -> Callable[[int, int], None] | None:
    """A progress function for one part of the work."""
    if progress is None:
        return None
    return lambda done, total: progress(what, done, total)


def _cold(contenders: Sequence[Contender], data: bytes, rounds: int) -> dict[str, probe.Cold]:
    if rounds < 1:
        return {}
    with tempfile.TemporaryDirectory(prefix="wbc-edge-") as folder:
        path = Path(folder) / "cell"
        path.write_bytes(data)
        requests = [
            probe.Request(
                name=contender.name,
                model=contender.model,
                image=str(path),
                runtime=contender.runtime,
                threads=contender.threads,
            )
            for contender in contenders
        ]
        return {cold.name: cold for cold in probe.measure(requests, rounds=rounds)}


def _answers(
    contenders: Sequence[Contender],
    dataset: Dataset,
    workers: int | None,
    progress: Progress | None,
) -> dict[Contender, Answers]:
    """The answers of each model in each runtime; the number of threads does not change them."""
    labels = contenders[0].bundle.card.labels
    answers: dict[Contender, Answers] = {}
    answered = set()
    for contender in contenders:
        own = contender.bundle.card.labels
        if set(own) != set(labels):
            raise UsageError(
                f"{contender.model} has other classes than {contenders[0].model}: "
                f"{', '.join(own)} beside {', '.join(labels)}"
            )
        if (contender.model, contender.runtime) in answered:
            continue
        answered.add((contender.model, contender.runtime))
        step = _step(progress, f"classifying with {contender.name}")
        answers[contender] = answer(
            contender.open(), dataset, labels, workers=workers, progress=step
        )
    if not answers[contenders[0]].truth:
        raise UsageError(f"none of the {len(dataset.items)} files in {dataset.folder} can be read")
    return answers


_Judged = tuple[accuracy.Accuracy, compare.Comparison | None]


def _judge_answers(
    answers: dict[Contender, Answers], *, base: Contender, compared: bool, max_drop: float
) -> dict[str, _Judged]:
    judged: dict[str, _Judged] = {}
    for contender, given in answers.items():
        labels = base.bundle.card.labels
        score = accuracy.measure(
            given.probabilities, given.truth, labels, threshold=contender.bundle.card.threshold
        )
        comparison = None
        if compared and contender is not base:
            comparison = compare.compare(
                given.probabilities,
                answers[base].probabilities,
                given.truth,
                labels,
                paths=given.paths,
                max_drop=max_drop,
            )
        judged[contender.name] = score, comparison
    return judged


def _entry(
    contender: Contender, timing: Timing, cold: probe.Cold | None, judged: _Judged | None
) -> Entry:
    score, comparison = judged or (None, None)
    return Entry(
        name=contender.name,
        model=contender.model,
        sha256=contender.bundle.sha256,
        size=contender.bundle.size,
        format=contender.bundle.card.format,
        runtime=contender.runtime,
        runtime_version=contender.version,
        threads=contender.threads,
        timing=timing,
        cold=cold,
        accuracy=score,
        comparison=comparison,
    )


def _data(dataset: Dataset, answers: Answers) -> Data:
    return Data(
        folder=str(dataset.folder),
        images=len(dataset.items),
        answered=len(answers.truth),
        failures=answers.failures,
    )


def _judge(
    entries: Sequence[Entry], ratios: Sequence[Ratio], limits: Limits
) -> tuple[GateResult, ...]:
    names = {entry.name for entry in entries}
    results = [
        result
        for entry in entries
        if entry.comparison is not None
        for result in gates.of_comparison(entry.name, entry.comparison, limits)
    ]
    results += gates.of_ratios((ratio for ratio in ratios if ratio.name in names), limits)
    return tuple(results)
