"""Command line texts -> values, where start-up time counts.

Typer 0.29 gives this to pydantic, whose import alone takes as long as reading and classifying ten
cells. `QuickGroup` and `QuickCommand` answer Typer's question "who coerces this parameter?"
themselves, for the few kinds of parameter that there are here: texts, flags, numbers within
limits, choices, and lists of these. A Typer that does not ask coerces as it always did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

import typer
from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    _Base = TyperCommand
else:
    _Base = object


class _Quick(_Base):
    def get_params(self, ctx: Any) -> Any:
        params = super().get_params(ctx)
        for param in params:
            descriptor = getattr(param, "type_descriptor", None)
            if descriptor is not None:
                coercion = _Coercion(descriptor.annotation, descriptor.parameter_info)
                param.get_runtime_param = coercion.itself  # type: ignore[attr-defined]
        return params


class QuickGroup(_Quick, TyperGroup):
    """A group of commands, the parameters before the command's name coerced quickly."""


class QuickCommand(_Quick, TyperCommand):
    """A command, its parameters coerced quickly."""


class _Coercion:
    """Has the one method of Typer's own coercions, with the same outcome."""

    def __init__(self, annotation: Any, limits: Any) -> None:
        self._is_list = get_origin(annotation) is list
        self._kind = get_args(annotation)[0] if self._is_list else annotation
        self._limits = limits

    def itself(self) -> _Coercion:
        return self

    def coerce(self, value: Any, *, param: Any, ctx: Any) -> Any:
        if self._is_list:
            return [self._one(item, param, ctx) for item in value or ()]
        return None if value is None else self._one(value, param, ctx)

    def _one(self, value: Any, param: Any, ctx: Any) -> Any:
        if get_origin(self._kind) is Literal:
            if value in get_args(self._kind):
                return value
            choices = ", ".join(map(repr, get_args(self._kind)))
            raise typer.BadParameter(f"{value!r} is not one of {choices}.", ctx=ctx, param=param)
        try:
            number = self._kind(value)
        except ValueError:
            name = "a whole number" if self._kind is int else "a number"
            raise typer.BadParameter(f"{value!r} is not {name}.", ctx=ctx, param=param) from None
        low, high = self._limits.min, self._limits.max
        if self._kind is not str and not (
            (low is None or number >= low) and (high is None or number <= high)
        ):
            limits = f"at least {low}" if high is None else f"between {low} and {high}"
            raise typer.BadParameter(f"{value} is not {limits}.", ctx=ctx, param=param)
        return number
