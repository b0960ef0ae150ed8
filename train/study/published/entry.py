"""What a study declares: which networks learn what, from which cells, within which budget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from train.config import Config
from train.sources import Source
from wbc_edge.card import Framing, InputSpec

BudgetName = Literal["full", "small"]


@dataclass(frozen=True, kw_only=True)
class Task:
    """What one system tells apart: classes, and the cells that show them.

    Attributes:
        title: for people.
        tested: the cells that the figure is of, and whose training part is learnt from. Its paths,
            as those of the others, begin in the folder that holds all sets.
        besides: sources that are learnt from too.
        labels: classes, in the order of the logits; cells of others are left out.
        framing: which square of a picture is looked at.
    """

    title: str
    tested: Source
    besides: tuple[Source, ...] = ()
    labels: tuple[str, ...]
    framing: Framing

    def sources(self, data: Path) -> tuple[Source, ...]:
        """The cells, where `data` holds all sets; those that the figure is of come first."""
        return tuple(
            replace(
                source,
                path=data / source.path,
                classes=self.labels,
                without=None if source.without is None else data / source.without,
            )
            for source in (self.tested, *self.besides)
        )


@dataclass(frozen=True, kw_only=True)
class Published:
    """A published accuracy, from 0 to 1, as it was written, and what has to be known about it.

    `accuracy` is None where the system states none on these cells.
    """

    accuracy: float | None = None
    remark: str = ""


@dataclass(frozen=True, kw_only=True)
class Budget:
    """How much one training may cost: side of the input in pixels, epochs, batches per epoch."""

    size: int
    epochs: int
    steps: int | None = None

    def __str__(self) -> str:
        batches = "" if self.steps is None else f" of {self.steps} batches"
        return f"{self.size} px, {self.epochs} epochs{batches}"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One row of a study.

    Attributes:
        name: of the row; with the budget, the name of its run folder.
        system: which published system it belongs to, for people.
        network: name in `train.zoo.NETWORKS`.
        options: of its builder.
        weights: name of the file with the backbone's ImageNet weights, where there can be one.
        cells: what it learns from and is tested on.
        published: the figure to compare with.
        budgets: full, and small for a machine without an accelerator.
        protocol: the other settings of `train.config.Config`.
        fine_tuning: those added where the run starts from ImageNet weights.
        remark: how the protocol departs from the published one.
    """

    name: str
    system: str
    network: str
    options: Mapping[str, Any] = field(default_factory=dict)
    weights: str | None = None
    cells: Task
    published: Published = Published()
    budgets: Mapping[BudgetName, Budget]
    protocol: Mapping[str, Any] = field(default_factory=dict)
    fine_tuning: Mapping[str, Any] = field(default_factory=dict)
    remark: str = ""

    def config(self, data: Path, weights: str | None, budget: BudgetName) -> Config:
        """The configuration of this row's run.

        Args:
            data: folder that holds the sets of cells.
            weights: `imagenet`, a folder of weights files, or None. A folder that lacks this row's
                file, and None, mean random initial weights.
            budget: which budget.
        """
        cost = self.budgets[budget]
        start = self._weights(weights)
        return Config(
            sources=self.cells.sources(data),
            labels=self.cells.labels,
            network=self.network,
            options=dict(self.options),
            weights=start,
            input=InputSpec(height=cost.size, width=cost.size, framing=self.cells.framing),
            epochs=cost.epochs,
            steps=cost.steps,
            **{**self.protocol, **(self.fine_tuning if start else {})},
        )

    def _weights(self, given: str | None) -> str | None:
        if given is None or given == "imagenet":
            return given
        file = None if self.weights is None else Path(given, self.weights)
        return str(file) if file is not None and file.is_file() else None
