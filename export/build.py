"""From a training run to model files that have been run, compared and described."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import keras

from export import confidence, formats, parity
from export.calibration import calibration
from export.formats import Format
from export.making import Maker
from export.options import Options
from export.outcome import Exported
from export.parity import Verified
from export.quantise import calibrators
from export.report import document, latency, page
from train.console import Report
from train.document import write
from train.run import Run
from wbc_edge.errors import GateFailed, UsageError


def export(
    run: Run,
    out: Path,
    options: Options,
    *,
    to: Sequence[str] = (),
    overwrite: bool = False,
    timed: bool = True,
    report: Report = print,
) -> list[Exported]:
    """Writes one file per format, each checked against the Keras network before it gets its name.

    A file is checked by running it on every validation and test cell of the run: its temperature
    and threshold come from the validation cells, its figures from the test cells. Where an integer
    file does not keep its limits, the ladder (`export.ladder`) is climbed. A file that does not
    keep them in the end is not written, nor is one whose making ends with an exception; the others
    are, and so are `export.json` and `export.html`.

    Args:
        run: a finished training run.
        out: folder for the files and their figures, made if need be.
        options: how the files are called, made and judged.
        to: names in `export.formats.FORMATS`, or `all`; what a device wants by default.
        overwrite: replace files that are there.
        timed: measure latencies for the report.
        report: receives one line per event.

    Returns:
        The formats whose files were written.

    Raises:
        UsageError: an unknown format or calibrator, a name that is a path, a file that is there
            already, or a run that is not finished.
        GateFailed: a format failed its check, or could not be made.
    """
    chosen = formats.chosen(to)
    _check(out, options, chosen, overwrite=overwrite)
    maker = _maker(run, out, options, report)
    # What they tell is about to change; were this interrupted, they would tell of other files.
    for path in (out / document.NAME, out / page.NAME):
        path.unlink(missing_ok=True)
    results = [maker.make(entry, out) for entry in chosen]
    written = [item for item in results if item.bytes is not None]
    times = latency.measure([item.path for item in written]) if timed and written else {}
    summary = document.document(maker, parity.judge(run), results, times)
    write(out / document.NAME, summary)
    page.write(summary, out / page.NAME)
    if failures := [item for item in results if item.bytes is None]:
        raise GateFailed(
            "; ".join(f"{item.format}: {', '.join(item.made.last.failures)}" for item in failures)
        )
    return written


def _check(out: Path, options: Options, chosen: Sequence[Format], *, overwrite: bool) -> None:
    """What can be said before anything is read. Raises UsageError."""
    calibrators.named(options.calibrator)
    if Path(options.name).name != options.name:
        raise UsageError(f"--name {options.name}: a name for files in {out}, not a path")
    outcomes = [out / entry.file_name(options.name) for entry in chosen]
    outcomes += [out / document.NAME, out / page.NAME]
    if (existing := [path for path in outcomes if path.exists()]) and not overwrite:
        raise UsageError(f"{existing[0]}: is there already; --overwrite replaces it")


def _maker(run: Run, out: Path, options: Options, report: Report) -> Maker:
    """What makes the files of a run's best network; tells of the network what is to be known.

    Raises:
        UsageError: the run is not finished, or its cells do not serve.
    """
    # Keras numbers its layers by process; counted from one, the same run gives the same bytes.
    keras.utils.clear_session()
    model = run.best()
    run.check_finished()
    parent_sha256 = hashlib.sha256(run.best_file.read_bytes()).hexdigest()
    out.mkdir(parents=True, exist_ok=True)
    cells = calibration(run, size=options.calibration_size, seed=options.calibration_seed)
    parent = parity.verify_keras(model, run, options.doubt)
    report(f"keras: {parent.top1()}")
    _warn_of_threshold(parent, run, options.doubt.risk, report)
    hopeless = _hopeless(parent, run, options.limits.max_drop, report)
    return Maker(
        run=run,
        model=model,
        parent_sha256=parent_sha256,
        parent=parent,
        cells=cells,
        options=replace(options, climb=options.climb and not hopeless),
        report=report,
    )


def _warn_of_threshold(parent: Verified, run: Run, risk: float, report: Report) -> None:
    """Says so where validation cells are too few to choose a threshold by, or leave none."""
    judge, wanted = parity.judge(run), f"a risk of {100 * risk:g} %"
    if parent.threshold >= 1:
        report(
            f"warning: the surest answers to the validation cells of {judge} are wrong: at "
            f"{wanted} the network can answer nothing, and files that do as it does leave every "
            "cell unclassified; train on, or give more cells, or a larger --risk"
        )
    if not confidence.enough(parent.counted, risk):
        needed = math.ceil(1 / risk) if risk else "more than there are anywhere"
        report(
            f"warning: {parent.counted} validation cells of {judge} cannot show {wanted}, which "
            f"takes {needed}: the threshold, {parent.threshold:.3f} for the network itself, is "
            "that of these few"
        )


def _hopeless(parent: Verified, run: Run, max_drop: float, report: Report) -> bool:
    """Whether test cells are too few for any file, and so for any rung; if so, says it.

    Not even one that answers as Keras does would then pass.
    """
    source = parity.judge(run)
    alike = parity.beside(parent, parent, run, max_drop)[source].first
    lost = -100 * alike.difference.low
    if max_drop < 0 or lost <= max_drop:
        return False
    report(
        f"warning: {alike.count} test cells of {source} are too few to prove a loss of at most "
        f"{max_drop:g} points, even for a file that answers as Keras does; give more test "
        f"cells, or --max-drop {math.ceil(lost)}"
    )
    return True
