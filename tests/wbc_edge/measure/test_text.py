from __future__ import annotations

from pathlib import Path

import pytest

from wbc_edge.measure import text


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_text_comes_as_it_is_but_for_a_mark(mark: bytes, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(mark + "größe\r\n1".encode())
    assert text.read(path) == "größe\r\n1"


def test_what_is_too_large_or_no_text_is_a_value_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\xff\xfe\xfd")
    with pytest.raises(ValueError, match="utf-8"):
        text.read(path)
    monkeypatch.setattr(text, "MOST", 2)
    with pytest.raises(ValueError, match="larger than"):
        text.read(path)
