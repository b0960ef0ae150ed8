"""`wbc-edge bench`, and `bench compare`: what a model takes, how right it is, what got worse."""

from typing import Annotated, Literal

import typer

from wbc_edge.commands import console
from wbc_edge.cores import MOST_THREADS
from wbc_edge.errors import InputError, UsageError

app = typer.Typer(
    invoke_without_command=True,
    epilog="Example: wbc-edge bench -m edge --data cells --reference float.tflite",
)


@app.callback()
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
    answers: Annotated[
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
    from wbc_edge import measure
    from wbc_edge.measure import foreign, formats
    from wbc_edge.measure.gates import Limits
    from wbc_edge.measure.latency import Plan
    from wbc_edge.progress import stepped

    if not report:
        console.require_output()
    for target in report or []:
        formats.check_target(target, (groups, labels))  # before the minutes, not after
    card = foreign.describe(labels, input_, mean=mean, std=std, output=answers)
    with stepped() as progress:
        result = measure.bench(
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
    console.show(formats.render(result, form), end="")
    formats.write_all(result, report or [])
    result.check()
    if result.data is not None and (unread := result.data.unread()):
        console.say(unread)
        raise typer.Exit(InputError.exit_code)


@app.command(epilog="Example: wbc-edge bench compare old.json new.json")
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

    console.require_output()
    found = compare_reports(old, new, tolerance=tolerance, max_drop=max_drop)
    console.show(comparison.render(found, form), end="")
    found.check()
