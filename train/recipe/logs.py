"""What can be followed while a network trains: a bar on a terminal, curves in TensorBoard."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import keras
from tensorboardX import SummaryWriter
from tqdm import tqdm


class Bar(keras.callbacks.Callback):
    """All batches of the run on one bar, with the time left; nothing where there is no terminal."""

    def __init__(self, *, done: int, total: int) -> None:
        super().__init__()
        self._bar = tqdm(initial=done, total=total, unit="batch", disable=None, smoothing=0.05)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:  # noqa: ARG002
        if logs and not self._bar.disable:
            figures = {name: f"{float(value):.4f}" for name, value in logs.items()}
            self._bar.set_postfix(figures, refresh=False)
        self._bar.update()

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:  # noqa: ARG002
        # The line that reports the epoch takes its place; the next batch draws it again.
        self._bar.clear()

    def close(self) -> None:
        """Leaves the terminal to others."""
        self._bar.close()


class Curves:
    """Figures by epoch in a folder for `tensorboard --logdir`, on any backend.

    A resumed run adds a file; an epoch that was trained again stands in both with the same figures.
    """

    def __init__(self, folder: Path) -> None:
        self._writer = SummaryWriter(str(folder))

    def write(self, row: Mapping[str, float]) -> None:
        """Adds a row of the history, at its epoch."""
        for name, value in row.items():
            if name != "epoch":
                self._writer.add_scalar(name, value, global_step=int(row["epoch"]))
        self._writer.flush()

    def close(self) -> None:
        """Ends the file."""
        self._writer.close()
