"""A network whose last layer is learnt anew, from cells of the very source that it is judged by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from train import pixels
from train.evaluation.subject import Answers, AskedOtherwise, KerasSubject
from wbc_edge.errors import UsageError
from wbc_edge.looks import laid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from train.evaluation.cells import Cells
    from train.sources.sample import Sample

FOLDS = 5
"""Parts of a source, each of which is answered by what the others have taught."""

TURNS = 8
"""Ways to lay a view whose features are averaged."""

INVERSE_PENALTY = 0.01
"""`C` of the logistic regression: strong, for a few hundred cells have as many features."""


class ProbedSubject(AskedOtherwise):
    """A run's best network, its features as they are, with a linear layer learnt on them.

    A linear probe (Alain and Bengio, "Understanding intermediate layers using linear classifier
    probes", arXiv:1610.01644): logistic regression on the standardised features, classes weighted
    alike, in a cross-validation in which cells that were made from one another stay together.
    """

    def __init__(self, subject: KerasSubject, cells: Cells, classes: Sequence[str]) -> None:
        """Learns from all but a part of the cells, for each part.

        Raises:
            UsageError: fewer than two of the classes have `FOLDS` cells or more.
            InputError: a cell's file cannot be read.
        """
        super().__init__(subject)
        counts = Counter(cells.truth)
        self.learnt = tuple(label for label in classes if counts[label] >= FOLDS)
        """Its classes; the others have too few cells to be learnt, and are never answered."""
        if len(self.learnt) < 2:
            raise UsageError(f"{cells.path}: fewer than two classes have {FOLDS} cells or more")
        found = self._cross_validated(cells)
        self._said = dict(zip((one.key for one in cells.samples), found, strict=True))

    def answers(self, samples: Sequence[Sample], labels: Sequence[str]) -> Answers:
        """What was said of each cell by a layer that had not learnt from it or from its like."""
        said = np.stack([self._said[sample.key] for sample in samples])
        probabilities = np.zeros((len(samples), len(labels)))
        for column, label in enumerate(labels):
            if label in self.learnt:
                probabilities[:, column] = said[:, self.learnt.index(label)]
        return Answers(probabilities=probabilities, refused=np.zeros(len(samples), dtype=bool))

    def _cross_validated(self, cells: Cells) -> NDArray[np.float64]:
        """(N, learnt classes) probabilities."""
        config = self._subject.run.config
        views = pixels.load(cells.samples, config.input, self._subject.run.cache)
        turns = [self._subject.features(laid(views, turn)) for turn in range(TURNS)]
        features = np.mean(turns, axis=0)
        # A cell of a class that is not learnt teaches nothing, and is answered all the same.
        teaches = np.isin(cells.truth, self.learnt)
        truth = np.where(teaches, cells.truth, self.learnt[0])
        found = np.zeros((len(features), len(self.learnt)))
        folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=config.seed)
        for others, held in folds.split(features, truth, cells.groups):
            known = others[teaches[others]]
            layer = make_pipeline(
                StandardScaler(),
                LogisticRegression(C=INVERSE_PENALTY, class_weight="balanced", max_iter=1000),
            ).fit(features[known], truth[known])
            columns = [self.learnt.index(label) for label in layer.classes_]
            found[np.ix_(held, columns)] = layer.predict_proba(features[held])
        return found
