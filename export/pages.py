"""A page of Markdown per shipped network: its data, figures, answers, limits and how it is rebuilt.

After Mitchell et al., "Model cards for model reporting", FAccT 2019. Figures, data and thresholds
come from the cards inside the files, those of unseen laboratories from the study of sources; only
the sentences on use and limits are written here.
"""

from __future__ import annotations

from pathlib import Path

from export.tables import LOOKS, Files, by_file, by_source, networks, unseen
from train import fact
from wbc_edge import figure, wording
from wbc_edge.card import Card, SecondLook
from wbc_edge.files import replace

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "models"
STUDY = ROOT / "docs" / "studies" / "sources.json"

USE = """\
For teaching, research and the sorting of single-cell pictures by people who look at what they get:
one white blood cell per picture, Romanowsky-stained (May-Grünwald-Giemsa, Wright, Leishman), seen
through an oil objective. The cell need not be centred and may be from a quarter as wide as the
picture to nearly as wide."""

LIMITS = """\
- No patient is known for any training picture, so no figure here is one over unseen patients.
- Almost all cells come from one laboratory (PBC); the other sources have hundreds, not thousands,
  and some of their classes a handful. Read their intervals, not their means.
- Cells are normal or reactive; blasts, atypical lymphocytes and other diseased cells are none of
  the classes, and most will be called the class that they resemble.
- Confidence is calibrated on pictures of the sources it has learnt from. On another microscope it
  tends to be too high: label a few dozen cells of yours and run `wbc-edge bench --data` first.
- "No cell" is learnt from drawn pictures and from fields of two sources; other things may pass.
- Views, scales and second looks were compared by all cells of the second and third source, with
  networks trained without these; what is told of laboratories that nobody has looked at is somewhat
  too good for that.
- BCCD's fields are the originals of the Kaggle set "blood-cells", 61 of the 71 in its TEST part
  among them: a figure of these models on that set is one of cells that they know.
- A picture is meant to show one cell near its middle. How much of what lies around may be on it is
  measured in [crops.md](../studies/crops.md); for whole fields there is `wbc-edge count`."""


def page(name: str, files: Files) -> str:
    """The page of one network."""
    found = files[0][1]
    lines = [
        f"# {name} {found.version}",
        "",
        f"{_network(found)} {found.intended_use}",
        "",
        "## Use",
        "",
        USE,
        "",
        "## Files",
        "",
        *by_file(files),
        "",
        LOOKS,
        f"Each file was held to this: {found.created_with.get(fact.GATE, 'unknown')}.",
        "",
        "## Figures by source",
        "",
        f"Test cells, which training has not seen, through the file `{files[0][0].path.name}`"
        f"{_looks(found)}:",
        "",
        *by_source([found]),
        "",
        *_unseen(name),
        "## Answers",
        "",
        *_answers(found),
        "",
        "## Data",
        "",
        *_data(found),
        "",
        "## Limits",
        "",
        LIMITS,
        "",
        "## Rebuilding it",
        "",
        f"`make models`: the recipes `train/shipped/{name}*.toml`, each of which goes on from "
        "another, and where the Makefile says so an average of others.",
    ]
    return "\n".join(lines) + "\n"


def write(folder: Path) -> None:
    """Writes the page of every shipped network."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, files in networks().items():
        replace(folder / f"{name}.md", page(name, files))


def _network(found: Card) -> str:
    light = ", background made white" if found.input.light == "white" else ""
    if teachers := found.created_with.get(fact.TAUGHT_BY):
        names = teachers.replace(", ", "`, `")
        light += f"; it learnt from the answers of `{names}` besides the labels"
    return (
        f"{len(found.labels)} classes; {found.architecture}, {found.parameters:,} parameters, on "
        f"{found.input.height} × {found.input.width} pixels framed by the "
        f"{found.input.framing.method}{light}. Licence: {found.licence}."
    )


def _looks(found: Card) -> str:
    """How many attempts at the file the test cells have judged, where it was not one alone."""
    looks = found.created_with.get(fact.ATTEMPTS, "1")
    return "" if looks == "1" else f", the last of {looks} attempts at it that they judged"


def _unseen(name: str) -> list[str]:
    """The study's rows of the recipes of this network, where it has been carried out."""
    rows = unseen(STUDY, (name,))
    if not rows:
        return []
    return [
        "## A laboratory never seen",
        "",
        "Recipes of this network, of which none shipped, trained without one source and tested on "
        "all its cells, the answer restricted to the classes that the sources share "
        "([sources.md](../studies/sources.md), which also says how they were trained):",
        "",
        *rows,
        "",
        "That is one look at each cell, at the scale of the recipe; "
        "[looks.md](../studies/looks.md) adds second looks, [scales.md](../studies/scales.md) such "
        "at several scales (of networks of half an hour's training), and "
        "[views.md](../studies/views.md) other scales of earlier networks.",
        "",
    ]


def _answers(found: Card) -> list[str]:
    lines = [
        f"- Classes: {', '.join(found.labels)}.",
        f"- Confidence is the largest probability, after dividing the logits by "
        f"{found.temperature:.3g}: "
        f"{found.created_with.get(fact.TEMPERATURE, 'chosen by hand')}.",
        f"- Unclassified below a confidence of {found.threshold:.3f}: "
        f"{found.created_with.get(fact.THRESHOLD, 'chosen by hand')}.",
    ]
    if found.second_look is not None:
        lines += _second_look(found, found.second_look)
    if found.outlier is not None:
        lines.append(
            f"- No cell below an energy of {found.outlier:.2f}: "
            f"{found.created_with.get(fact.OUTLIER, 'chosen by hand')}."
        )
        lines += [
            f"- {m.name.capitalize()}: {wording.share(m)} of {m.count} ({m.dataset})."
            for m in found.metrics
            if m.dataset == figure.NEGATIVES
        ]
    lines += [
        f"- Preset `{preset}`: {', '.join(classes)}." for preset, classes in found.presets.items()
    ]
    return lines


def _second_look(found: Card, look: SecondLook) -> list[str]:
    """When a cell is looked at again, and what came of it on each source's test cells."""
    lines = [
        f"- Looked at again below a confidence of {look.below:.3f}: the answer is then the mean "
        f"over {look.turns} turns and mirror images of the view{wording.at_scales(look.scales)}, "
        f"{found.created_with.get(fact.SECOND_LOOK, 'chosen by hand')}."
    ]
    told = {(m.name, m.dataset): m for m in found.metrics}
    for (name, dataset), share in told.items():
        first, final = told.get((figure.ONE_LOOK, dataset)), told.get((figure.TOP1, dataset))
        if name != figure.LOOKED_AGAIN or first is None or final is None:
            continue
        lines.append(
            f"  Of the {dataset}: {wording.percent(share.value, 1)} of {share.count} cells; "
            f"top-1 from {wording.rounded(100 * first.value, 2)} to {wording.percent(final.value)}."
        )
    return lines


def _data(found: Card) -> list[str]:
    lines = ["| source | training cells | licence | citation |", "|---|---|---|---|"]
    lines += [
        f"| {source.name} | {source.count:,} | {source.licence} | {source.citation} |"
        for source in found.training.sources
    ]
    counts = ", ".join(f"{count:,} {part}" for part, count in found.training.counts.items())
    return [
        *lines,
        "",
        f"All cells: {counts}. SHA-256 of the split: `{found.training.split_sha256}`.",
    ]
