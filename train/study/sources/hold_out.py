"""Which trainings the study consists of: every recipe without each of its sources in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from train.config import Attributes, Config
from train.recipe import ancestry
from train.sources import Source
from wbc_edge.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A configuration on several sources, and what it is called.

    Attributes:
        name: of the recipe.
        config: as it is trained.
        changes: settings, as NAME=VALUE, that the recipe's file has otherwise.
    """

    name: str
    config: Config
    changes: tuple[str, ...] = ()

    def shared(self) -> tuple[str, ...]:
        """The classes that all of its sources hold, in the order of its labels.

        Raises:
            UsageError: a source cannot be read, or there are not two such classes.
        """
        held = [{sample.label for sample in source.read()} for source in self.config.sources]
        labels = tuple(label for label in self.config.labels if all(label in h for h in held))
        if len(labels) < 2:
            raise UsageError(f"{self.name}: its sources do not share two classes to be told apart")
        return labels


@dataclass(frozen=True, kw_only=True)
class HoldOut:
    """One row: a recipe, the source that it does without, and the classes that are asked for."""

    recipe: Recipe
    source: Source
    classes: tuple[str, ...]

    @property
    def name(self) -> str:
        """Of the row and of its run folder."""
        return f"{self.recipe.name}-without-{self.source.name}"


def changes_of(name: str, texts: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """The settings that are changed of one recipe, as NAME=VALUE.

    Args:
        name: of the recipe.
        texts: NAME=VALUE for all recipes, or RECIPE:NAME=VALUE for one.
        names: of all recipes.

    Raises:
        UsageError: no recipe is called so.
    """
    changes = []
    for text in texts:
        recipe, colon, change = text.partition(":")
        if not colon or "=" in recipe:
            changes.append(text)
        elif recipe not in names:
            raise UsageError(f"--set {text}: no such recipe; there are {', '.join(names)}")
        elif recipe == name:
            changes.append(change)
    return tuple(changes)


def hold_outs(recipes: Sequence[Recipe], names: Sequence[str] = ()) -> tuple[HoldOut, ...]:
    """The rows, recipe by recipe.

    Args:
        recipes: each with two sources or more.
        names: hold out these sources only; by default each.

    Raises:
        UsageError: two recipes of one name, a recipe of one source, a name that no recipe's source
            has; see also `Recipe.shared`.
    """
    called = [recipe.name for recipe in recipes]
    for recipe in recipes:
        if called.count(recipe.name) > 1:
            raise UsageError(f"two recipes are called '{recipe.name}'; rename the file of one")
        if len(recipe.config.sources) < 2:
            raise UsageError(f"{recipe.name}: nothing can be held out of fewer than two sources")
    known = {source.name: None for recipe in recipes for source in recipe.config.sources}
    for name in names:
        if name not in known:
            raise UsageError(f"--hold-out {name}: no such source; there are {', '.join(known)}")
    return tuple(
        HoldOut(recipe=recipe, source=source, classes=classes)
        for recipe in recipes
        for classes in [recipe.shared()]
        for source in recipe.config.sources
        if not names or source.name in names
    )


def configure(row: HoldOut, recipes: Sequence[Recipe], runs: Path) -> Config:
    """The configuration of a row's run: nothing in it has seen the source that is held out.

    The weights of the other sources stay as they are to one another. Negatives cut from the
    source's photographs are left out, and so are attributes that its cells alone have. A network to
    learn from that is called like a recipe of the study gives way to that recipe's own run without
    the source.

    Args:
        row: the row.
        recipes: all of the study, in the order in which they are trained.
        runs: folder that holds the study's run folders.

    Raises:
        UsageError: a teacher, or the network that the recipe goes on from, has learnt from the
            source, or is that of a recipe trained later.
    """
    config, name = row.recipe.config, row.source.name
    negatives = config.negatives
    if negatives.path is not None:
        negatives = replace(negatives, without=(*negatives.without, name))
    teachers = tuple(_unknowing(folder, row, recipes, runs) for folder in config.teacher.runs)
    return replace(
        config,
        sources=tuple(source for source in config.sources if source != row.source),
        negatives=negatives,
        attributes=Attributes() if config.attributes.source == name else config.attributes,
        teacher=replace(config.teacher, runs=teachers),
        start=None if config.start is None else _unknowing(config.start, row, recipes, runs),
    )


def _unknowing(network: str, row: HoldOut, recipes: Sequence[Recipe], runs: Path) -> str:
    """A network to learn from that does not know the source."""
    own, name = row.recipe.name, Path(network).name
    called = [recipe.name for recipe in recipes]
    if name in called and name != own:
        if called.index(name) > called.index(own):
            raise UsageError(f"{own} learns from {name}: give the --config of {name} first")
        return str(runs / f"{name}-without-{row.source.name}")
    if row.source.name in ancestry.sources(network):
        raise UsageError(
            f"{row.name}: would learn from {network}, which has learnt from {row.source.name}"
        )
    return network
