"""The whole benchmark: models in, one report out."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path

from wbc_edge import __version__
from wbc_edge import card as cards
from wbc_edge.card import Card
from wbc_edge.cores import usable_cores
from wbc_edge.errors import UsageError
from wbc_edge.measure import compare, device, gates, images, judging, latency, probe, throughput
from wbc_edge.measure import groups as grouping
from wbc_edge.measure.contenders import Contender, enter
from wbc_edge.measure.dataset import Dataset, read, spread
from wbc_edge.measure.evaluate import Answers
from wbc_edge.measure.gates import GateResult, Limits
from wbc_edge.measure.judging import Judged, Progress
from wbc_edge.measure.latency import Plan, Ratio, Timing
from wbc_edge.measure.probe import Cold
from wbc_edge.measure.report import Data, Entry, Report
from wbc_edge.measure.throughput import Throughput


def bench(
    models: Sequence[str | Path] = ("edge",),
    *,
    data: str | Path | None = None,
    groups: str | Path | None = None,
    reference: str | Path | None = None,
    runtimes: Sequence[str] = ("auto",),
    threads: Sequence[int | None] = (None,),
    batches: Sequence[int] = (1,),
    card: Card | None = None,
    first_look: bool = False,
    plan: Plan = Plan(),
    limits: Limits = Limits(),
    cold_rounds: int = probe.ROUNDS,
    folder_rounds: int = throughput.ROUNDS,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """Measure models side by side: how fast, how much memory, and on labelled images how good.

    Args:
        models: files, or names of shipped models.
        data: a folder per class; without it times are taken on drawn sample cells.
        groups: a CSV table of which of these belong together (`measure.groups`); copies of a file
            do in any case.
        reference: the model that the others are compared with, in answers and in time, the latter
            with as many threads and images at a time, and in the same runtime where that reads it.
            Without it times are compared with those of the first model.
        runtimes: each model is measured in each of these that reads its format.
        threads: and with each of these numbers of threads; None is as tuned, or 1.
        batches: and with each of these numbers of images at a time.
        card: stands in for that of models that carry none.
        first_look: answer from one look, whatever second looks the cards tell: what they answer is
            of the network and the file alone.
        plan: rounds and warm-up of the timing.
        limits: gates; their outcome is in the report, and `Report.check` raises it.
        cold_rounds: fresh processes of either kind for each candidate; 0 leaves this part out.
        folder_rounds: times that a folder of images is classified; 0 leaves this part out.
        workers: threads that classify folders of images; by default one for each core.
        progress: called with what is being done, steps done and all steps.

    Raises:
        UsageError: arguments that do not fit together.
        ModelError, RuntimeUnavailable: a model that cannot be used.
    """
    _check_arguments(models, data, groups, reference, batches, plan, limits)
    asked = map(str, models if reference is None else (reference, *models))
    contenders = enter(
        dict.fromkeys(asked),
        engines=runtimes,
        threads=threads,
        batches=batches,
        card=card,
        first_look=first_look,
    )
    base = contenders[0]
    # Other runtimes or threads of the reference are shown beside it, and held to no limit.
    candidates = [entrant for entrant in contenders[1:] if entrant.model != str(reference)]
    if not candidates and limits != Limits():
        raise UsageError("a limit needs a candidate that is not the reference itself")
    if limits.max_latency_ratio is not None and plan.rounds < latency.FEWEST_ROUNDS:
        raise UsageError(
            f"--max-latency-ratio is decided by {latency.FEWEST_ROUNDS} rounds or more, not by "
            f"{plan.rounds}"
        )
    told = None if groups is None else grouping.read(groups)
    dataset = None
    if data is not None:
        judging.check_classes(contenders)
        dataset = read(data, base.bundle.card.labels)
    timed = images.drawn() if dataset is None else images.of_dataset(dataset)

    before = device.read()
    timings = latency.measure(
        [contender.candidate() for contender in contenders],
        timed,
        plan=plan,
        progress=judging.step(progress, "timing"),
    )
    cold, folder = _on_disk(
        contenders, timed, dataset, cold_rounds, folder_rounds, workers, progress
    )
    answers = (
        {}
        if dataset is None
        else judging.collect(contenders, dataset, workers=workers, progress=progress)
    )
    after = device.read()

    given = None if dataset is None else _data(dataset, answers[base], told)
    judged = judging.judge(
        answers,
        base=base,
        compared=reference is not None,
        groups=None if given is None else given.groups,
        max_drop=compare.MAX_DROP if limits.max_drop is None else limits.max_drop,
    )
    entries = tuple(
        _entry(
            contender,
            timing,
            cold.get(contender.name),
            folder.get(contender.name),
            judged.get(contender.name),
        )
        for contender, timing in zip(contenders, timings, strict=True)
    )
    ratios = latency.ratios(timings, base.name, instead=_alike(contenders, reference))
    names = {candidate.name for candidate in candidates}
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
        data=given,
        gates=_judge([entry for entry in entries if entry.name in names], ratios, limits),
        first_look=first_look,
    )


def _alike(contenders: Sequence[Contender], reference: str | Path | None) -> dict[str, str]:
    """Each candidate -> the reference measured as it was; those without one are left out.

    A runtime, threads or a batch of its own would be taken for a merit of the candidate's.
    """
    measured = [entrant for entrant in contenders if entrant.model == str(reference)]
    found = {}
    for entrant in contenders:
        width = entrant.threads, entrant.batch
        same = [one for one in measured if (one.threads, one.batch) == width]
        # A model of another format may have no runtime in common with it.
        like = [one for one in same if one.runtime == entrant.runtime] or same
        if like and entrant not in measured:
            found[entrant.name] = like[0].name
    return found


def _check_arguments(
    models: Sequence[str | Path],
    data: str | Path | None,
    groups: str | Path | None,
    reference: str | Path | None,
    batches: Sequence[int],
    plan: Plan,
    limits: Limits,
) -> None:
    if not models:
        raise UsageError("there is no model to measure")
    if data == "":
        raise UsageError("--data is an empty name: is a variable of the shell not set?")
    if groups is not None and data is None:
        raise UsageError("--groups tells which images of --data belong together")
    if min(batches, default=0) < 1:
        raise UsageError("--batch is at least 1")
    if plan.rounds < 1 or plan.warmup < 0:
        raise UsageError("--rounds must be at least 1 and --warmup at least 0")
    for option, value, of_answers in (
        ("--max-drop", limits.max_drop, True),
        ("--min-agreement", limits.min_agreement, True),
        ("--max-latency-ratio", limits.max_latency_ratio, False),
    ):
        if value is None:
            continue
        if not math.isfinite(value):
            raise UsageError(f"{option} is a finite number, not {value:g}")
        if of_answers and (data is None or reference is None):
            raise UsageError(f"{option} compares answers: it needs --data and --reference")
    if limits.max_drop is not None and limits.max_drop < 0:
        raise UsageError(f"--max-drop is a number of points from 0, not {limits.max_drop:g}")
    if limits.min_agreement is not None and not 0 <= limits.min_agreement <= 100:
        raise UsageError(f"--min-agreement is 0 to 100 per cent, not {limits.min_agreement:g}")
    if limits.min_agreement is not None and 0 < limits.min_agreement <= 1:
        meant = 100 * limits.min_agreement
        raise UsageError(f"--min-agreement is in per cent: {limits.min_agreement:g}, or {meant:g}?")
    if limits.max_latency_ratio is not None and limits.max_latency_ratio <= 0:
        raise UsageError(f"--max-latency-ratio is above 0, not {limits.max_latency_ratio:g}")


def _on_disk(
    contenders: Sequence[Contender],
    timed: Sequence[bytes],
    dataset: Dataset | None,
    cold_rounds: int,
    folder_rounds: int,
    workers: int | None,
    progress: Progress | None,
) -> tuple[dict[str, Cold], dict[str, Throughput]]:
    """What is measured on files: fresh processes, and a folder as a stream."""
    single = [contender for contender in contenders if contender.batch == 1]
    with tempfile.TemporaryDirectory(prefix="wbc-edge-") as name:
        folder = Path(name)
        image = folder / "cell"
        image.write_bytes(timed[0])
        cold = _cold(single, image, cold_rounds, progress)
        if folder_rounds < 1 or not single:
            return cold, {}
        paths = _folder(folder, timed, dataset)
        rates = throughput.measure(
            {contender.name: contender.open() for contender in single},
            paths,
            workers=workers or usable_cores(),
            rounds=folder_rounds,
            progress=judging.step(progress, "classifying a folder"),
        )
    return cold, {rate.name: rate for rate in rates}


def _folder(folder: Path, timed: Sequence[bytes], dataset: Dataset | None) -> list[Path]:
    """Files to stream: those of the set, or copies of the drawn cells."""
    if dataset is not None:
        return [item.path for item in spread(dataset.items, throughput.IMAGES)]
    paths = []
    for number in range(throughput.IMAGES):
        paths.append(folder / f"{number}.jpg")
        paths[-1].write_bytes(timed[number % len(timed)])
    return paths


def _cold(
    contenders: Sequence[Contender], image: Path, rounds: int, progress: Progress | None
) -> dict[str, Cold]:
    if rounds < 1 or not contenders:
        return {}
    requests = [
        probe.Request(
            name=contender.name,
            model=_with_card(contender, image.parent),
            image=str(image),
            runtime=contender.runtime,
            threads=contender.threads,
        )
        for contender in contenders
    ]
    shown = judging.step(progress, "starting anew")
    return {cold.name: cold for cold in probe.measure(requests, rounds=rounds, progress=shown)}


def _with_card(contender: Contender, folder: Path) -> str:
    """The model; where it is judged by another card, a copy with that, for other processes."""
    if contender.card is None and not contender.first_look:
        return contender.model
    copy = folder / f"{contender.bundle.sha256}{contender.bundle.path.suffix}"
    if not copy.exists():
        shutil.copyfile(contender.bundle.path, copy)
        cards.write(copy, contender.bundle.card)
    return str(copy)


def _entry(
    contender: Contender,
    timing: Timing,
    cold: Cold | None,
    folder: Throughput | None,
    judged: Judged | None,
) -> Entry:
    return Entry(
        name=contender.name,
        model=contender.model,
        sha256=contender.bundle.sha256,
        size=contender.bundle.size,
        format=contender.bundle.card.format,
        runtime=contender.runtime,
        runtime_version=contender.version,
        threads=contender.threads,
        batch=contender.batch,
        timing=timing,
        cold=cold,
        folder=folder,
        accuracy=None if judged is None else judged.accuracy,
        comparison=None if judged is None else judged.comparison,
        predicted=None if judged is None else judged.predicted,
        looks=None if judged is None else judged.looks,
    )


def _data(dataset: Dataset, answers: Answers, told: Mapping[str, str] | None) -> Data:
    contents = grouping.digests(dataset.folder, answers.paths)
    return Data(
        folder=str(dataset.folder),
        images=len(dataset.items),
        answered=len(answers.truth),
        failures=answers.failures,
        paths=answers.paths,
        truth=answers.truth,
        groups=grouping.gather(dataset.folder, answers.paths, contents, told),
        digests=contents,
        strays=grouping.strays(
            (item.path.relative_to(dataset.folder).as_posix() for item in dataset.items), told or {}
        ),
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
