"""`python -m train study`: carry out a study and write its table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from train.commands.settings import Part, configured, report
from wbc_edge.errors import UsageError, WbcEdgeError

if TYPE_CHECKING:
    from train.evaluation.cells import Cells
    from train.sources import Source

app = typer.Typer(no_args_is_help=True)

Out = Annotated[
    Path | None,
    typer.Option(help="The table as Markdown, with a JSON file beside it.  [default: in --runs]"),
]
Earlier = Annotated[
    Path | None,
    typer.Option(
        help="The .json file of a table made elsewhere: what is finished there, and has not been "
        "begun in --runs, is not done again, unless its settings are others now."
    ),
]
Only = Annotated[list[str] | None, typer.Option(help="Carry out this row alone. Repeatable.")]
Models = Annotated[list[str], typer.Argument(help="Model files, or names of shipped ones.")]
Unseen = Annotated[
    list[str],
    typer.Argument(
        metavar="RUN=SOURCE...",
        help="A finished run, and a source that it has not seen: runs/x=chula:data/chula.",
    ),
]
Marked = Annotated[
    list[str],
    typer.Option(help="A source with marked fields: bccd:FOLDER or chula:FOLDER. Repeatable."),
]


@app.callback()
def _studies() -> None:
    """Carry out a study, row by row, and write one table; what is finished is not done again."""


@app.command("published")
def published(
    data: Annotated[Path, typer.Option(help="Folder that holds the sets of cells.")],
    runs: Annotated[Path, typer.Option(help="Folder for the run folders.")] = Path("runs/study"),
    weights: Annotated[
        str,
        typer.Option(
            help="imagenet (Keras downloads them), none, or a folder of weights files; "
            "a network without a file in it starts from random weights."
        ),
    ] = "imagenet",
    budget: Annotated[
        Literal["full", "small"], typer.Option(help="small: fewer epochs, smaller pictures.")
    ] = "full",
    only: Only = None,
    earlier: Earlier = None,
    out: Out = None,
) -> None:
    """Train the networks of published systems by their own protocols.

    It can be interrupted at any time: the same command goes on where it stood.

    Example: python -m train study published --data data --budget small --runs runs/study
    """
    from train.study import page
    from train.study.published import table
    from train.study.published.entries import ENTRIES
    from train.study.published.perform import earlier as known
    from train.study.published.perform import outcomes, perform

    _check_only(only or (), [entry.name for entry in ENTRIES])
    if weights not in ("imagenet", "none") and not Path(weights).is_dir():
        raise UsageError(f"--weights {weights}: neither imagenet nor none nor a folder")
    path = out or runs / f"published-{budget}.md"
    page.check(path)
    start = None if weights == "none" else weights
    kept = (
        {}
        if earlier is None
        else known(earlier, ENTRIES, runs, data=data, weights=start, budget=budget)
    )
    chosen = [e for e in ENTRIES if e.name not in kept and (not only or e.name in only)]
    failures = perform(
        chosen,
        runs,
        data=data,
        weights=start,
        budget=budget,
        report=report,
    )
    _check_any((entry.name for entry in chosen), failures, path)
    given = {"--data": data, "--weights": weights, "--budget": budget, "--only": only}
    table.write(
        outcomes(ENTRIES, runs, budget, kept, failures),
        path,
        title=f"The study 'published', {budget} budget",
        command=page.spelled("python -m train study published", [], given),
    )
    _finish(path, failures.values())


@app.command("sources")
def sources(
    config: Annotated[
        list[Path],
        typer.Option(
            help="Recipe on several sources, .json or .toml, called by its file's name; one that "
            "is a teacher of another comes before it. Repeatable."
        ),
    ],
    runs: Annotated[Path, typer.Option(help="Folder for the run folders.")] = Path("runs/sources"),
    hold_out: Annotated[
        list[str] | None,
        typer.Option(help="Hold out this source. Repeatable.  [default: each in turn]"),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="Change a setting of all recipes, as in `fit`, or of one as RECIPE:NAME=VALUE; "
            "the table names it. Repeatable.",
        ),
    ] = None,
    only: Only = None,
    all_in: Annotated[
        list[str] | None,
        typer.Option(
            help="Run folder, model file or shipped model trained on all sources, to show on its "
            "test cells beside. Repeatable."
        ),
    ] = None,
    earlier: Earlier = None,
    out: Out = None,
) -> None:
    """Train recipes without one of their sources, and test them on that source.

    It can be interrupted at any time: the same command goes on where it stood.

    Example: python -m train study sources --config recipe.toml --hold-out chula --set epochs=5
    """
    from train.evaluation.subject import open_subject
    from train.study import page
    from train.study.sources import perform, table
    from train.study.sources.hold_out import Recipe, changes_of, hold_outs

    names = [file.stem for file in config]
    recipes = []
    for file in config:
        changes = changes_of(file.stem, set_ or (), names)
        settings = configured(file, changes, {})
        recipes.append(Recipe(name=file.stem, config=settings, changes=changes))
    rows = hold_outs(recipes, hold_out or ())
    _check_only(only or (), [row.name for row in rows])
    path = out or runs / "sources.md"
    page.check(path)
    for name in all_in or ():
        open_subject(name)  # a name that is none is better known before the hours than after
    kept = {} if earlier is None else perform.earlier(earlier, rows, recipes, runs)
    chosen = [row for row in rows if row.name not in kept and (not only or row.name in only)]
    failures = perform.perform(chosen, recipes, runs, report=report)
    _check_any((row.name for row in chosen), failures, path)
    beside = []
    for name in all_in or ():
        try:
            beside.append(perform.all_in(name, recipes))
        except WbcEdgeError as error:
            failures[name] = error
    given = {"--config": config, "--hold-out": hold_out, "--set": set_, "--all-in": all_in}
    table.write(
        perform.outcomes(rows, runs, kept, failures),
        beside,
        path,
        command=page.spelled("python -m train study sources", [], given),
    )
    _finish(path, failures.values())


@app.command("conditions")
def conditions(
    models: Models,
    data: Annotated[
        list[str],
        typer.Option(help="A source of cells, as in `fit`: READER:FOLDER. Repeatable."),
    ],
    part: Part = "test",
    cells: Annotated[int, typer.Option(min=1, help="Cells of every class.")] = 50,
    seed: Annotated[int, typer.Option(min=0, help="Of their draw.")] = 0,
    out: Annotated[
        Path, typer.Option(help="The page, .md; figures and a sheet of pictures lie beside it.")
    ] = Path("out/conditions.md"),
) -> None:
    """Ask models for the same cells under other lamps, stains, cameras and cuts.

    Example: python -m train study conditions edge nano --data pbc:data/pbc
    """
    from train.evaluation.cells import take
    from train.sources import parse
    from train.study import page
    from train.study.conditions import perform, table

    page.check(out, picture=True)
    parts = take([parse(text) for text in data], part=part)
    asked = perform.choose(parts, cells, seed=seed)
    found = _doubts(models, parts)
    given = {"--data": data, "--part": part, "--cells": cells, "--seed": seed}
    study = table.Study(
        command=page.spelled("python -m train study conditions", models, given),
        source=f"{' and '.join(p.source for p in parts)}, {part} part",
        cells=cells,
        classes=len({sample.label for sample in asked.samples}),
        answers=perform.perform(models, asked, report=report),
        doubts=found,
    )
    table.write(study, out)
    typer.echo(out)


@app.command("fields")
def fields(
    models: Models,
    data: Marked,
    out: Annotated[
        Path, typer.Option(help="The page, .md; figures and a drawn field lie beside it.")
    ] = Path("out/fields.md"),
) -> None:
    """Have models find and name the white cells of whole fields in which people have marked them.

    Example: python -m train study fields edge nano --data bccd:data/bccd
    """
    from train.study import page
    from train.study.fields import table
    from train.study.fields.perform import perform

    page.check(out, picture=True)
    sources, found = _marked(models, data, part="test")
    rows = [perform(model, source) for model in models for source in sources]
    command = page.spelled("python -m train study fields", models, {"--data": data})
    table.write(rows, out, command=command, doubts=found)
    typer.echo(out)


@app.command("crops")
def crops(
    models: Models,
    data: Marked,
    out: Annotated[
        Path, typer.Option(help="The page, .md; figures and a sheet of crops lie beside it.")
    ] = Path("out/crops.md"),
) -> None:
    """Show models the marked cells of fields in crops from tight to six times as wide.

    Example: python -m train study crops edge nano --data chula:data/chula
    """
    from train.study import page
    from train.study.crops import table
    from train.study.crops.perform import perform

    page.check(out, picture=True)
    sources, found = _marked(models, data, part="all")
    rows = [row for model in models for source in sources for row in perform(model, source)]
    command = page.spelled("python -m train study crops", models, {"--data": data})
    table.write(rows, out, command=command, doubts=found)
    typer.echo(out)


@app.command("views")
def views(
    asked: Unseen,
    scale: Annotated[
        list[float] | None,
        typer.Option(min=0.5, help="Side of the view in nuclear diameters. Repeatable."),
    ] = None,
    turns: Annotated[
        list[int] | None,
        typer.Option(help="Turns and mirror images answering together: 1, 2, 4 or 8. Repeatable."),
    ] = None,
    below: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Show more turns only where the confidence is below."),
    ] = None,
    look_scale: Annotated[
        list[float] | None,
        typer.Option(
            min=0.5,
            max=2,
            help="Sides of the turns' views, one after the other, the first 1: another row. "
            "Repeatable.",
        ),
    ] = None,
    colours: Annotated[
        list[str] | None,
        typer.Option(
            help="Colours as_is, or brought to the known cells': reinhard, density. Repeatable."
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="The page, .md; a JSON file lies beside it.")] = Path(
        "out/views.md"
    ),
) -> None:
    """Show cells of an unseen source to networks at other scales, turned, in other colours.

    Example: python -m train study views runs/sources/recipe-without-chula=chula:data/chula
    """
    from train.study import page
    from train.study.asked import ask
    from train.study.views import perform, table
    from train.study.views.colours import AS_IS
    from train.study.views.view import SCALES, combinations

    page.check(out)
    shown = combinations(
        scale or SCALES,
        turns=turns or (1,),
        below=below,
        look_scales=look_scale or (),
        colours=colours or (AS_IS,),
    )
    networks = [ask(text) for text in asked]
    given = {
        "--scale": [f"{size:g}" for size in scale or ()],
        "--turns": turns,
        "--below": None if below is None else f"{below:g}",
        "--look-scale": [f"{each:g}" for each in look_scale or ()],
        "--colours": colours,
    }
    found = list(perform.perform(networks, shown, report=report))
    table.write(found, out, command=page.spelled("python -m train study views", asked, given))
    for doubt in dict.fromkeys(f"{one.network}: {d}" for one in found for d in one.unseen.doubts):
        typer.echo(f"warning: {doubt}", err=True)
    typer.echo(out)


@app.command("probe")
def probe(
    asked: Unseen,
    out: Annotated[Path, typer.Option(help="The page, .md; a JSON file lies beside it.")] = Path(
        "out/probe.md"
    ),
) -> None:
    """Tell how much better a network would name the cells of a source had it learnt its labels.

    Example: python -m train study probe runs/sources/recipe-without-chula=chula:data/chula
    """
    from train.study import page
    from train.study.asked import ask
    from train.study.probe import perform, table

    page.check(out)
    found = list(perform.perform([ask(text) for text in asked], report=report))
    table.write(found, out, command=page.spelled("python -m train study probe", asked, {}))
    for doubt in dict.fromkeys(f"{x.network}: {d}" for x in found for d in x.as_it_is.doubts):
        typer.echo(f"warning: {doubt}", err=True)
    typer.echo(out)


def _marked(
    models: Iterable[str], data: Iterable[str], *, part: str
) -> tuple[list[Source], list[str]]:
    """Sources of fields in which cells are marked, and the doubts about the cells of a part."""
    from train.evaluation.cells import take
    from train.sources import parse
    from train.sources.fields import check

    sources = [parse(text) for text in data]
    check(sources)
    return sources, _doubts(models, take(sources, part=part))


def _doubts(models: Iterable[str], parts: Sequence[Cells]) -> list[str]:
    """Sentences on cells that models may know; they are told on the console, too."""
    from train.evaluation.doubts import doubts
    from train.evaluation.subject import FileSubject

    found = [note for m in models for note in doubts(parts, m, FileSubject(m).knowledge)]
    for note in found:
        report(note)
    return found


def _check_only(names: Iterable[str], rows: list[str]) -> None:
    for name in names:
        if name not in rows:
            raise UsageError(f"--only {name}: no such row; there are {', '.join(rows)}")


def _check_any(chosen: Iterable[str], failures: Mapping[str, WbcEdgeError], path: Path) -> None:
    """Ends with the first error where nothing was carried out and an earlier table says more."""
    if path.exists() and failures and all(name in failures for name in chosen):
        raise next(iter(failures.values()))


def _finish(path: Path, failures: Iterable[WbcEdgeError]) -> None:
    """Names the table, and ends with the first error where a row failed."""
    typer.echo(path)
    for error in failures:
        raise error
