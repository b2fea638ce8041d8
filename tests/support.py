"""What several tests share."""

from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks


def with_checks(*args: Any, **kwargs: Any) -> pytest.MarkDecorator:
    """Return scikit-learn's checks of estimators as parameters: a list, where its older versions give a generator."""
    mark = parametrize_with_checks(*args, **kwargs).mark
    names, values = mark.args
    return pytest.mark.parametrize(names, list(values), **mark.kwargs)
