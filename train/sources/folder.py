"""A folder per class: `ROOT/<label>/**/<picture>`; PBC and most public sets come like this."""

from __future__ import annotations

from pathlib import Path

from train.sources.sample import Sample
from wbc_edge.errors import UsageError
from wbc_edge.inputs import walk


def read(root: Path) -> list[Sample]:
    """Every picture below `root`, labelled by the first folder under it, in order of path.

    Found as `wbc-edge classify` finds them: links are followed, hidden entries left out.

    Raises:
        UsageError: a folder cannot be listed.
    """
    samples = []
    for path in sorted(map(Path, walk(str(root)))):
        if path.is_dir():
            raise UsageError(f"{path}: this folder cannot be listed")
        inside = path.relative_to(root)
        if len(inside.parts) < 2 or not path.is_file():
            continue
        key = inside.as_posix()
        samples.append(Sample(key=key, path=path, label=inside.parts[0], group=key))
    return samples
