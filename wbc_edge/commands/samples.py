"""`wbc-edge samples`: drawn cells to try it with."""

from typing import Annotated

import typer


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
