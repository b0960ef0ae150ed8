"""The loop over stages and epochs: what is built, trained, validated and kept."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from train import accelerator, checkpoint, machine, pixels
from train.config import Stage
from train.console import Report
from train.feed import Feed, Pictures
from train.precision import precision
from train.recipe import attributes, start
from train.recipe.averaging import Raw, fit_norms, lagging
from train.recipe.freezing import freeze
from train.recipe.logs import Bar, Curves
from train.recipe.losses import accuracy, loss
from train.recipe.optimizers import optimizer, penalise
from train.recipe.schedules import schedule
from train.recipe.teachers import Teachers
from train.run import Run
from train.sources import Source
from train.zoo.backbone import take_over
from train.zoo.build import configured
from train.zoo.inherit import inherit
from train.zoo.refit import folded, refit
from wbc_edge.errors import UsageError
from wbc_edge.logits import softmax

if TYPE_CHECKING:
    from numpy.typing import NDArray

NORM_BATCHES = 16
"""Training batches that batch norms are fitted to, where theirs are not the judged network's."""

REFIT_VIEWS = 512
"""Training views that folded batch norms are fitted to."""

Watch = Callable[[dict[str, float]], None]


class Training:
    """A run under way: the network, its cells and what has been reached."""

    def __init__(self, run: Run, teachers: Teachers | None, report: Report, watch: Watch) -> None:
        self.run = run
        self.config = run.config
        self.report = report
        self.watch = watch
        self.teachers = teachers
        self.steps = run.config.steps or _steps(run)
        self.finished = checkpoint.finished(run.checkpoint_file)
        self.history = run.history()[: self.finished]
        # What is kept, and what is trained: the same layers, and those that tell attributes.
        self.network = self.model = _network(run)
        self.attributes = attributes.gather(run)
        if self.attributes.sizes:
            self.model = attributes.widened(self.network, sum(self.attributes.sizes))
            report(str(self.attributes))
        if self.finished:
            checkpoint.restore(self.model, run.checkpoint_file)
        self.feeds = _feeds()
        self.cells = [self._pictures(source) for source in self.config.sources]
        self.negatives = _training_negatives(run, self.feeds)
        self.validation = [run.part(source.name, "val") for source in run.config.sources]
        for stage in self.config.course():
            # A freezing that does not fit is better known now than when its stage comes.
            freeze(self.network, stage.freeze)
        if not self.finished and folded(self.network):
            self._refit()

    def _refit(self) -> None:
        feed = self._feed(0)
        batches = range(1 + REFIT_VIEWS // self.config.batch_size)
        seen = [keras.ops.convert_to_numpy(feed.views(index)[0]) for index in batches]
        views = np.concatenate(seen)
        count = refit(self.network, views)
        self.report(f"{count} folded batch norms were given the statistics of {len(views)} views")

    def go(self) -> None:
        """All that is left of the stages."""
        bar = Bar(done=self.finished * self.steps, total=self.config.epochs * self.steps)
        curves = Curves(self.run.curves_folder)
        try:
            first = 0
            for stage in self.config.course():
                first = self._stage(stage, first, bar, curves)
        finally:
            bar.close()
            curves.close()

    def _stage(self, stage: Stage, first: int, bar: Bar, curves: Curves) -> int:
        """One stage, from epoch `first` or where the checkpoint stands in it; the epoch after it.

        It ends before its time where patience runs out: what it has left falls away, and the next
        one has all of its epochs. Where a stage began is thus told by the history.
        """
        last = first + stage.epochs
        compiled = False
        for epoch in range(first, last):
            if self._stalled(first, epoch):
                self.report(
                    f"no better validation accuracy for {self.config.patience} epochs: "
                    f"the stage ends after epoch {epoch}"
                )
                return epoch
            if epoch < self.finished:
                continue
            if not compiled:
                self._take_up(stage, first, epoch)
                compiled = True
            self._epoch(epoch, bar, curves, since=first)
        return last

    def _take_up(self, stage: Stage, first: int, epoch: int) -> None:
        """Makes ready for an epoch of a stage that began with epoch `first`."""
        self.run.write_machine(machine.describe())
        self._compile(stage, self._feed(epoch))
        if epoch > first:
            checkpoint.restore(self.model, self.run.checkpoint_file)

    def _compile(self, stage: Stage, feed: Feed) -> None:
        config = self.config
        freeze(self.network, stage.freeze)
        penalise(self.model, config.optimizer.l2)
        rate = schedule(
            config.schedule,
            peak=stage.rate * config.learning_rate,
            steps=stage.epochs * self.steps,
            warm_up=round(config.warm_up * self.steps),
            per_epoch=self.steps,
        )
        self.model.compile(
            optimizer(config.optimizer, rate, weight_decay=config.weight_decay),
            loss(
                config.loss,
                feed.shares,
                label_smoothing=config.label_smoothing,
                teacher=config.teacher,
                negatives=config.negatives,
                strangers=feed.share,
                attributes=config.attributes,
                sizes=self.attributes.sizes,
            ),
            metrics=[
                keras.metrics.MeanMetricWrapper(
                    accuracy, name="accuracy", classes=len(config.labels)
                )
            ],
        )

    def _epoch(self, epoch: int, bar: Bar, curves: Curves, *, since: int) -> None:
        """Trains and judges an epoch of the stage that began with epoch `since`."""
        started = time.monotonic()
        run, model, feed = self.run, self.model, self._feed(epoch)
        _reseed(model, (self.config.seed, epoch))
        # An earlier stage may have frozen the norms.
        lag = lagging(self.network, (epoch + 1 - since) * self.steps)
        raw = Raw() if self.config.optimizer.average or lag else None
        figures = model.fit(
            feed,
            initial_epoch=epoch,
            epochs=epoch + 1,
            shuffle=False,
            verbose=0,
            callbacks=[bar] if raw is None else [bar, raw],
        ).history
        if not math.isfinite(figures["loss"][-1]):
            raise UsageError(
                f"{run.folder}: the training has diverged in epoch {epoch + 1}: its loss is "
                f"{figures['loss'][-1]}; a lower learning rate, or optimizer.clip, may help"
            )
        if raw is not None:
            batches = range(min(len(feed), NORM_BATCHES))
            fit_norms(model, (feed.views(index)[0] for index in batches))
        row = {
            "epoch": epoch + 1,
            "loss": figures["loss"][-1],
            "accuracy": figures["accuracy"][-1],
            **self._validate(),
            "learning_rate": float(model.optimizer.learning_rate),
            "seconds": time.monotonic() - started,
        }
        better = all(row["val_accuracy"] > earlier["val_accuracy"] for earlier in self.history)
        if better or self.config.keep == "last":
            checkpoint.save(_bare(run, self.network), run.best_file)
        if raw is not None:
            raw.put_back()
        self.history.append(row)
        run.write_history(self.history)
        curves.write(row)
        checkpoint.save(model, run.checkpoint_file, epochs=epoch + 1)
        self.report(
            f"epoch {epoch + 1}/{self.config.epochs}: loss {row['loss']:.4f}, validation accuracy "
            f"{row['val_accuracy']:.4f}, loss {row['val_loss']:.4f}, {row['seconds']:.0f} s"
        )
        self.watch(row)

    def _validate(self) -> dict[str, float]:
        logits = np.concatenate([predict(self.network, views) for views, _ in self.validation])
        targets = np.concatenate([targets for _, targets in self.validation])
        return {
            "val_loss": _cross_entropy(logits, targets),
            "val_accuracy": float((logits.argmax(1) == targets).mean()),
        }

    def _stalled(self, first: int, epoch: int) -> bool:
        """Whether patience has run out before an epoch of the stage that began with `first`.

        It is counted from the best of the earlier epochs or the stage's beginning.
        """
        accuracies = [row["val_accuracy"] for row in self.history[:epoch]]
        best = accuracies.index(max(accuracies)) + 1 if accuracies else 0
        return epoch - max(best, first) >= self.config.patience

    def _pictures(self, source: Source) -> Pictures:
        parts = {name: split.parts["train"] for name, split in self.run.splits.items()}
        samples = parts[source.name]
        return Pictures(
            contexts=self.feeds.held(
                pixels.load(samples, self.config.input, self.run.cache, margin=pixels.CONTEXT)
            ),
            targets=self.run.targets(source.name, "train"),
            weight=source.weight or len(samples) / sum(map(len, parts.values())),
            attributes=self.attributes.targets[source.name],
        )

    def _feed(self, epoch: int) -> Feed:
        config = self.config
        return self.feeds(
            self.cells,
            classes=len(config.labels),
            size=(config.input.height, config.input.width),
            batch_size=config.batch_size,
            steps=self.steps,
            augmentation=config.augmentation,
            balance=config.balance,
            seed=config.seed,
            epoch=epoch,
            mixing=config.mixing,
            teachers=self.teachers,
            negatives=self.negatives,
            share=config.negatives.share,
            light=config.input.light,
        )


def _steps(run: Run) -> int:
    cells = sum(len(split.parts["train"]) for split in run.splits.values())
    return max(1, cells // run.config.batch_size)


def _network(run: Run) -> keras.Model:
    """The network as it starts; where a checkpoint follows, with whatever weights."""
    config = run.config
    if run.checkpoint_file.is_file():
        return configured(config)
    if not config.start:
        return configured(config, weights=config.weights)
    elder = start.find(config.start)
    elder.check(config)
    model = configured(config)
    inherit(model, elder.model())
    return model


def _bare(run: Run, model: keras.Model) -> keras.Model:
    """The network without its optimiser, computing in float32."""
    if run.config.precision == "float32":
        return keras.Model(model.inputs, model.outputs, name=model.name)
    with precision("float32"):
        twin = configured(run.config)
    take_over(twin, model.get_weights())
    return twin


def _feeds() -> type[Feed]:
    """Where views are made: beside the network if it trains on an accelerator that can."""
    if not accelerator.ready():
        return Feed
    from train.accelerator.feed import AcceleratorFeed

    return AcceleratorFeed


def _training_negatives(run: Run, feeds: type[Feed]) -> Any:
    views = run.negatives("train", margin=pixels.CONTEXT)
    return None if views is None else feeds.held(views)


def _reseed(model: keras.Model, seed: tuple[int, int]) -> None:
    """Sets the state of dropout and its like, which a saved network does not carry along."""
    states = [v for v in model.variables if v.path.endswith("seed_generator_state")]
    for number, state in enumerate(states):
        # Each its own, else layers of one shape would drop the same units.
        words = np.random.SeedSequence((*seed, number)).generate_state(2)
        state.assign(words.astype(state.numpy().dtype))


def predict(model: keras.Model, views: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Logits (N, classes) for network inputs (N, h, w, 3)."""
    return np.concatenate(
        [model.predict_on_batch(np.asarray(views[i : i + 256])) for i in range(0, len(views), 256)]
    )


def _cross_entropy(logits: NDArray[np.float32], targets: NDArray[np.int64]) -> float:
    chosen = softmax(logits)[np.arange(len(targets)), targets]
    return float(-np.log(np.maximum(chosen, 1e-12)).mean())
