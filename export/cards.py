"""The card of an exported file: what the run and the checks say of it."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from export import confidence, parity
from train import document, fact
from train.recipe import ancestry
from train.run import Run
from train.sources.catalogue import CATALOGUE, UNKNOWN
from train.split import PARTS
from wbc_edge import figure
from wbc_edge.bundle import open_bundle
from wbc_edge.card import Card, Metric, OutputSpec, Source, TrainingData
from wbc_edge.choice import presets_of
from wbc_edge.errors import ModelError
from wbc_edge.measure.device import installed_versions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from export.calibration import Calibration
    from export.check import Opened
    from export.formats import Format
    from export.options import Options
    from export.outcome import Made
    from export.parity import Beside, Verified
    from wbc_edge.measure.intervals import Estimate

TOOLS = (
    "tensorflow",
    "keras",
    "tf2onnx",
    "onnx",
    "onnxconverter-common",
    "onnxruntime",
    "ai-edge-litert",
    "numpy",
    "pillow",
)
"""Packages whose versions stand in the card: by them the file was made and opened."""


def card(
    run: Run,
    entry: Format,
    made: Made,
    options: Options,
    *,
    parent: Verified,
    parent_sha256: str,
    parameters: int,
    cells: Calibration,
    opened: Sequence[Opened],
) -> Card:
    """All that a file that passed has to say of itself.

    Args:
        run: where the network comes from.
        entry: the file's format.
        made: how it was made, and its figures.
        options: what it was to be.
        parent: figures of the Keras network.
        parent_sha256: of the file that holds that, in hex.
        parameters: how many it has.
        cells: calibration cells.
        opened: the runtimes that have had the file.
    """
    assert made.verified is not None
    assert made.comparisons is not None
    config, file = run.config, made.verified
    counts = Counter({p: sum(len(s.parts[p]) for s in run.splits.values()) for p in PARTS})
    sources = []
    learnt_from = {source: len(split.parts["train"]) for source, split in run.splits.items()}
    for source, count in (learnt_from | ancestry.elder_sources(run)).items():
        origin = CATALOGUE.get(source, UNKNOWN)
        sources.append(
            Source(
                name=source,
                licence=origin.licence,
                citation=origin.citation,
                count=count,
            )
        )
    return Card(
        name=options.name,
        version=options.version,
        format=entry.name,
        labels=config.labels,
        input=config.input,
        output=OutputSpec(kind="logits"),
        temperature=file.temperature,
        threshold=file.threshold,
        outlier=file.outlier,
        second_look=file.second_look,
        presets=presets_of(config.labels),
        architecture=config.architecture,
        parameters=parameters,
        training=TrainingData(
            sources=tuple(sources), split_sha256=run.split_sha256, counts=dict(counts)
        ),
        metrics=tuple(_metrics(file, parent, made.comparisons)),
        parent_sha256=parent_sha256,
        licence=options.licence,
        created_with=installed_versions(TOOLS)
        | _provenance(run, entry, made, options, cells, opened),
    )


def _provenance(
    run: Run,
    entry: Format,
    made: Made,
    options: Options,
    cells: Calibration,
    opened: Sequence[Opened],
) -> dict[str, str]:
    """How the file was made and checked, beyond the versions of the tools."""
    doubt, limits = options.doubt, options.limits
    judges = f"validation cells of {parity.judge(run)}"
    left = int(parity.disputed(run).sum())
    without = (
        f", without {left} whose pictures show another class than their labels" if left else ""
    )
    facts = {
        fact.OPENED: ", ".join(f"{o.runtime} {o.version}" for o in opened if o.version),
        fact.TEMPERATURE: f"with it the labels of the {judges} are most likely{without}",
        fact.THRESHOLD: f"for at most {100 * doubt.risk:g} % errors among the answered {judges}"
        f"{without}",
    }
    facts[fact.GATE] = (
        f"at most {limits.max_drop:g} points of top-1 lost at the worst end of the interval, and "
        f"{limits.max_recall_drop:g} of any class's recall as measured, at the first look and as "
        "it answers"
    )
    facts |= _lessons(run)
    if made.verified is not None and made.verified.outlier is not None:
        facts[fact.OUTLIER] = (
            "between validation cells and pictures without a cell, with at most "
            f"{100 * confidence.REFUSED:g} % of any source's cells (or one cell) below"
        )
    if made.verified is not None and made.verified.second_look is not None:
        facts[fact.SECOND_LOOK] = (
            f"for at most {doubt.cost:g} further runs of the network on the average validation "
            f"cell of {parity.judge(run)}"
        )
    if not entry.calibrated:
        return facts
    facts[fact.CALIBRATION_SHA256] = cells.sha256
    facts[fact.CALIBRATION] = f"{len(cells.pixels)} cells of the training split, seed {cells.seed}"
    if entry.quantiser is not None:
        last = made.last
        facts[fact.QUANTISATION] = f"{last.rung}: {last.note}"
        looks = sum(attempt.test is not None for attempt in made.attempts)
        facts[fact.ATTEMPTS] = str(looks)
        facts[fact.FLOAT_OPERATORS] = ", ".join(last.float_operators) or "none"
    return facts


def _lessons(run: Run, met: frozenset[Path] = frozenset()) -> dict[str, str]:
    """What taught a run besides labels, and in their turn the networks that it goes on from.

    Nothing of these where they have gone.
    """
    told: list[dict[str, str]] = [{}]
    if taught := ancestry.teachers(run):
        told[0][fact.TAUGHT_BY] = ", ".join(taught)
    if run.attributes_file.is_file():
        told[0][fact.LEARNT_BESIDE] = _attributes(run)
    met |= {run.folder.resolve()}
    for network in (run.config.start, *run.config.mean_of):
        if network is None or (folder := Path(network).resolve()) in met:
            continue
        if folder.is_dir():
            told.append(_lessons(Run(folder), met))
            continue
        with suppress(ModelError):
            told.append(open_bundle(network).card.created_with)
    merged = {}
    for name, comma in ((fact.TAUGHT_BY, ", "), (fact.LEARNT_BESIDE, "; ")):
        each = [part for one in told if name in one for part in one[name].split(comma)]
        if each:
            merged[name] = comma.join(dict.fromkeys(each))
    return merged


def _attributes(run: Run) -> str:
    names = ", ".join(document.read(run.attributes_file)["values"])
    if run.config.attributes.path is None:
        return names
    table = Path(run.config.attributes.path).name
    return f"{names}; from {table}, licence {CATALOGUE.get(table, UNKNOWN).licence}"


def _metrics(file: Verified, parent: Verified, comparisons: dict[str, Beside]) -> list[Metric]:
    metrics = []
    for source in file.accuracy:
        metrics += _of_source(source, file, parent, comparisons[source])
    if file.abstained is not None:
        metrics.append(
            _metric(
                figure.STRANGE,
                file.abstained,
                dataset=figure.NEGATIVES,
                count=file.negatives,
            )
        )
    return metrics


def _of_source(source: str, file: Verified, parent: Verified, beside: Beside) -> list[Metric]:
    """The figures on one source's test cells; recalls are told of the first source alone."""
    metrics: list[Metric] = []
    figures = file.accuracy[source]
    dataset = figure.test_split(source)

    def add(name: str, estimate: Estimate, *, n: int = figures.count) -> None:
        metrics.append(_metric(name, estimate, dataset=dataset, count=n))

    add(figure.TOP1, figures.top1)
    add(figure.BALANCED, figures.balanced)
    add("macro F1", figures.macro_f1)
    if figures.again is not None:
        add(figure.ONE_LOOK, file.one_look[source])
        add(figure.LOOKED_AGAIN, figures.again)
    add(figure.OF_PARENT, parent.one_look[source])
    add(figure.FROM_PARENT, beside.first.difference)
    add(figure.AGREEMENT, beside.first.agreement)
    add(figure.FROM_PARENT_ANSWERED, beside.answered.difference)
    add(figure.AGREEMENT_ANSWERED, beside.answered.agreement)
    if source == next(iter(file.accuracy)):
        for change in beside.first.recall:
            if change.change is not None:
                add(figure.recall_from_parent(change.label), change.change, n=change.support)
    add(figure.ANSWERED, figures.abstention.coverage)
    if figures.abstention.risk is not None:
        add(figure.WRONG, figures.abstention.risk)
    if source in file.refused:
        add(figure.REFUSED, file.refused[source])
    metrics += [
        Metric(name=name, value=round(value, 5), dataset=dataset, count=figures.count)
        for name, value in (
            (figure.CALIBRATION, figures.calibration.error),
            (figure.CALIBRATION_BY_CHANCE, file.chance[source]),
        )
    ]
    return metrics


def _metric(name: str, estimate: Estimate, *, dataset: str, count: int) -> Metric:
    return Metric(
        name=name,
        value=round(estimate.value, 5),
        low=round(estimate.low, 5),
        high=round(estimate.high, 5),
        dataset=dataset,
        count=count,
    )
