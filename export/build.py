"""From a training run to model files that have been run, compared and described."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import keras

from export import cards, confidence, parity
from export.calibration import SIZE, Calibration, calibration
from export.formats import FORMATS, Format
from export.parity import Verified
from train.run import Run
from wbc_edge import card as model_cards
from wbc_edge.errors import GateFailed, UsageError
from wbc_edge.measure.compare import Comparison

Report = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Exported:
    """A file that has passed its checks, with the figures that it passed them by."""

    path: Path
    format: str
    bytes: int
    verified: Verified
    comparisons: dict[str, Comparison]


def export(
    run: Run,
    out: Path,
    *,
    name: str,
    version: str = "1.0",
    formats: Sequence[str] = tuple(FORMATS),
    max_drop: float = 0.5,
    min_agreement: float | None = None,
    calibration_size: int = SIZE,
    risk: float = confidence.RISK,
    overwrite: bool = False,
    report: Report = print,
) -> list[Exported]:
    """Writes one file per format, each checked against the Keras network before it gets its name.

    A file is checked by running it on every validation and test cell of the run: its temperature
    and threshold come from the validation cells, its figures from the test cells. A file whose
    measured top-1 falls more than `max_drop` points behind Keras, or that names too many cells
    differently, is not written; the others are.

    Args:
        run: a finished training run.
        out: folder for the files and their figures, `<name>.json`, made if need be.
        name: stem of the file names and name in the cards.
        version: version in the cards.
        formats: names in `export.formats.FORMATS`.
        max_drop: greatest measured loss of top-1 on the first source's test cells, in points.
        min_agreement: least share of the first source's test cells named as Keras names them; each
            format's own by default.
        calibration_size: training cells that give int8 its ranges.
        risk: greatest share of errors among answered validation cells, for the threshold.
        overwrite: replace files that are there.
        report: receives one line per event.

    Raises:
        UsageError: an unknown format, or a file that is there already.
        GateFailed: a format failed its check.
    """
    chosen = [_format(text) for text in formats]
    existing = [path for f in chosen if (path := out / f.file_name(name)).exists()]
    if existing and not overwrite:
        raise UsageError(f"{existing[0]}: is there already; --overwrite replaces it")
    out.mkdir(parents=True, exist_ok=True)
    # Keras numbers its layers by process; counted from one, the same run gives the same bytes.
    keras.utils.clear_session()
    model = run.best()
    cells = calibration(run, size=calibration_size)
    parent = parity.verify_keras(model, run, risk)
    report(f"keras: {_figures(parent)}")
    exported, failures = [], []
    for entry in chosen:
        path = out / entry.file_name(name)
        partial = path.with_name(f"partial-{path.name}")
        partial.write_bytes(entry.convert(model, cells.pixels))
        verified = parity.verify_file(partial, run, risk)
        comparisons = parity.beside(verified, parent, run, max_drop)
        report(f"{entry.name}: {_figures(verified)}; {partial.stat().st_size / 1e6:.2f} MB")
        agreement = entry.agreement if min_agreement is None else min_agreement
        failure = _failure(entry.name, comparisons, max_drop, agreement)
        if failure:
            partial.unlink()
            failures.append(failure)
            continue
        model_cards.write(
            partial,
            cards.card(
                run,
                name=name,
                model_version=version,
                format_name=entry.name,
                parameters=model.count_params(),
                file=verified,
                parent=parent,
                comparisons=comparisons,
                calibration_sha256=cells.sha256,
            ),
        )
        partial.replace(path)
        exported.append(
            Exported(
                path=path,
                format=entry.name,
                bytes=path.stat().st_size,
                verified=verified,
                comparisons=comparisons,
            )
        )
    _write_summary(out / f"{name}.json", parent, exported, cells, failures)
    if failures:
        raise GateFailed("; ".join(failures))
    return exported


def _format(name: str) -> Format:
    if name not in FORMATS:
        raise UsageError(f"no format '{name}'; there are {', '.join(FORMATS)}")
    return FORMATS[name]


def _figures(verified: Verified) -> str:
    return ", ".join(
        f"{source} {figures.top1.value:.4f} [{figures.top1.low:.4f}, {figures.top1.high:.4f}]"
        for source, figures in verified.accuracy.items()
    )


def _failure(
    name: str, comparisons: dict[str, Comparison], max_drop: float, min_agreement: float
) -> str | None:
    """Why the file must not be written, judged on the first source's test cells, or None."""
    source, comparison = next(iter(comparisons.items()))
    drop = -100 * comparison.difference.value
    if drop > max_drop:
        return f"{name}: loses {drop:.2f} points of top-1 on {source}, more than {max_drop:g}"
    if comparison.agreement.value < min_agreement:
        return (
            f"{name}: names only {100 * comparison.agreement.value:.2f} % of the cells of "
            f"{source} as Keras does, less than {100 * min_agreement:g} %"
        )
    return None


def _write_summary(
    path: Path,
    parent: Verified,
    exported: list[Exported],
    cells: Calibration,
    failures: list[str],
) -> None:
    document = {
        "schema": 1,
        "keras": _summary(parent),
        "files": [
            {
                "file": item.path.name,
                "format": item.format,
                "bytes": item.bytes,
                **_summary(item.verified),
                "beside_keras": {s: asdict(c) for s, c in item.comparisons.items()},
            }
            for item in exported
        ],
        "calibration": {"cells": len(cells.pixels), "sha256": cells.sha256},
        "failures": failures,
    }
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _summary(verified: Verified) -> dict[str, object]:
    return {
        "temperature": verified.temperature,
        "threshold": verified.threshold,
        "accuracy": {source: asdict(figures) for source, figures in verified.accuracy.items()},
    }
