from __future__ import annotations

from wbc_edge import wording
from wbc_edge.measure.intervals import Estimate


def test_certainty_is_said_of_certainty_only() -> None:
    assert wording.percent(0.99999) == "99.99 %"
    assert wording.percent(1.0) == "100.00 %"
    assert wording.percent(0.29) == "29.00 %"
    assert wording.percent(0.969968) == "97.00 %"
    assert wording.rounded(0.99999, 4, 1) == "0.9999"
    assert wording.percent(None) == wording.points(None) == "–"


def test_differences_have_a_sign_and_nothing_is_minus_nought() -> None:
    assert wording.points(0.0123) == "+1.23"
    assert wording.points(-0.00001) == "+0.00"
    found = Estimate(value=0.0, low=-0.02, high=0.01)
    assert wording.points_interval(found) == "-2.00 to +1.00"
    assert wording.interval(None) == ""


def test_small_p_values_are_not_written_out() -> None:
    assert wording.p_value(0.012345) == "0.012"
    assert wording.p_value(1e-9) == "< 0.0001"


def test_scales_are_told_where_there_are_several() -> None:
    assert wording.at_scales((1.0,)) == wording.at_scales((1.0, 1.0)) == ""
    assert wording.at_scales((1.0, 0.82)) == " at scales 1, 0.82"


def test_one_is_not_several() -> None:
    assert wording.counted(1, "cell", "cells") == "1 cell"
    assert wording.counted(0, "cell", "cells") == "0 cells"
    assert wording.counted(1234, "cell", "cells") == "1,234 cells"
