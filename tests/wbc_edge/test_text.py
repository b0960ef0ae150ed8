from __future__ import annotations

from wbc_edge.text import columns, encodable, ending, printable


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert columns([("a", "bb"), ("ccc", "d")]) == "a    bb\nccc  d"
    assert columns([("a", "bb"), ("ccc", "d")], right=(1,)) == "a    bb\nccc   d"


def test_what_could_steer_a_terminal_shows_as_an_escape() -> None:
    assert printable("\x1b[2J a\n\udce9é") == "\\x1b[2J a\\n\\udce9é"


def test_bytes_that_are_no_utf8_show_as_json_reads_them() -> None:
    assert encodable("zelle-\udce9é.png") == "zelle-\\udce9é.png"


def test_an_ending_takes_so_many_columns_of_a_terminal() -> None:
    assert [ending("cell.png", width) for width in (3, 8, 9)] == ["png", "cell.png", "cell.png"]
    assert [ending("細胞é", width) for width in (2, 3, 4, 5)] == ["é", "胞é", "胞é", "細胞é"]
