from __future__ import annotations

from pathlib import Path

import pytest

from wbc_edge.errors import UsageError
from wbc_edge.measure import formats


def test_a_report_that_cannot_be_written_does_not_keep_the_others_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for form in ("json", "md"):
        monkeypatch.setitem(formats.FORMATS, form, lambda _: "new")
    wanted = [tmp_path / "r.json", tmp_path / "nowhere" / "r.md", tmp_path / "r.md"]
    with pytest.raises(UsageError, match="nowhere"):
        formats.write_all(None, wanted)  # type: ignore[arg-type]
    assert wanted[0].read_text(encoding="utf-8") == wanted[2].read_text(encoding="utf-8") == "new"
