"""The command line: it parses, calls and prints. Exit codes stand in `wbc_edge.errors`."""

# No `from __future__ import annotations` here: Typer evaluates annotations again for each command,
# which takes longer on texts than all of the parsing.

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from wbc_edge import __version__
from wbc_edge.cores import MOST_THREADS
from wbc_edge.errors import InputError, ModelError, UsageError, WbcEdgeError

Runtime = Literal["auto", "litert", "tflite-runtime", "tensorflow", "onnxruntime", "openvino"]

ModelOption = Annotated[
    str, typer.Option("--model", "-m", help="A shipped model's name, or a model file.")
]
RuntimeOption = Annotated[Runtime, typer.Option(help="The inference runtime.")]
ThreadsOption = Annotated[
    int | None,
    typer.Option(
        min=1, max=MOST_THREADS, help="Threads of one inference.  [default: 1, or as tuned]"
    ),
]
ThresholdOption = Annotated[
    float | None,
    typer.Option(min=0, max=1, help="Abstain below this confidence.  [default: the card's]"),
]
GalleryOption = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="A page (.html) of the cells by class, to check by eye."),
]
MaxBytesOption = Annotated[int, typer.Option(min=1, help="Largest file read.")]
MaxPixelsOption = Annotated[int, typer.Option(min=1, help="Largest image read.")]
JSONOption = Annotated[bool, typer.Option("--json", help="As JSON.")]


_FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
"""What no other file than standard output is left to raise: the others have errors of their own."""


@contextmanager
def _output_may_end() -> Iterator[None]:
    """Ends quietly where the reader, such as `head`, has had enough. Python would complain.

    Where the disk has, as behind a redirection, it is said once.
    """
    try:
        yield
        if sys.stdout is not None:
            sys.stdout.flush()  # what was printed meets the pipe here, and not at exit
    except BrokenPipeError:
        _leave_output()
        raise typer.Exit(0) from None
    except OSError as error:
        if error.errno not in _FULL:
            raise
        _leave_output()
        _say(f"standard output cannot be written: {error.strerror}")
        raise typer.Exit(UsageError.exit_code) from None


def _leave_output() -> None:
    """What standard output still holds goes nowhere: else Python would try again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Commands(TyperGroup):
    """Turns whatever a command raises into a sentence on standard error and an exit code."""

    def make_context(self, *given: Any, **named: Any) -> Any:
        """Reads the arguments; `--version` and `--help` are answered here."""
        with _output_may_end():
            return super().make_context(*given, **named)

    def invoke(self, ctx: Any) -> Any:
        try:
            with _output_may_end():
                return super().invoke(ctx)
        except WbcEdgeError as error:
            _say(str(error))
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            raise typer.Exit(130) from None
        except OSError as error:
            _say(str(error))
            raise typer.Exit(1) from None


app = typer.Typer(
    name="wbc-edge",
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="White blood cells classified on small machines. Research use only.",
    epilog="Example: wbc-edge classify cell.png",
)


def main() -> None:
    """The entry point of the command `wbc-edge`."""
    if sys.stderr is None:  # closed by the caller, who does not want to be told
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - as long as the process
    for stream in (sys.stdout, sys.stderr):
        # What a terminal's encoding lacks, in a file's name or a model's card, is no error. What
        # goes elsewhere is UTF-8, whatever the terminal speaks: JSON is nothing else.
        if isinstance(stream, TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")
    try:
        app(prog_name="wbc-edge")
    except Exception as error:  # a fault of ours: one sentence for the user, the rest on demand
        if os.environ.get("WBC_EDGE_TRACEBACK"):
            raise
        _say(f"internal error, {type(error).__name__}: {error} (WBC_EDGE_TRACEBACK=1 shows where)")
        sys.exit(1)


def _print_version(asked: bool) -> None:
    if asked:
        print(f"wbc-edge {__version__}", flush=True)
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="The version."),
    ] = False,
) -> None:
    pass


@app.command(epilog="Example: wbc-edge classify slides/ --format csv --output answers.csv")
def classify(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH...", help="Images, folders, patterns, or - for bytes."),
    ],
    model: ModelOption = "edge",
    runtime: RuntimeOption = "auto",
    threads: ThreadsOption = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, max=MOST_THREADS, help="Images at a time.  [default: one for each CPU]"
        ),
    ] = None,
    form: Annotated[
        Literal["table", "jsonl", "csv"] | None,
        typer.Option("--format", "-f", help="Form of the rows.  [default: as FILE ends, or table]"),
    ] = None,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Write the rows here.")
    ] = None,
    top_k: Annotated[
        int | None, typer.Option(min=1, metavar="K", help="Give the K best classes.")
    ] = None,
    threshold: ThresholdOption = None,
    classes: Annotated[
        str | None,
        typer.Option(metavar="A,B,C|PRESET", help="Choose among these alone.  [default: all]"),
    ] = None,
    any_image: Annotated[
        bool, typer.Option("--any-image", help="Answer where there seems to be no cell, too.")
    ] = False,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="Then wait for more to come into the folders; Ctrl-C ends."),
    ] = False,
    gallery: GalleryOption = None,
    explain: Annotated[
        str | None,
        typer.Option(
            metavar="DIR",
            help="Draw there what each answer rests on: a second each, several where in doubt.",
        ),
    ] = None,
    max_bytes: MaxBytesOption = 64 << 20,
    max_pixels: MaxPixelsOption = 64_000_000,
) -> None:
    """Name the cell on each image.

    There is one row for each input, in their order. Of several cells on an image the middle one is
    meant; `count` names them all. Folders are searched to their depth for JPEG, PNG, BMP, TIFF and
    WebP files, in natural order. An image that cannot be read, or is of another kind, is a row with
    its error; the exit code is then 1. Where the model is in doubt it looks again, at the cell
    turned and mirrored, and answers by the mean. With --watch, the images of folders are followed
    by those that a camera or another program puts there, until Ctrl-C ends it.
    """
    from wbc_edge.classifier import Classifier
    from wbc_edge.destination import opened, writing
    from wbc_edge.image import Limits
    from wbc_edge.inputs import expand
    from wbc_edge.output import FORMATS, form_of
    from wbc_edge.progress import counted

    _check_named(explain, output, gallery)
    rows_as = form or form_of(output)
    if rows_as is None:
        raise UsageError(f"--output {output}: name it .csv, .jsonl or .txt, or choose a --format")
    for one_by_one, asked in (("--explain", explain is not None), ("--watch", watch)):
        if asked and workers is not None:
            raise UsageError(f"{one_by_one} answers one image at a time: leave out --workers")
    if watch:
        from wbc_edge.watching import watched

        sources = watched(paths)
    else:
        sources = expand(paths)
    classifier = Classifier(
        model,
        runtime=runtime,
        threads=threads,
        threshold=threshold,
        classes=classes,
        any_image=any_image,
        limits=Limits(max_bytes=max_bytes, max_pixels=max_pixels),
    )
    if explain is None:
        rows = classifier.classify_many(
            sources, workers=1 if watch else workers, views=gallery is not None
        )
    else:
        from wbc_edge.explain import explained

        rows = explained(classifier, sources, explain)
    count = failed = 0
    with (
        _pictured(gallery, classifier) as picture,
        opened(output) as stream,
    ):
        with writing(output):
            writer = FORMATS[rows_as](stream, classifier.labels, top_k)
        if watch:
            _say(f"waiting for what comes into {', '.join(paths)}; Ctrl-C ends")
        for row in rows if watch or stream.isatty() else counted(rows):
            with writing(output):
                writer.write(row)
                if watch:  # the next may be long in coming
                    stream.flush()
            picture(row)
            count += 1
            failed += row.error is not None
    if failed:
        _say(f"{failed:,} of {count:,} inputs could not be answered; their rows say why")
        raise typer.Exit(InputError.exit_code)


@app.command(epilog="Example: wbc-edge count slide/ --output cells.csv --draw marked")
def count(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...", help="Fields: images, folders, patterns, or - for bytes."
        ),
    ],
    model: ModelOption = "edge",
    runtime: RuntimeOption = "auto",
    threads: ThreadsOption = None,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="A row for each cell, .csv or .jsonl."),
    ] = None,
    form: Annotated[
        Literal["jsonl", "csv"] | None,
        typer.Option("--format", "-f", help="Form of the rows.  [default: as FILE ends]"),
    ] = None,
    draw: Annotated[
        str | None, typer.Option(metavar="DIR", help="Draw the fields there, their cells marked.")
    ] = None,
    gallery: GalleryOption = None,
    threshold: ThresholdOption = None,
    json: JSONOption = False,
    max_bytes: MaxBytesOption = 64 << 20,
    max_pixels: MaxPixelsOption = 64_000_000,
) -> None:
    """Find and count the white cells on photographs of whole fields.

    Each cell is named as `classify` names the one of an image; what they come to is printed as a
    differential count with 95 % intervals, of chance alone. Cells that the edge of a field cuts
    through their nucleus are left out, and what is like no cell is not counted; platelets are
    mostly passed over. A cell that two fields show is counted twice. A field that cannot be read is
    told of; the exit code is then 1.
    """
    from dataclasses import replace

    from wbc_edge import drawings, fields, marking
    from wbc_edge.classifier import Classifier
    from wbc_edge.count import Count
    from wbc_edge.image import Limits
    from wbc_edge.inputs import MARKED, expand, is_drawing
    from wbc_edge.progress import counted

    _check_named(draw, output, gallery)
    sources = expand(paths)
    limits = Limits(max_bytes=max_bytes, max_pixels=max_pixels)
    _require_output()
    if output in ("-", "/dev/stdout"):
        raise UsageError("the count goes to standard output: name another --output for the rows")
    if form is not None and output is None:
        raise UsageError("--format is that of the rows: name an --output for them")
    classifier = Classifier(
        model, runtime=runtime, threads=threads, threshold=threshold, limits=limits
    )
    directory = None if draw is None else drawings.folder(draw)
    total = Count(labels=classifier.labels)
    try:
        with (
            _pictured(gallery, classifier) as picture,
            fields.recorded(output, classifier.labels, form=form) as record,
        ):
            examined = fields.examine(classifier, sources, views=gallery is not None)
            for found in counted(examined, of="fields"):
                if is_drawing(found.path):
                    _say(f"{found.path}: counted, though its name is that of a drawing of --draw")
                for told in found.notes if found.error is None else (found.error.reason,):
                    _say(f"{found.path}: {told}")
                if directory is not None and found.picture is not None:
                    name = drawings.save(marking.marked(found), found.path, directory, MARKED)
                    found = replace(found, notes=(*found.notes, f"drawn: {name}"))
                record(found)
                for row in found.rows():
                    picture(row)
                total.add(found)
    except BaseException:
        # The fields so far were worth their time.
        if total.fields and sys.stderr is not None:
            with suppress(OSError):
                print(f"{total.to_text()}\nstopped before the end", file=sys.stderr, flush=True)
        raise
    print(_json(total.to_dict()) if json else total.to_text())
    if total.unread:
        raise typer.Exit(InputError.exit_code)


_bench = typer.Typer(
    invoke_without_command=True,
    epilog="Example: wbc-edge bench -m edge --data cells --reference float.tflite",
)
app.add_typer(_bench, name="bench")


@_bench.callback()
def bench(
    context: typer.Context,
    model: Annotated[
        list[str] | None,
        typer.Option("--model", "-m", help="A model to measure; repeatable.  [default: edge]"),
    ] = None,
    data: Annotated[
        str | None, typer.Option(metavar="DIR", help="Labelled images, a folder per class.")
    ] = None,
    groups: Annotated[
        str | None,
        typer.Option(metavar="CSV", help="Its images that belong together: file, group."),
    ] = None,
    reference: Annotated[
        str | None, typer.Option(metavar="NAME|FILE", help="The model to compare with.")
    ] = None,
    first_look: Annotated[
        bool, typer.Option("--first-look", help="Take no second looks: judge the file alone.")
    ] = False,
    runtime: Annotated[
        list[str] | None, typer.Option(help="The inference runtime; repeatable.  [default: auto]")
    ] = None,
    threads: Annotated[
        list[int] | None,
        typer.Option(
            min=1, max=MOST_THREADS, help="Of an inference; repeatable.  [default: 1, or as tuned]"
        ),
    ] = None,
    batch: Annotated[
        list[int] | None,
        typer.Option(min=1, max=1024, help="Images at a time; repeatable.  [default: 1]"),
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Openings of each model.")] = 15,
    warmup: Annotated[int, typer.Option(min=0, help="Untimed images after each opening.")] = 5,
    cold: Annotated[
        int, typer.Option(min=0, metavar="N", help="Fresh processes of each; 0 for none.")
    ] = 5,
    folder: Annotated[
        int, typer.Option(min=0, metavar="N", help="Times a folder is classified; 0 for none.")
    ] = 6,
    labels: Annotated[
        str | None,
        typer.Option(metavar="A,B,C|FILE", help="Classes of a model that carries no card."),
    ] = None,
    input_: Annotated[
        str | None,
        typer.Option("--input", metavar="WxH[:FRAMING[:SCALE]]", help="Such a model's input."),
    ] = None,
    mean: Annotated[
        str | None, typer.Option(metavar="M[,M,M]", help="Such a model takes (pixel - mean) / std.")
    ] = None,
    std: Annotated[str | None, typer.Option(metavar="S[,S,S]", help="See --mean.")] = None,
    output: Annotated[
        Literal["logits", "probabilities"], typer.Option(help="Such a model answers with these.")
    ] = "logits",
    max_drop: Annotated[
        float | None,
        typer.Option(metavar="POINTS", help="Exit 3 unless top-1 drops by no more than this."),
    ] = None,
    min_agreement: Annotated[
        float | None, typer.Option(metavar="PERCENT", help="Exit 3 if fewer answers agree.")
    ] = None,
    max_latency_ratio: Annotated[
        float | None, typer.Option(metavar="RATIO", help="Exit 3 if slower than this.")
    ] = None,
    form: Annotated[
        Literal["table", "json", "md"], typer.Option("--format", "-f", help="Form of the report.")
    ] = "table",
    report: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE", help="Write it too, as .html, .json, .md or .txt; repeatable."
        ),
    ] = None,
) -> None:
    """Measure latency, memory and accuracy.

    Each model is opened many times, in turn with the others. With labelled images its answers are
    counted too, and with a reference compared with that model's, picture by picture; a limit that
    is not kept, or that the figures cannot decide, ends with exit code 3.
    """
    if context.invoked_subcommand is not None:
        for option in context.command.params:
            origin = context.get_parameter_source(option.name or "")
            if origin is not None and origin.name == "COMMANDLINE":
                raise UsageError(f"{option.opts[0]} is an option of bench, not of bench compare")
        return
    from wbc_edge.measure import bench as measure
    from wbc_edge.measure import foreign, formats
    from wbc_edge.measure.gates import Limits
    from wbc_edge.measure.latency import Plan
    from wbc_edge.progress import stepped

    if not report:
        _require_output()
    for target in report or []:
        formats.check_target(target, (groups, labels))  # before the minutes, not after
    card = foreign.describe(labels, input_, mean=mean, std=std, output=output)
    with stepped() as progress:
        result = measure(
            model or ["edge"],
            data=data,
            groups=groups,
            reference=reference,
            first_look=first_look,
            runtimes=runtime or ["auto"],
            threads=threads or [None],
            batches=batch or [1],
            card=card,
            cold_rounds=cold,
            folder_rounds=folder,
            plan=Plan(rounds=rounds, warmup=warmup),
            limits=Limits(
                max_drop=max_drop, min_agreement=min_agreement, max_latency_ratio=max_latency_ratio
            ),
            progress=progress,
        )
    print(formats.render(result, form), end="")
    formats.write_all(result, report or [])
    result.check()
    if result.data is not None and (unread := result.data.unread()):
        _say(unread)
        raise typer.Exit(InputError.exit_code)


@_bench.command(epilog="Example: wbc-edge bench compare old.json new.json")
def compare(
    old: Annotated[str, typer.Argument(metavar="OLD", help="The earlier .json report.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The later one.")],
    tolerance: Annotated[
        float, typer.Option(min=0, metavar="PERCENT", help="Times, memory and files may grow by.")
    ] = 5.0,
    max_drop: Annotated[
        float,
        typer.Option(min=0, metavar="POINTS", help="Top-1, or a class's recall, may drop by."),
    ] = 0.0,
    form: Annotated[
        Literal["table", "json", "md"], typer.Option("--format", "-f", help="Form of the result.")
    ] = "table",
) -> None:
    """Find what is worse than in an earlier report.

    The exit code is 3 where a time, the memory, a file or the accuracy of a model is worse by more
    than allowed and more than noise explains.
    """
    from wbc_edge.measure.formats import comparison
    from wbc_edge.measure.regressions import compare as compare_reports

    _require_output()
    found = compare_reports(old, new, tolerance=tolerance, max_drop=max_drop)
    print(comparison.render(found, form), end="")
    found.check()


@app.command(epilog="Example: wbc-edge models --json")
def models(json: JSONOption = False) -> None:
    """List the shipped models.

    With size, measured accuracy, and what they learnt from.
    """
    from wbc_edge.inspection import models_text, shipped_models

    _require_output()
    found = shipped_models()
    print(_json(found) if json else models_text(found))


@app.command(epilog="Example: wbc-edge info edge")
def info(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A shipped model's name, or any model file.")
    ],
    runtime: RuntimeOption = "auto",
    json: JSONOption = False,
) -> None:
    """Say what a model file is.

    Its card, inputs, outputs, quantisation and size; for any TFLite or ONNX file. The exit code is
    4 where the file is damaged or its card does not fit it.
    """
    from wbc_edge.inspection import inspect

    _require_output()
    found = inspect(model, runtime=runtime)
    print(_json(found.to_dict()) if json else found.to_text())
    if not found.sound:
        raise typer.Exit(ModelError.exit_code)


@app.command(epilog="Example: wbc-edge doctor")
def doctor(
    model: Annotated[
        str, typer.Option("--model", "-m", metavar="NAME", help="A shipped model's name.")
    ] = "edge",
    runtime: RuntimeOption = "auto",
    tune: Annotated[
        bool,
        typer.Option(
            "--tune", help="Find and keep the fastest runtime for auto; try a model's other files."
        ),
    ] = False,
    json: JSONOption = False,
) -> None:
    """Check this machine and the model.

    Tells runtimes, versions and processor. The self-test gives stored images to the model and holds
    its answers against those it gave where it was made. The exit code is 4 where it does not pass.
    """
    from wbc_edge.doctor import diagnose

    _require_output()
    if tune and runtime != "auto":
        raise UsageError("--tune tries every runtime: leave out --runtime")
    if tune:
        from wbc_edge.measure.tune import tune as measure
        from wbc_edge.progress import stepped

        with stepped() as progress:
            tuned = measure(model, progress=progress)
        # With --json the one object on standard output is the diagnosis, which tells the choice.
        print(tuned.to_text(), end="\n\n", file=sys.stderr if json else None)
    found = diagnose(model, runtime=runtime)
    print(_json(found.to_dict()) if json else found.to_text())
    if not found.healthy:
        raise typer.Exit(ModelError.exit_code)


@app.command(epilog="Example: wbc-edge samples cells && wbc-edge classify cells")
def samples(
    directory: Annotated[str, typer.Argument(metavar="DIR", help="Where to; made if needed.")],
    field: Annotated[
        bool, typer.Option("--field", help="Draw them on one field, for `count`.")
    ] = False,
) -> None:
    """Write eight drawn sample cells, one a class."""
    from wbc_edge.synthetic import write_samples
    from wbc_edge.text import printable

    for path in write_samples(directory, field=field):
        print(printable(str(path)))


def _pictured(path: str | None, classifier: Any) -> Any:
    """What takes rows for the page of --gallery; without one, nothing, and nothing is imported."""
    if path is None:
        return nullcontext(lambda _: None)
    from wbc_edge.gallery import pictured

    return pictured(path, classifier.labels, classifier.card)


def _require_output() -> None:
    """Before any work whose result is printed: Python prints to a closed stream without a word."""
    if sys.stdout is None:
        raise UsageError("standard output is closed")


def _check_named(*places: str | None) -> None:
    if "" in places:
        raise UsageError("an empty name is no place to write: is a variable of the shell not set?")


def _say(sentence: str) -> None:
    from wbc_edge.text import printable

    # Where nobody can be told, the exit code still tells.
    with suppress(OSError):
        print(f"wbc-edge: {printable(sentence)}", file=sys.stderr, flush=True)


def _json(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, indent=2, default=str)
