"""Networks on disk, written whole or not at all, and with them how far the training had come."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from train import document
from wbc_edge import files
from wbc_edge.errors import UsageError

if TYPE_CHECKING:
    import keras

_EPOCHS = "finished_epochs"
"""Name, within a .keras archive, of the number that Keras has no place for."""


_UNLOADABLE = (
    OSError,
    EOFError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What Keras, and what it reads with, raise of a file that holds no network, or a damaged one."""


@contextmanager
def loading(path: Path) -> Iterator[None]:
    """Names the file that Keras cannot read within.

    Raises:
        UsageError: it cannot.
    """
    try:
        yield
    except _UNLOADABLE as error:
        # Of what it cannot build Keras tells all that it was to be built of, in many lines.
        reason = document.short(" ".join(str(error).split()))
        raise UsageError(f"{path}: cannot be loaded ({reason})") from error


def save(model: keras.Model, path: Path, *, epochs: int | None = None) -> None:
    """Writes beside and renames, so that a kill never leaves half a file under the final name.

    Args:
        model: network; its optimiser's state is kept if it is compiled.
        path: the `.keras` file.
        epochs: number of finished epochs to keep in the same file, for `finished`.
    """
    with files.whole(path) as partial:
        model.save(partial)
        if epochs is not None:
            with zipfile.ZipFile(partial, "a") as archive:
                archive.writestr(_EPOCHS, str(epochs))


def finished(path: Path) -> int:
    """Number of epochs that a checkpoint holds; 0 where there is none.

    Raises:
        UsageError: the file is no checkpoint of this release.
    """
    if not path.is_file():
        return 0
    try:
        with zipfile.ZipFile(path) as archive:
            return int(archive.read(_EPOCHS))
    except _UNLOADABLE:
        raise UsageError(f"{path}: does not say how far its training came; train anew") from None


def restore(model: keras.Model, path: Path) -> None:
    """Takes over the weights, and the optimiser's state if the model is compiled.

    Nothing is built from the file: layers that learn, and weights that do not decay, stay as the
    model has them.

    Raises:
        UsageError: the file is damaged, or of another network.
    """
    if model.compiled:
        model.optimizer.build(model.trainable_variables)
    with loading(path):
        model.load_weights(path)
