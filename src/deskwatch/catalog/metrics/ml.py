"""Models: what they predict, how good that is, how old what they know."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metric import Metric

_MODEL: Final = ("model",)

PREDICTION_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds, from a linear model to a large network on a CPU."""

PREDICTIONS: Final = Metric("ml_predictions_total", "counter", "Predictions.", _MODEL)
PREDICTION_DURATION: Final = Metric(
    "ml_prediction_duration_seconds",
    "histogram",
    "Time that a prediction took.",
    _MODEL,
    unit="seconds",
    buckets=PREDICTION_BUCKETS,
)
PREDICTION_RATE: Final = Metric(
    "ml_predictions_per_hour", "gauge", "Predictions of the last hour.", _MODEL, unit="1 an hour"
)
LAST_PREDICTION: Final = Metric(
    "ml_last_prediction_timestamp_seconds", "gauge", "Wall time of the last prediction.", _MODEL, unit="Unix seconds"
)
CONFIDENCE: Final = Metric(
    "ml_prediction_confidence_ratio", "gauge", "How sure the last prediction was.", _MODEL, unit="ratio"
)
UNCERTAINTY: Final = Metric(
    "ml_prediction_uncertainty_ratio", "gauge", "How unsure the last prediction was.", _MODEL, unit="ratio"
)
ACCURACY: Final = Metric("ml_accuracy_ratio", "gauge", "Predictions that were right.", _MODEL, unit="ratio")
PRECISION: Final = Metric("ml_precision_ratio", "gauge", "Right ones of those said true.", _MODEL, unit="ratio")
RECALL: Final = Metric("ml_recall_ratio", "gauge", "Found ones of those that are true.", _MODEL, unit="ratio")
F1: Final = Metric("ml_f1_ratio", "gauge", "Harmonic mean of precision and recall.", _MODEL, unit="ratio")
AUC: Final = Metric("ml_auc_ratio", "gauge", "Area under the ROC curve.", _MODEL, unit="ratio")
DRIFT_SCORE: Final = Metric("ml_drift_score", "gauge", "How far the data has drifted from the training's.", _MODEL)
DRIFT_DETECTED: Final = Metric("ml_drift_detected", "gauge", "1 while drift is detected.", _MODEL)
LAST_TRAINING: Final = Metric(
    "ml_last_training_timestamp_seconds", "gauge", "Wall time of the last training.", _MODEL, unit="Unix seconds"
)
TRAINING_RATE: Final = Metric(
    "ml_trainings_per_day", "gauge", "How often the model is trained.", _MODEL, unit="1 a day"
)
FEATURES_TIME: Final = Metric(
    "ml_features_timestamp_seconds", "gauge", "Time of the newest features.", ("feature_set",), unit="Unix seconds"
)
