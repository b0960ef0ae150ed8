"""Last rung: the network is trained on with quantisation simulated.

Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only
inference", CVPR 2018: weights and activations are rounded in the forward pass, gradients pass
straight through. The network learns to answer as its float parent does, on training cells, and not
to classify anew: what it may not do is drift. Batch normalisation is folded first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from export.calibration import training_views
from export.ladder import bias_correction
from export.ladder.folding import copied, folded, rebuilt
from export.ladder.recipe import Job, Recipe
from train.training import predict
from wbc_edge.looks import laid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Error = Callable[[Any, Any], Any]

CELLS = 1536
"""Training cells that it learns from, drawn as calibration cells are."""

HELD = 256
"""Of them, those that tell whether it answers its parent more closely than before; none teaches."""

STEPS = 240
BATCH = 32
RATES = (2e-4, 2e-5, 2e-6)
"""Learning rates, the first of which that helps is taken: what is little to one network drives
another, such as a deep one from a short training, out of all it knows within a step."""

OBSERVED = 64
"""Calibration cells that give the simulated ranges."""

PERCENTILES = (0.01, 99.99)


def recipes(start: Recipe, job: Job) -> Iterator[Recipe]:
    """All of the trained network in integers; nothing where no training brings it closer."""
    network = folded(job.model)
    cells = training_views(job.run, size=CELLS, seed=1)
    rate = _fine_tune(network, job, cells, start.quantiser.weight_end)
    if rate is None:
        return
    trained = Recipe(
        quantiser=job.make(network),
        calibrator=start.calibrator,
        note=f"{STEPS} steps at a rate of {rate:g} with simulated quantisation on {len(cells)} "
        f"training cells, ranges by {start.calibrator}",
    )
    yield trained
    # What training could not mend, the cheapest of the earlier means may.
    yield from bias_correction.recipes(trained, job)


class Simulated(keras.layers.Layer):
    """Rounds activations to the 256 levels of a range."""

    def __init__(self, low: float, high: float, **options: Any) -> None:
        super().__init__(**options)
        self._low, self._high = low, high

    def call(self, values: Any) -> Any:
        """(..., channels) -> the same, rounded."""
        return tf.quantization.fake_quant_with_min_max_args(values, self._low, self._high)


def simulated(network: keras.Model, pixels: NDArray[np.uint8]) -> keras.Model:
    """The folded network with every activation that an integer file stores rounded."""
    ranges = _ranges(network, pixels)

    def apply(layer: Any, readers: list[Any], *args: Any, **kwargs: Any) -> Any:
        twin = copied(layer)
        result = twin(*args, **kwargs)
        if getattr(layer, "weights", None):
            twin.set_weights(layer.get_weights())
        if layer.name not in ranges or (len(readers) == 1 and _is_fused(readers[0])):
            return result
        return Simulated(*ranges[layer.name], name=f"{layer.name}_simulated")(result)

    return rebuilt(network, apply)


def _is_fused(reader: Any) -> bool:
    """Whether a layer is computed together with the one before it, which is not stored then."""
    return isinstance(reader, keras.layers.ReLU) or (
        isinstance(reader, keras.layers.Activation) and reader.activation is keras.activations.relu
    )


def _ranges(network: keras.Model, pixels: NDArray[np.uint8]) -> dict[str, tuple[float, float]]:
    layers = [
        layer
        for layer in network.layers
        if not isinstance(layer, (keras.layers.InputLayer, keras.layers.Flatten))
        and isinstance(layer.output, keras.KerasTensor)
        and layer.output.dtype == "float32"
        and layer.output is not network.outputs[0]
    ]
    views = keras.Model(network.inputs, [layer.output for layer in layers])
    found = {}
    for layer, values in zip(layers, views.predict_on_batch(pixels), strict=True):
        low, high = np.percentile(values, PERCENTILES)
        if high > low:
            found[layer.name] = (min(0.0, float(low)), max(0.0, float(high)))
    return found


def _fine_tune(
    network: keras.Model, job: Job, cells: NDArray[np.uint8], weight_end: int
) -> float | None:
    """Trains the folded network in place, on (N, h, w, 3) views, its weights as the file has them.

    Returns:
        The learning rate; None where none brings the network closer to its parent, which is then
        as it was, or where the cells are too few to tell.
    """
    held = min(HELD, len(cells) // 4)
    if not held:
        return None
    student = simulated(network, job.pixels[:OBSERVED])
    error = _error(student, weight_end)
    judges, cells = cells[:held], cells[held:]
    wanted = predict(job.model, judges)

    def distance() -> float:
        starts = range(0, held, BATCH)
        return sum(float(error(judges[n : n + BATCH], wanted[n : n + BATCH])) for n in starts)

    before, untrained = distance(), student.get_weights()
    for rate in RATES:
        _train(student, error, job, cells, rate)
        if distance() < before:
            trained = {layer.name: layer.get_weights() for layer in student.layers}
            for layer in network.layers:
                layer.set_weights(trained[layer.name])
            return rate
        student.set_weights(untrained)
    return None


def _train(
    student: keras.Model, error: Error, job: Job, cells: NDArray[np.uint8], rate: float
) -> None:
    keras.utils.set_random_seed(job.run.config.seed)
    optimizer = keras.optimizers.Adam(
        keras.optimizers.schedules.CosineDecay(rate, STEPS), clipnorm=1.0
    )
    optimizer.build(student.trainable_variables)

    @tf.function
    def step(views: tf.Tensor, wanted: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            loss = error(views, wanted)
        variables = [variable.value for variable in student.trainable_variables]
        optimizer.apply(tape.gradient(loss, variables), student.trainable_variables)

    rng = np.random.default_rng(job.run.config.seed)
    for _ in range(STEPS):
        views = _turned(cells[rng.choice(len(cells), BATCH)], rng)
        step(views, predict(job.model, views))


def _error(student: keras.Model, weight_end: int) -> Error:
    """The mean squared error of a simulated network's logits, its kernels rounded."""
    shared = _shared(student)
    kernels = [shared.get(id(variable)) for variable in student.trainable_variables]

    @tf.function
    def error(views: tf.Tensor, wanted: tf.Tensor) -> tf.Tensor:
        rounded = [
            variable.value if axes is None else _rounded(variable.value, axes, weight_end)
            for variable, axes in zip(student.trainable_variables, kernels, strict=True)
        ]
        fixed = [variable.value for variable in student.non_trainable_variables]
        logits, _ = student.stateless_call(rounded, fixed, views, training=False)
        return tf.reduce_mean(tf.square(logits - wanted))

    return error


def _turned(views: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Mirrored and turned, one way for the batch, by right angles where the views are square.

    A cell has no upright.
    """
    square = views.shape[1] == views.shape[2]
    quarters = int(rng.integers(4)) if square else 2 * int(rng.integers(2))
    return laid(views, 2 * quarters + int(rng.integers(2)))


def _shared(student: keras.Model) -> dict[int, tuple[int, ...]]:
    """Identity of every kernel -> the axes over which its values share a scale."""
    found: dict[int, tuple[int, ...]] = {}
    for layer in student.layers:
        if isinstance(layer, keras.layers.DepthwiseConv2D):
            found[id(layer.kernel)] = (0, 1)
        elif isinstance(layer, keras.layers.SeparableConv2D):
            found[id(layer.depthwise_kernel)] = (0, 1)
            found[id(layer.pointwise_kernel)] = (0, 1, 2)
        elif isinstance(layer, (keras.layers.Conv2D, keras.layers.Dense)):
            found[id(layer.kernel)] = tuple(range(len(layer.kernel.shape) - 1))
    return found


def _rounded(kernel: tf.Tensor, axes: tuple[int, ...], end: int) -> tf.Tensor:
    """A kernel at the levels from -end to end, per channel; its gradient is the kernel's."""
    scale = tf.reduce_max(tf.abs(kernel), axes, keepdims=True) / end
    levels = tf.round(kernel / tf.maximum(scale, 1e-12)) * scale
    return kernel + tf.stop_gradient(levels - kernel)
