"""The tutorial's face: ``Model([2, 3, 2])``, and ensembles of models."""

from mlnn.model.ensemble import Ensemble, Member
from mlnn.model.model import Model

__all__ = ["Ensemble", "Member", "Model"]
