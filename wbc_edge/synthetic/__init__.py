"""Drawn blood cells: eight kinds of stained cell, for samples, tests and documents.

Nothing here is a photograph. `draw` renders one cell among red cells from a label and a seed, with
numpy and Pillow alone; the same seed gives the same pixels under the same versions of the two.

    draw("neutrophil", seed=3)                        one cell, uint8 RGB (360, 360, 3)
    draw("monocyte", style=Style(stain=0.7))          the same smear in a paler laboratory
    draw_field(seed=3)                                no nucleated cell: a negative
    draw_smear(["basophil", "ig"])                    a field of several cells, and where they lie
    write_dataset("cells", 20, seed=1, size=128)      a folder per class
    write_samples("samples")                          the eight sample cells of the command line
"""

from __future__ import annotations

from wbc_edge.synthetic.dataset import write_dataset, write_samples
from wbc_edge.synthetic.scene import LABELS, draw, draw_field, draw_smear
from wbc_edge.synthetic.style import PBC, Style

__all__ = [
    "LABELS",
    "PBC",
    "Style",
    "draw",
    "draw_field",
    "draw_smear",
    "write_dataset",
    "write_samples",
]
