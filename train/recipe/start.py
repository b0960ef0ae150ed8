"""What a run goes on from: the network of another run, or the one that a model file came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from train.config import layout
from train.recipe.ancestry import check_fits
from train.run import Run, named
from wbc_edge.bundle import open_bundle
from wbc_edge.errors import ModelError, UsageError

if TYPE_CHECKING:
    import keras

    from train.config import Config
    from wbc_edge.bundle import Bundle
    from wbc_edge.card import InputSpec


@dataclass(frozen=True, kw_only=True)
class Start:
    """A trained network, not yet built.

    Attributes:
        name: run folder, model file or shipped model.
        labels: its classes, in the order of the logits.
        input: what it sees.
        network: its name in the zoo.
        options: of its builder.
        model: builds it.
    """

    name: str
    labels: tuple[str, ...]
    input: InputSpec
    network: str
    options: Mapping[str, Any]
    model: Callable[[], keras.Model]

    @property
    def settings(self) -> dict[str, Any]:
        """What a run that goes on from it has, unless it says otherwise."""
        return {
            "labels": list(self.labels),
            "network": self.network,
            "options": dict(self.options),
            "input": asdict(self.input),
        }

    def check(self, config: Config) -> None:
        """Makes sure that a run can go on from it: its logits become the run's own.

        It may go on at another scale of the cells, which a teacher, who learns no more, may not.

        Raises:
            UsageError: its classes are others or in another order, or it sees cells framed or lit
                otherwise.
        """
        who = f"{self.name}: this network to go on from"
        check_fits(who, self.labels, self.input, config, scale=False)
        if more := sorted(set(self.labels) - set(config.labels)):
            raise UsageError(f"{who} knows the class '{more[0]}' besides")
        if self.labels != config.labels:
            raise UsageError(f"{who} has its classes in another order: {', '.join(self.labels)}")


def find(name: str) -> Start:
    """The network of a run folder, or of a float TFLite file or shipped model.

    Raises:
        UsageError: it is none of these.
    """
    if (found := named(name)) is not None:
        return of_run(found)
    try:
        return of_file(name, open_bundle(name))
    except ModelError as error:
        raise UsageError(f"{name}: no training run here, and {error}") from None


def of_run(run: Run) -> Start:
    """The best network of a run.

    Raises:
        UsageError: the folder holds no run.
    """
    config = run.config
    return Start(
        name=str(run.folder),
        labels=config.labels,
        input=config.input,
        network=config.network,
        options=config.options,
        model=run.best,
    )


def of_file(name: str, bundle: Bundle) -> Start:
    """The network that a float TFLite file came from; `name` is what it is called by."""

    def model() -> keras.Model:
        # With it come Keras and all of the zoo, which settings can do without.
        from train.zoo.exported import network

        return network(bundle)

    network, options = layout(bundle.card.architecture)
    return Start(
        name=name,
        labels=bundle.card.labels,
        input=bundle.card.input,
        network=network,
        options=options,
        model=model,
    )
