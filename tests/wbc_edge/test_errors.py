from __future__ import annotations

import pytest

from wbc_edge import errors


@pytest.mark.parametrize(
    ("kind", "exit_code"),
    [
        (errors.InputError, 1),
        (errors.UsageError, 2),
        (errors.GateFailed, 3),
        (errors.ModelError, 4),
        (errors.RuntimeUnavailable, 4),
    ],
)
def test_each_error_knows_its_exit_code(kind: type[errors.WbcEdgeError], exit_code: int) -> None:
    assert issubclass(kind, errors.WbcEdgeError)
    assert kind("sentence").exit_code == exit_code
    assert kind.__name__ in (errors.__doc__ or "")


def test_an_input_error_keeps_the_name_apart_from_the_reason() -> None:
    error = errors.InputError("the JPEG ends too early", code="truncated", source="a.jpg")
    assert str(error) == "a.jpg: the JPEG ends too early"
    assert (error.reason, error.source, error.code) == (
        "the JPEG ends too early",
        "a.jpg",
        "truncated",
    )


def test_a_code_that_is_not_given_is_that_of_the_class() -> None:
    assert errors.ModelError("broken").code == "model_corrupt"
