"""Record what models predict, and how good that is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, NamedTuple

from deskwatch.catalog.metrics import ml
from deskwatch.client import untrusted
from deskwatch.client.bound import Bound
from deskwatch.client.figure import Figure
from deskwatch.client.link import RecordSink
from deskwatch.client.metrics import DropReason, Drops, Registry
from deskwatch.client.metrics.registry import MAX_LABEL_SETS
from deskwatch.client.recorders.rate import RecentRate
from deskwatch.client.recorders.recorder import Recorder
from deskwatch.client.series import Counts, Labelled, Level, Spread
from deskwatch.client.timer import timer
from deskwatch.client.timing import timed

HOUR_SECONDS: Final = 3600.0


class ModelFamilies(NamedTuple):
    """Every family that a model's recorder records on; the catalogue says what each is."""

    predictions: Labelled[Counts]
    duration: Labelled[Spread]
    rate: Labelled[Level]
    last_prediction: Labelled[Level]
    confidence: Labelled[Level]
    uncertainty: Labelled[Level]
    accuracy: Labelled[Level]
    precision: Labelled[Level]
    recall: Labelled[Level]
    f1: Labelled[Level]
    auc: Labelled[Level]
    drift_score: Labelled[Level]
    drift_detected: Labelled[Level]
    last_training: Labelled[Level]
    training_rate: Labelled[Level]


class ModelRecorder:
    """Records what one model does; bound once, outside the loop. No call raises or waits.

    Args:
        families: Where to record.
        model: The label ``model``.
        drops: Counts what cannot be used.
        clock: Gives the wall time in seconds.
    """

    def __init__(self, families: ModelFamilies, model: str, drops: Drops, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._rate = RecentRate(HOUR_SECONDS, clock())
        self._predictions = families.predictions.labels(model)
        self._duration = families.duration.labels(model)
        self._last_prediction = Figure(drops, families.last_prediction, model)
        self._predictions_per_hour = Figure(drops, families.rate, model)
        self._confidence = Figure(drops, families.confidence, model)
        self._uncertainty = Figure(drops, families.uncertainty, model)
        self._accuracy = Figure(drops, families.accuracy, model)
        self._precision = Figure(drops, families.precision, model)
        self._recall = Figure(drops, families.recall, model)
        self._f1 = Figure(drops, families.f1, model)
        self._auc = Figure(drops, families.auc, model)
        self._drift_score = Figure(drops, families.drift_score, model)
        self._drift_detected = Figure(drops, families.drift_detected, model)
        self._last_training = Figure(drops, families.last_training, model)
        self._training_rate = Figure(drops, families.training_rate, model)

    def record_prediction(
        self,
        duration_seconds: float | None = None,
        *,
        confidence: float | None = None,
        uncertainty: float | None = None,
    ) -> None:
        """Count a prediction.

        Args:
            duration_seconds: How long it took.
            confidence: How sure it was, 0 to 1.
            uncertainty: How unsure it was, as the model measures it.
        """
        self._predictions.inc()
        self._rate.add()
        self._last_prediction.tell(self._clock())
        if duration_seconds is not None:
            self._duration.observe(duration_seconds)
        self._confidence.tell(confidence)
        self._uncertainty.tell(uncertainty)

    def time_prediction(self) -> timed:
        """Return a timer that counts a prediction: ``with model.time_prediction():`` or ``@``, async as well."""
        return timer(self.record_prediction)

    def record_accuracy(self, ratio: float) -> None:
        """Tell how many predictions were right, 0 to 1."""
        self._accuracy.tell(ratio)

    def record_scores(
        self,
        *,
        precision: float | None = None,
        recall: float | None = None,
        f1: float | None = None,
        auc: float | None = None,
    ) -> None:
        """Tell how good the predictions are, each 0 to 1.

        Args:
            precision: Right ones of those said true.
            recall: Found ones of those that are true.
            f1: Harmonic mean of both.
            auc: Area under the ROC curve.
        """
        self._precision.tell(precision)
        self._recall.tell(recall)
        self._f1.tell(f1)
        self._auc.tell(auc)

    def record_drift(self, score: float | None = None, *, detected: bool | None = None) -> None:
        """Tell how far the data has drifted from the training's, and whether that counts as drift."""
        self._drift_score.tell(score)
        self._drift_detected.tell(detected)

    def record_training(self, *, at: float | None = None, per_day: float | None = None) -> None:
        """Record that the model was trained.

        Args:
            at: When, Unix seconds; by default now.
            per_day: How often it is trained.
        """
        self._last_training.tell(self._clock() if at is None else at)
        self._training_rate.tell(per_day)

    def show(self) -> None:
        """Set what is worked out in a scrape."""
        rate = self._rate.per_second(self._clock())
        self._predictions_per_hour.show(None if rate is None else rate * HOUR_SECONDS)


class MLMetrics(Recorder):
    """Tells deskwatch what models predict. No call raises or waits after the declaration.

    Args:
        registry: Where the metrics are declared; by default the registry of the process.
        dialect: Expose them under the names of another system (docs/recorders/dialects.md).
        port: Where ``start_server`` serves them, 0 for any free port.
        clock: Gives the wall time in seconds.
        link: Where the monitor is told; by default what ``deskwatch run`` described in the environment.

    Raises:
        ValueError: There is no such dialect, or another recorder of the registry speaks another one.
    """

    def __init__(
        self,
        *,
        registry: Registry | None = None,
        dialect: str | None = None,
        port: int = 0,
        clock: Callable[[], float] = time.time,
        link: RecordSink | None = None,
    ) -> None:
        super().__init__(registry=registry, dialect=dialect, port=port, clock=clock, link=link)
        self._families = self._declare()
        self._features_time = self._declares.family(ml.FEATURES_TIME)
        self._models = Bound(self._recorder, MAX_LABEL_SETS, self._drops)
        self._registry.show_before_exposing(self)

    def _declare(self) -> ModelFamilies:
        family = self._declares.family
        return ModelFamilies(
            predictions=family(ml.PREDICTIONS),
            duration=family(ml.PREDICTION_DURATION),
            rate=family(ml.PREDICTION_RATE),
            last_prediction=family(ml.LAST_PREDICTION),
            confidence=family(ml.CONFIDENCE),
            uncertainty=family(ml.UNCERTAINTY),
            accuracy=family(ml.ACCURACY),
            precision=family(ml.PRECISION),
            recall=family(ml.RECALL),
            f1=family(ml.F1),
            auc=family(ml.AUC),
            drift_score=family(ml.DRIFT_SCORE),
            drift_detected=family(ml.DRIFT_DETECTED),
            last_training=family(ml.LAST_TRAINING),
            training_rate=family(ml.TRAINING_RATE),
        )

    def _recorder(self, model: str) -> ModelRecorder:
        return ModelRecorder(self._families, model, self._drops, self._clock)

    def bind(self, model: str) -> ModelRecorder:
        """Return the recorder of one model, for the hot path."""
        return self._models.to(model)

    def record_prediction(
        self,
        model: str,
        duration_seconds: float | None = None,
        *,
        confidence: float | None = None,
        uncertainty: float | None = None,
    ) -> None:
        """Count a prediction; see ``ModelRecorder.record_prediction``."""
        self.bind(model).record_prediction(duration_seconds, confidence=confidence, uncertainty=uncertainty)

    def time_prediction(self, model: str) -> timed:
        """Return a timer that counts a prediction of a model, for a block or a function, async as well."""
        return self.bind(model).time_prediction()

    def record_accuracy(self, model: str, ratio: float) -> None:
        """Tell how many predictions of a model were right, 0 to 1."""
        self.bind(model).record_accuracy(ratio)

    def record_scores(
        self,
        model: str,
        *,
        precision: float | None = None,
        recall: float | None = None,
        f1: float | None = None,
        auc: float | None = None,
    ) -> None:
        """Tell how good a model's predictions are; see ``ModelRecorder.record_scores``."""
        self.bind(model).record_scores(precision=precision, recall=recall, f1=f1, auc=auc)

    def record_drift(self, model: str, score: float | None = None, *, detected: bool | None = None) -> None:
        """Tell how far a model's data has drifted; see ``ModelRecorder.record_drift``."""
        self.bind(model).record_drift(score, detected=detected)

    def record_training(self, model: str, *, at: float | None = None, per_day: float | None = None) -> None:
        """Record that a model was trained; see ``ModelRecorder.record_training``."""
        self.bind(model).record_training(at=at, per_day=per_day)

    def observe_features(self, feature_set: str, newest: float | None = None) -> None:
        """Record the time of the newest features of a set.

        Args:
            feature_set: Names the set.
            newest: Their time, Unix seconds; by default now. What is no such time is dropped and counted.
        """
        seconds = self._clock() if newest is None else untrusted.unix_seconds(newest)
        if seconds is None:
            self._drops.count(DropReason.MARKET_TIME)
            return
        self._features_time.labels(feature_set).set(seconds)

    def show(self) -> None:
        """Set what is worked out in a scrape."""
        for recorder in self._models.all():
            recorder.show()
