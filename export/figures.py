"""Tables of Markdown with the figures of the shipped models, from the cards inside the files.

`python -m export.figures` writes them into README, with what the demo prints, and a page per
network to docs/models; a test holds the tables and the pages against the cards.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

import typer

from export import pages
from export.tables import LOOKS, by_file, by_source, networks, unseen
from train.console import TYPER, run_command
from wbc_edge import files
from wbc_edge.errors import UsageError
from wbc_edge.runtimes import tuned

README = pages.ROOT / "README.md"

LEGEND = f"""\
PBC, Chula and BCCD are public sets of cells, each of one laboratory. Top-1: the share named
rightly, in brackets its 95 % interval. Difference: of top-1, from the network before it was
quantised, on the same cells; agreement: the share that both name alike. Balanced accuracy: the mean
of the recalls of all classes that have a test cell there, if but one. Calibration error: by how
much confidence misses the share that is right, on the mean; by chance: what as many cells would
show of it if confidences were right. Answered: the share that is not left unclassified; wrong of
these: errors among them.
{LOOKS}"""


def place(text: str, name: str, block: str) -> str:
    """README's text with the block between the markers of that name.

    Raises:
        UsageError: it does not have both of them once, in this order.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    if (text.count(begin), text.count(end), rest.count(end)) != (1, 1, 1):
        raise UsageError(f"README has no one place between '{begin}' and '{end}'")
    return f"{before}{begin}\n{block}\n{end}{after}"


def demo() -> str:
    """What `make demo` prints of the sample cells, as a block of Markdown."""
    with tempfile.TemporaryDirectory() as folder:
        for arguments in (["samples", "out/samples"], ["classify", "out/samples"]):
            command = [sys.executable, "-m", "wbc_edge", *arguments]
            done = subprocess.run(
                command,
                cwd=folder,
                # What is tuned on this machine is not what a newcomer's gives.
                env=os.environ | {"PYTHONPATH": str(pages.ROOT), tuned.VARIABLE: os.devnull},
                check=True,
                capture_output=True,
                text=True,
            )
    return f"```\n{done.stdout.rstrip()}\n```"


def render() -> str:
    """README's block: the shipped models, their networks by source, and unseen laboratories."""
    shipped = networks()
    return "\n".join(
        [
            *by_file([item for every in shipped.values() for item in every]),
            "",
            "By source of the test cells, none of which the networks have seen:",
            "",
            *by_source([every[0][1] for every in shipped.values()]),
            "",
            LEGEND,
            "",
            "A laboratory that has given no training cell at all (one look, the answer restricted "
            "to the classes that the sources share, those of five cells or more):",
            "",
            *unseen(pages.STUDY, tuple(shipped)),
        ]
    )


app = typer.Typer(**TYPER)


@app.command()
def write_all() -> None:
    """Write README's tables, what its demo prints, and docs/models from the shipped cards."""
    text = place(README.read_text(encoding="utf-8"), "figures", render())
    files.replace(README, place(text, "demo", demo()))
    pages.write(pages.FOLDER)


if __name__ == "__main__":
    run_command(app)
