"""A folder per class: `ROOT/<label>/**/<picture>`; PBC and most public sets come like this."""

from __future__ import annotations

from pathlib import Path

from train.sources.sample import Sample
from wbc_edge.errors import UsageError
from wbc_edge.inputs import files


def read(root: Path) -> list[Sample]:
    """Every picture below `root`, labelled by the first folder under it, in order of path.

    Found as `wbc-edge classify` finds them: links are followed, hidden entries left out.

    Raises:
        UsageError: a folder cannot be listed.
    """
    try:
        pictures = sorted(files(root))
    except OSError as error:
        raise UsageError(f"{error.filename}: this folder cannot be listed") from error
    samples = []
    for path in pictures:
        inside = path.relative_to(root)
        if len(inside.parts) < 2:
            continue
        key = inside.as_posix()
        samples.append(Sample(key=key, path=path, label=inside.parts[0], group=key))
    return samples
