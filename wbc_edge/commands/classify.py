"""`wbc-edge classify`: what cell is on each picture."""

from typing import Annotated, Literal

import typer

from wbc_edge.commands import console, options
from wbc_edge.cores import MOST_THREADS
from wbc_edge.errors import InputError, UsageError


def classify(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH...", help="Images, folders, patterns, or - for bytes."),
    ],
    model: options.Model = "edge",
    runtime: options.Runtime = "auto",
    threads: options.Threads = None,
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
    threshold: options.Threshold = None,
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
    gallery: options.Gallery = None,
    explain: Annotated[
        str | None,
        typer.Option(
            metavar="DIR",
            help="Draw there what each answer rests on: a second each, several where in doubt.",
        ),
    ] = None,
    max_bytes: options.MaxBytes = 64 << 20,
    max_pixels: options.MaxPixels = 64_000_000,
) -> None:
    """Name the cell on each image.

    There is one row for each input, in their order. Of several cells on an image the middle one is
    meant; `count` names them all. Folders are searched to their depth for JPEG, PNG, BMP, TIFF and
    WebP files, in natural order. An image that cannot be read, or is of another kind, is a row with
    its error; the exit code is then 1. Where the model is in doubt it looks again, at the cell
    turned, mirrored, nearer and farther, and answers by the mean. With --watch, the images of
    folders are followed by those that a camera or another program puts there, until Ctrl-C ends it.
    """
    from wbc_edge.classifier import Classifier
    from wbc_edge.destination import opened, writing
    from wbc_edge.image import Limits
    from wbc_edge.inputs import expand
    from wbc_edge.output import FORMATS, form_of
    from wbc_edge.progress import counted

    console.check_named(explain, output, gallery)
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
        options.pictured(gallery, classifier) as picture,
        opened(output) as stream,
    ):
        with writing(output):
            writer = FORMATS[rows_as](stream, classifier.labels, top_k)
        if watch:
            console.say(f"waiting for what comes into {', '.join(paths)}; Ctrl-C ends")
        for row in rows if watch or stream.isatty() else counted(rows):
            with writing(output):
                writer.write(row)
                if watch:  # the next may be long in coming
                    stream.flush()
            picture(row)
            count += 1
            failed += row.error is not None
    if failed:
        console.say(f"{failed:,} of {count:,} inputs could not be answered; their rows say why")
        raise typer.Exit(InputError.exit_code)
