from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow

from train.config import Attributes, Loss, Negatives, Teacher
from train.recipe.losses import accuracy, class_weights, loss
from wbc_edge.logits import energy, softmax

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(size=(6, 3)).astype(np.float32)
TARGETS = np.eye(3, dtype=np.float32)[[0, 1, 2, 2, 2, 1]]
SHARES = np.array([0.1, 0.3, 0.6])


def _loss(
    how: Loss = Loss(), teacher: Teacher = Teacher(), smoothing: float = 0.0
) -> keras.losses.Loss:
    return loss(how, SHARES, label_smoothing=smoothing, teacher=teacher)


def _each() -> np.ndarray:
    return -(TARGETS * np.log(softmax(LOGITS))).sum(1)


def test_cross_entropy_is_that_of_the_softmax() -> None:
    assert float(_loss()(TARGETS, LOGITS)) == pytest.approx(_each().mean(), rel=1e-5)


def test_focal_loss_counts_sure_cells_less() -> None:
    chosen = np.exp(-_each())
    expected = ((1 - chosen) ** 2 * _each()).mean()
    assert float(_loss(Loss(name="focal"))(TARGETS, LOGITS)) == pytest.approx(expected, rel=1e-4)
    plain = float(_loss(Loss(name="focal", gamma=0.0))(TARGETS, LOGITS))
    assert plain == pytest.approx(_each().mean(), rel=1e-4)


def test_class_weights_make_every_class_count_alike_over_the_draws() -> None:
    np.testing.assert_allclose(np.array(class_weights(SHARES, 1.0)) * SHARES, 1 / 3)
    assert np.dot(class_weights(SHARES, 0.5), SHARES) == pytest.approx(1)
    assert class_weights(np.array([0.5, 0.5, 0.0]), 1.0) == [1, 1, 0]
    expected = (TARGETS @ class_weights(SHARES, 1.0) * _each()).mean()
    weighted = _loss(Loss(class_weights=1.0))
    assert float(weighted(TARGETS, LOGITS)) == pytest.approx(expected, rel=1e-5)


def test_a_teacher_is_learnt_by_the_divergence_from_its_softened_answers() -> None:
    teacher = Teacher(runs=("a",), temperature=3.0, weight=0.25)
    taught = softmax(RNG.normal(size=(6, 3)), 3.0)
    known = softmax(LOGITS, 3.0)
    divergence = (taught * np.log(taught / known)).sum(1)
    expected = (0.75 * _each() + 0.25 * 9 * divergence).mean()
    both = np.concatenate([TARGETS, taught], 1).astype(np.float32)
    assert float(_loss(teacher=teacher)(both, LOGITS)) == pytest.approx(expected, rel=1e-4)
    same = np.concatenate([TARGETS, known], 1).astype(np.float32)
    alone = _loss(teacher=Teacher(runs=("a",), temperature=3.0, weight=1.0))
    assert float(alone(same, LOGITS)) == pytest.approx(0, abs=1e-6)


def test_accuracy_is_that_of_the_labels_whatever_the_teacher_says() -> None:
    expected = (LOGITS.argmax(1) == TARGETS.argmax(1)).mean()
    both = np.concatenate([TARGETS, TARGETS[::-1]], 1)
    for targets in (TARGETS, both):
        assert float(keras.ops.mean(accuracy(targets, LOGITS, 3))) == pytest.approx(expected)
    more = np.concatenate([LOGITS, np.full((6, 2), 9, np.float32)], 1)
    assert float(keras.ops.mean(accuracy(both, more, 3))) == pytest.approx(expected)


@pytest.mark.parametrize("teacher", [Teacher(), Teacher(runs=("a",), weight=0.5)])
def test_attributes_cost_their_mean_cross_entropy_where_they_are_known(teacher: Teacher) -> None:
    sizes = (2, 3)
    beside = RNG.normal(size=(6, 5)).astype(np.float32)
    known = np.zeros((6, 5), np.float32)
    known[[0, 1, 2], [0, 1, 1]] = 1
    known[[0, 4], [3, 4]] = 1
    each = np.zeros(6)
    for first, size in ((0, 2), (2, 3)):
        columns = slice(first, first + size)
        each -= (known[:, columns] * np.log(softmax(beside[:, columns]))).sum(1)
    taught = softmax(RNG.normal(size=(6, 3))).astype(np.float32)
    answers = [taught] if teacher.runs else []
    plain = float(_loss(teacher=teacher)(np.concatenate([TARGETS, *answers], 1), LOGITS))
    with_them = loss(
        Loss(),
        SHARES,
        label_smoothing=0.0,
        teacher=teacher,
        attributes=Attributes(weight=0.4),
        sizes=sizes,
    )
    targets = np.concatenate([TARGETS, known, *answers], 1)
    logits = np.concatenate([LOGITS, beside], 1)
    expected = plain + 0.4 / 2 * each.mean()
    assert float(with_them(targets, logits)) == pytest.approx(expected, rel=1e-5)
    again = keras.losses.deserialize(keras.losses.serialize(with_them))
    assert float(again(targets, logits)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("teacher", [Teacher(), Teacher(runs=("a",))])
def test_a_loss_survives_saving(teacher: Teacher) -> None:
    mine = _loss(Loss(name="focal", class_weights=0.5), teacher, smoothing=0.1)
    twin = keras.losses.deserialize(keras.losses.serialize(mine))
    targets = np.concatenate([TARGETS, TARGETS], 1) if teacher.runs else TARGETS
    assert float(twin(targets, LOGITS)) == float(mine(targets, LOGITS))


def test_the_energy_of_cells_and_of_what_is_none_is_parted_by_hinges() -> None:
    targets = np.concatenate([TARGETS, np.zeros((2, 3), np.float32)])
    logits = np.concatenate([LOGITS, [[4.0, 1.0, 0.0], [-9.0, -9.0, -9.0]]]).astype(np.float32)
    how = Negatives(low=1.0, high=6.0, weight=0.3)
    parted = loss(
        Loss(),
        SHARES,
        label_smoothing=0.1,
        teacher=Teacher(),
        negatives=how,
        strangers=2 / 8,
    )
    energies = energy(logits)
    lacking = np.maximum(6 - energies[:6], 0) ** 2
    excess = np.maximum(energies[6:] - 1, 0) ** 2
    assert excess[1] == 0
    plain = float(_loss(smoothing=0.1)(TARGETS, LOGITS))
    expected = plain + 0.3 * (lacking.mean() + excess.mean())
    assert float(parted(targets, logits)) == pytest.approx(expected, rel=1e-5)
    again = keras.losses.deserialize(keras.losses.serialize(parted))
    assert float(again(targets, logits)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("teacher", [Teacher(), Teacher(runs=("a",))])
def test_without_hinges_what_is_no_cell_teaches_nothing(teacher: Teacher) -> None:
    width = 6 if teacher.runs else 3
    targets = np.zeros((4, width), np.float32)
    targets[:3, :3] = TARGETS[:3]
    targets[:3, 3:] = 1 / 3
    logits = keras.Variable(LOGITS[:4])
    of_cells = loss(
        Loss(class_weights=0.5),
        SHARES,
        label_smoothing=0.1,
        teacher=teacher,
        negatives=Negatives(weight=0.0),
        strangers=1 / 4,
    )
    with tensorflow.GradientTape() as tape:
        value = of_cells(targets, logits)
    gradient = np.array(tape.gradient(value, logits.value))
    assert (gradient[3] == 0).all()
    assert (gradient[:3] != 0).all()


def test_accuracy_is_that_of_the_cells_alone() -> None:
    logits = np.eye(3, dtype=np.float32)[[0, 1, 2, 0]]
    targets = np.eye(3, dtype=np.float32)[[0, 1, 1, 0]]
    targets[3] = 0
    assert float(np.mean(accuracy(targets, logits, 3))) == pytest.approx(2 / 3)


def test_the_hinges_part_the_energies_and_leave_the_labels_learnt() -> None:
    targets = np.concatenate([TARGETS, np.zeros((2, 3), np.float32)])
    how = Negatives(low=1.0, high=6.0, weight=0.1)
    parted = loss(
        Loss(), SHARES, label_smoothing=0.05, teacher=Teacher(), negatives=how, strangers=2 / 8
    )
    logits = tensorflow.Variable(np.concatenate([LOGITS, RNG.normal(size=(2, 3)) + 3]), dtype=float)
    for _ in range(300):
        with tensorflow.GradientTape() as tape:
            value = parted(targets, logits)
        logits.assign_sub(2.0 * tape.gradient(value, logits))
    found = energy(logits.numpy())
    assert (found[:6] > 5.5).all()
    assert (found[6:] < 1.5).all()
    assert (logits.numpy()[:6].argmax(1) == TARGETS.argmax(1)).all()
