"""The images that a candidate names differently, as pictures: the eye judges faster than a list."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from wbc_edge import image
from wbc_edge.errors import InputError
from wbc_edge.measure.sections.answers import listed
from wbc_edge.webpage import thumbnail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbc_edge.measure.compare import Flip

SIDE = 180


def draw(flips: Sequence[Flip], folder: Path) -> str:
    """The flipped images that the table below lists; their paths are from the folder on."""
    return f'<div class="cells">{"".join(_figure(flip, folder) for flip in listed(flips))}</div>'


def _figure(flip: Flip, folder: Path) -> str:
    kind = flip.effect.split()[0]
    return (
        f"<figure>{_thumbnail(folder / flip.path)}<figcaption>"
        f'<b class="effect-{kind}">{escape(flip.effect)}</b>: {escape(flip.truth)}<br>'
        f"{escape(flip.reference)} &rarr; {escape(flip.candidate)}<br>"
        f'<span class="soft">{escape(Path(flip.path).name)}</span></figcaption></figure>'
    )


def _thumbnail(path: Path) -> str:
    try:
        picture = image.load(path).picture
    except InputError:
        return '<div class="gone">no longer there</div>'
    return f'<img src="{thumbnail.uri(picture, SIDE)}" alt="{escape(path.name)}">'
