"""scikit-learn's face: its multilayer perceptrons, with the same numbers from the same seed, and more."""

from mlnn.estimator.adoption import from_sklearn
from mlnn.estimator.classifier import MLPClassifier
from mlnn.estimator.display import LossCurveDisplay, NetworkDisplay
from mlnn.estimator.hidden import HiddenActivations
from mlnn.estimator.regressor import MLPRegressor

__all__ = ["HiddenActivations", "LossCurveDisplay", "MLPClassifier", "MLPRegressor", "NetworkDisplay", "from_sklearn"]
