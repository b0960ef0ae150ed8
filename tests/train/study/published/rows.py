"""Two rows of a study, on drawn cells."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from train.sources import Source
from train.study.published.entry import Budget, Entry, Published, Task
from wbc_edge import synthetic
from wbc_edge.card import Framing

DRAWN = Task(
    title="drawn cells",
    tested=Source(reader="folder", path=Path("drawn")),
    labels=tuple(sorted(synthetic.LABELS))[:3],
    framing=Framing(method="cell", scale=2.2),
)
FIRST = Entry(
    name="first",
    system="none",
    network="mobilenet",
    options={"alpha": 0.25},
    weights="none.weights.h5",
    cells=DRAWN,
    published=Published(accuracy=0.875, remark="made up"),
    budgets={
        "full": Budget(size=64, epochs=9),
        "small": Budget(size=32, epochs=1, steps=2),
    },
    protocol={"batch_size": 8},
    fine_tuning={"freeze": "all"},
    remark="drawn, not seen",
)
SECOND = replace(FIRST, name="second", published=Published(), remark="")
