"""Fine-tunes a network: the loop over epochs, its checkpoints and its resumption."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np

from train import pixels
from train.config import Config
from train.feed import Cells, Feed
from train.run import Run
from train.split import PARTS, save
from train.zoo import NETWORKS
from wbc_edge.classifier import softmax
from wbc_edge.errors import UsageError
from wbc_edge.measure.accuracy import measure

if TYPE_CHECKING:
    from numpy.typing import NDArray

Report = Callable[[str], None]


def fit(config: Config, folder: Path, *, resume: bool = False, report: Report = print) -> Run:
    """Trains the configured network and leaves a complete run folder.

    An interrupted run (killed at any moment) goes on with `resume` from its last finished epoch and
    ends with the weights that it would have had.

    Args:
        config: the run; ignored on resumption, where the stored one counts.
        folder: run folder, made if need be.
        resume: go on with the run that the folder holds.
        report: receives one line per event.

    Raises:
        UsageError: the folder holds a run already and `resume` is not set, or the other way round;
            a source holds a label that the configuration lacks.
        InputError: a cell's file cannot be read.
    """
    run = Run(folder)
    if resume:
        config = run.config
    elif run.config_file.exists():
        raise UsageError(
            f"{folder}: holds a run already; resume it (--resume) or name another folder"
        )
    else:
        folder.mkdir(parents=True, exist_ok=True)
        config.save(run.config_file)
    _check_labels(run)
    save(run.splits, run.split_file)
    for name, split in run.splits.items():
        sizes = ", ".join(f"{len(split.parts[part])} {part}" for part in PARTS)
        report(
            f"{name}: {sizes}; {split.duplicates} duplicates, "
            f"{len(split.conflicts)} left out as contradictory"
        )

    keras.utils.set_random_seed(config.seed)
    steps = config.steps or _steps(run)
    model = _network(run, steps)
    _epochs(run, model, _training_cells(run), steps, report)
    _final_figures(run, report)
    return run


def _check_labels(run: Run) -> None:
    for source in run.config.sources:
        found = {s.label for part in PARTS for s in run.splits[source.name].parts[part]}
        unknown = sorted(found - set(run.config.labels))
        if unknown:
            raise UsageError(
                f"{source.path}: holds the class '{unknown[0]}', "
                f"which is none of {', '.join(run.config.labels)}"
            )


def _steps(run: Run) -> int:
    cells = sum(len(split.parts["train"]) for split in run.splits.values())
    return max(1, cells // run.config.batch_size)


def _network(run: Run, steps: int) -> keras.Model:
    config = run.config
    model = NETWORKS[config.network](
        input_size=(config.input.height, config.input.width),
        classes=len(config.labels),
        weights=None if config.start or run.checkpoint_file.is_file() else config.weights,
        **config.options,
    )
    model.compile(
        _optimizer(config, steps),
        keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=config.label_smoothing
        ),
        metrics=["accuracy"],
    )
    if run.checkpoint_file.is_file():
        _restore(model, run.checkpoint_file)
    elif config.start:
        model.set_weights(Run(Path(config.start)).best().get_weights())
    return model


def _optimizer(config: Config, steps: int) -> keras.optimizers.Optimizer:
    warm_up = round(config.warm_up * steps)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0 if warm_up else config.learning_rate,
        decay_steps=max(1, config.epochs * steps - warm_up),
        warmup_target=config.learning_rate if warm_up else None,
        warmup_steps=warm_up,
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=config.weight_decay)
    # A decay of the scale and offset of batch norms, or of biases, only weakens the network.
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def _restore(model: keras.Model, checkpoint: Path) -> None:
    """Takes over weights and optimiser state; Keras does not save which weights do not decay."""
    stored = keras.saving.load_model(checkpoint)
    model.set_weights(stored.get_weights())
    model.optimizer.build(model.trainable_variables)
    for mine, theirs in zip(model.optimizer.variables, stored.optimizer.variables, strict=True):
        mine.assign(theirs)


def _training_cells(run: Run) -> list[Cells]:
    config = run.config
    sizes = {name: len(split.parts["train"]) for name, split in run.splits.items()}
    return [
        Cells(
            # In memory: drawn at random from a mapped file, every batch would wait for the disk.
            contexts=np.array(
                pixels.load(
                    run.splits[source.name].parts["train"],
                    config.input,
                    run.cache,
                    margin=pixels.CONTEXT,
                )
            ),
            targets=run.targets(source.name, "train"),
            weight=source.weight or sizes[source.name] / sum(sizes.values()),
        )
        for source in config.sources
    ]


def _epochs(run: Run, model: keras.Model, cells: list[Cells], steps: int, report: Report) -> None:
    config = run.config
    # The optimiser's step counter says which epochs the checkpoint holds: one fact, one place.
    finished = int(model.optimizer.iterations) // steps
    history = run.history()[:finished]
    validation = [run.part(source.name, "val") for source in config.sources]
    targets = np.concatenate([targets for _, targets in validation])
    verbose = 1 if sys.stdout.isatty() else 0
    for epoch in range(finished, config.epochs):
        if _stalled(history, config.patience):
            report(f"no better validation accuracy for {config.patience} epochs: stopped")
            break
        started = time.monotonic()
        _reseed(model, (config.seed, epoch))
        feed = Feed(
            cells,
            classes=len(config.labels),
            size=(config.input.height, config.input.width),
            batch_size=config.batch_size,
            steps=steps,
            augmentation=config.augmentation,
            balance=config.balance,
            seed=config.seed,
            epoch=epoch,
        )
        figures = model.fit(
            feed, initial_epoch=epoch, epochs=epoch + 1, shuffle=False, verbose=verbose
        ).history
        logits = np.concatenate([predict(model, views) for views, _ in validation])
        row = {
            "epoch": epoch + 1,
            "loss": figures["loss"][-1],
            "accuracy": figures["accuracy"][-1],
            "val_loss": _cross_entropy(logits, targets),
            "val_accuracy": float((logits.argmax(1) == targets).mean()),
            "seconds": time.monotonic() - started,
        }
        if all(row["val_accuracy"] > earlier["val_accuracy"] for earlier in history):
            _save(keras.Model(model.inputs, model.outputs, name=model.name), run.best_file)
        history.append(row)
        run.write_history(history)
        _save(model, run.checkpoint_file)
        report(
            f"epoch {epoch + 1}/{config.epochs}: loss {row['loss']:.4f}, validation accuracy "
            f"{row['val_accuracy']:.4f}, loss {row['val_loss']:.4f}, {row['seconds']:.0f} s"
        )


def _reseed(model: keras.Model, seed: tuple[int, int]) -> None:
    """Sets the state of dropout and its like, which a saved network does not carry along."""
    for variable in model.variables:
        if variable.path.endswith("seed_generator_state"):
            variable.assign(np.array(seed, variable.numpy().dtype))


def _stalled(history: list[dict[str, float]], patience: int) -> bool:
    if not history:
        return False
    accuracies = [row["val_accuracy"] for row in history]
    return len(accuracies) - 1 - accuracies.index(max(accuracies)) >= patience


def predict(model: keras.Model, views: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Logits (N, classes) for network inputs (N, h, w, 3)."""
    return np.concatenate(
        [model.predict_on_batch(np.asarray(views[i : i + 256])) for i in range(0, len(views), 256)]
    )


def _cross_entropy(logits: NDArray[np.float32], targets: NDArray[np.int64]) -> float:
    chosen = softmax(logits)[np.arange(len(targets)), targets]
    return float(-np.log(np.maximum(chosen, 1e-12)).mean())


def _save(model: keras.Model, path: Path) -> None:
    """Writes beside and renames, so that a kill never leaves half a file under the final name."""
    partial = path.with_name(f"partial-{path.name}")
    model.save(partial)
    partial.replace(path)


def _final_figures(run: Run, report: Report) -> None:
    model = run.best()
    figures: dict[str, object] = {
        "split_sha256": run.split_sha256,
        "parameters": model.count_params(),
    }
    for source in run.config.sources:
        for part in PARTS[1:]:
            samples = run.splits[source.name].parts[part]
            if not samples:
                continue
            views, _ = run.part(source.name, part)
            result = measure(
                softmax(predict(model, views)),
                [s.label for s in samples],
                run.config.labels,
                groups=[s.group for s in samples],
            )
            figures[f"{source.name}/{part}"] = asdict(result)
            report(
                f"{source.name}, {part}: accuracy {result.top1.value:.4f} [{result.top1.low:.4f}, "
                f"{result.top1.high:.4f}], balanced {result.balanced.value:.4f}, "
                f"{result.count} cells"
            )
    run.metrics_file.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
