"""`wbc-edge count`: the white cells on photographs of fields."""

import sys
from contextlib import suppress
from typing import Annotated, Literal

import typer

from wbc_edge.commands import console, options
from wbc_edge.errors import InputError, UsageError


def count(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...", help="Fields: images, folders, patterns, or - for bytes."
        ),
    ],
    model: options.Model = "edge",
    runtime: options.Runtime = "auto",
    threads: options.Threads = None,
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
    gallery: options.Gallery = None,
    threshold: options.Threshold = None,
    json: options.JSON = False,
    max_bytes: options.MaxBytes = 64 << 20,
    max_pixels: options.MaxPixels = 64_000_000,
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
    from wbc_edge.destination import is_standard_output
    from wbc_edge.image import Limits
    from wbc_edge.inputs import MARKED, expand, is_drawing
    from wbc_edge.progress import counted

    console.check_named(draw, output, gallery)
    sources = expand(paths)
    limits = Limits(max_bytes=max_bytes, max_pixels=max_pixels)
    console.require_output()
    if output is not None and is_standard_output(output):
        raise UsageError("the count goes to standard output: name another --output for the rows")
    if form is not None and output is None:
        raise UsageError("--format is that of the rows: name an --output for them")
    classifier = Classifier(
        model, runtime=runtime, threads=threads, threshold=threshold, limits=limits
    )
    directory = None if draw is None else drawings.folder(draw)
    total, is_told = Count(labels=classifier.labels), False
    try:
        with (
            options.pictured(gallery, classifier) as picture,
            fields.recorded(output, classifier.labels, form=form) as record,
        ):
            examined = fields.examine(classifier, sources, views=gallery is not None)
            for found in counted(examined, of="fields"):
                if is_drawing(found.path):
                    console.say(
                        f"{found.path}: counted, though its name is that of a drawing of --draw"
                    )
                for told in found.notes if found.error is None else (found.error.reason,):
                    console.say(f"{found.path}: {told}")
                if directory is not None and found.picture is not None:
                    name = drawings.save(marking.marked(found), found.path, directory, MARKED)
                    found = replace(found, notes=(*found.notes, f"drawn: {name}"))
                record(found)
                for row in found.rows():
                    picture(row)
                total.add(found)
            # Before the page and the rows, which may be more than there is room for.
            console.show(console.as_json(total.to_dict()) if json else total.to_text())
            is_told = True
    except BaseException:
        # The fields so far were worth their time.
        if total.fields and not is_told and sys.stderr is not None:
            with suppress(OSError):
                print(f"{total.to_text()}\nstopped before the end", file=sys.stderr, flush=True)
        raise
    if total.unread:
        raise typer.Exit(InputError.exit_code)
