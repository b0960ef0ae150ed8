"""From a training run to model files that have been run, compared and described."""

from __future__ import annotations

import hashlib
import math
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import keras

from export import cards, check, confidence, formats, parity
from export.calibration import SIZE, Calibration, calibration
from export.climb import Attempt, Made, Maker, broken
from export.formats import Format
from export.gate import Limits
from export.parity import Doubt, Verified
from export.quantise import Io, calibrators
from export.report import document, latency, page
from train.console import Report
from train.document import write
from train.run import Run
from wbc_edge import card as model_cards
from wbc_edge.errors import GateFailed, UsageError

UNSTATED = "unstated"
"""Licence of a file whose maker names none."""

CHECKED_CELLS = 16
"""Calibration cells that every runtime is compared on."""


@dataclass(frozen=True, kw_only=True)
class Exported:
    """One format: the file, where it passed its checks, and every attempt at it."""

    path: Path
    format: str
    bytes: int | None
    made: Made
    opened: tuple[check.Opened, ...] = ()


def export(
    run: Run,
    out: Path,
    *,
    name: str,
    version: str = "1.0",
    licence: str = UNSTATED,
    to: Sequence[str] = (),
    limits: Limits = Limits(),
    calibrator: str = "min-max",
    calibration_size: int = SIZE,
    calibration_seed: int = 0,
    io: Io = Io(),
    climb: bool = True,
    doubt: Doubt = Doubt(),
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
        name: stem of the file names and name in the cards.
        version: version in the cards.
        licence: of the files, in the cards.
        to: names in `export.formats.FORMATS`, or `all`; what a device wants by default.
        limits: what a file may lose.
        calibrator: rule for the ranges of activations, in `export.quantise.calibrators`.
        calibration_size: training cells that give the ranges.
        calibration_seed: of their draw.
        io: types of the 8-bit TFLite files' input and output.
        climb: go on to other rungs where the first does not pass.
        doubt: when to look at a cell again, and when to give no answer.
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
    calibrators.named(calibrator)
    if Path(name).name != name:
        raise UsageError(f"--name {name}: a name for files in {out}, not a path")
    outcomes = [out / entry.file_name(name) for entry in chosen]
    outcomes += [out / document.NAME, out / page.NAME]
    if (existing := [path for path in outcomes if path.exists()]) and not overwrite:
        raise UsageError(f"{existing[0]}: is there already; --overwrite replaces it")
    # Keras numbers its layers by process; counted from one, the same run gives the same bytes.
    keras.utils.clear_session()
    model = run.best()
    run.check_finished()
    parent_sha256 = hashlib.sha256(run.best_file.read_bytes()).hexdigest()
    out.mkdir(parents=True, exist_ok=True)
    cells = calibration(run, size=calibration_size, seed=calibration_seed)
    parent = parity.verify_keras(model, run, doubt)
    report(f"keras: {_figures(parent)}")
    _warn_of_threshold(parent, run, doubt, report)
    hopeless = _hopeless(parent, run, limits, report)
    maker = Maker(
        run,
        model,
        parent,
        cells.pixels,
        limits=limits,
        doubt=doubt,
        calibrator=calibrator,
        io=io,
        climb=climb and not hopeless,
        report=report,
    )
    # What they tell is about to change; were this interrupted, they would tell of other files.
    for path in (out / document.NAME, out / page.NAME):
        path.unlink(missing_ok=True)

    making = _Making(
        run=run,
        out=out,
        name=name,
        version=version,
        licence=licence,
        model=model,
        parent=parent,
        parent_sha256=parent_sha256,
        cells=cells,
        maker=maker,
        limits=limits,
        doubt=doubt,
        report=report,
    )
    results = [making.one(entry) for entry in chosen]
    written = [item for item in results if item.bytes is not None]
    times = latency.measure([item.path for item in written]) if timed and written else {}
    source = parity.judge(run)
    summary = document.document(run, name, source, parent, results, cells, limits, times)
    write(out / document.NAME, summary)
    page.write(summary, out / page.NAME)
    if failures := [item for item in results if item.bytes is None]:
        raise GateFailed(
            "; ".join(f"{item.format}: {', '.join(item.made.last.failures)}" for item in failures)
        )
    return written


@dataclass(frozen=True, kw_only=True)
class _Making:
    """An export under way; see `export` for what there is."""

    run: Run
    out: Path
    name: str
    version: str
    licence: str
    model: keras.Model
    parent: Verified
    parent_sha256: str
    cells: Calibration
    maker: Maker
    limits: Limits
    doubt: Doubt
    report: Report

    def one(self, entry: Format) -> Exported:
        """Makes a format's file, and writes it where it passes its checks."""
        path = self.out / entry.file_name(self.name)
        attempts: list[Attempt] = []
        try:
            with _partial(path) as partial:
                made = self.maker.make(entry, partial, attempts)
                if made.verified is not None:
                    return self._finished(entry, path, made, partial)
        # Converters fail in any way; the other files and the report are worth having still.
        except Exception as error:
            made = Made(attempts=(*attempts, broken(error)))
            self.report(f"{entry.name}: {made.last.failures[0]}")
        # Nor is one of an earlier run left, which would pass for this one's.
        path.unlink(missing_ok=True)
        self.report(f"{entry.name}: not written")
        return Exported(path=path, format=entry.name, bytes=None, made=made)

    def _finished(self, entry: Format, path: Path, made: Made, partial: Path) -> Exported:
        """Opens the file in every runtime, writes its card into it and gives it its name."""
        assert made.verified is not None
        assert made.comparisons is not None
        opened = check.runtimes(partial, self.cells.pixels[:CHECKED_CELLS])
        for one in opened:
            if one.problem is not None:
                self.report(f"{entry.name}: not to be used with {one.runtime}: {one.problem}")
        card = cards.card(
            self.run,
            name=self.name,
            model_version=self.version,
            format_name=entry.name,
            licence=self.licence,
            parent_sha256=self.parent_sha256,
            parameters=self.model.count_params(),
            file=made.verified,
            parent=self.parent,
            comparisons=made.comparisons,
            provenance=cards.provenance(
                self.run, entry, made, self.cells, opened, doubt=self.doubt, limits=self.limits
            ),
        )
        model_cards.write(partial, card)
        partial.replace(path)
        size = path.stat().st_size
        self.report(f"{entry.name}: {_figures(made.verified)}; {size / 1e6:.2f} MB")
        return Exported(path=path, format=entry.name, bytes=size, made=made, opened=opened)


def _warn_of_threshold(parent: Verified, run: Run, doubt: Doubt, report: Report) -> None:
    """Says so where validation cells are too few to choose a threshold by, or leave none."""
    judge, risk = parity.judge(run), f"a risk of {100 * doubt.risk:g} %"
    if parent.threshold >= 1:
        report(
            f"warning: the surest answers to the validation cells of {judge} are wrong: at {risk} "
            "the network can answer nothing, and files that do as it does leave every cell "
            "unclassified; train on, or give more cells, or a larger --risk"
        )
    if not confidence.enough(parent.counted, doubt.risk):
        needed = math.ceil(1 / doubt.risk) if doubt.risk else "more than there are anywhere"
        report(
            f"warning: {parent.counted} validation cells of {judge} cannot show {risk}, which "
            f"takes {needed}: the threshold, {parent.threshold:.3f} for the network itself, is "
            "that of these few"
        )


def _hopeless(parent: Verified, run: Run, limits: Limits, report: Report) -> bool:
    """Whether test cells are too few for any file, and so for any rung; if so, says it.

    Not even one that answers as Keras does would then pass.
    """
    source = parity.judge(run)
    alike = parity.beside(parent, parent, run, limits.max_drop)[source]
    lost = -100 * alike.difference.low
    if limits.max_drop < 0 or lost <= limits.max_drop:
        return False
    report(
        f"warning: {alike.count} test cells of {source} are too few to prove a loss of at most "
        f"{limits.max_drop:g} points, even for a file that answers as Keras does; give more test "
        f"cells, or --max-drop {math.ceil(lost)}"
    )
    return True


@contextmanager
def _partial(path: Path) -> Iterator[Path]:
    """Where a file is made until it may have its name: in a folder of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="partial-", dir=path.parent) as folder:
        yield Path(folder) / path.name


def _figures(verified: Verified) -> str:
    return ", ".join(
        f"{source} {figures.top1.value:.4f} [{figures.top1.low:.4f}, {figures.top1.high:.4f}]"
        for source, figures in verified.accuracy.items()
    )
