"""The models that bench/tables.py compares, each with its defaults, on one thread, and fed as it likes to be."""

import importlib.metadata
import pickle
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import mlnn

GAP = "(missing)"
"""The category of missing ones, for those who take no gaps."""


def as_it_comes(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table as it is."""
    return frame


def as_categories(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with whatever is no number as pandas' categories."""
    return frame.astype(dict.fromkeys(words(frame), "category"))


def as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with whatever is no number as text, a word for missing ones included."""
    return frame.assign(**{name: frame[name].astype(object).fillna(GAP).astype(str) for name in words(frame)})


def as_whole_categories(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with categories of which none is missing."""
    return as_categories(as_text(frame))


def words(frame: pd.DataFrame) -> list[str]:
    """Return the columns that are no numbers."""
    return list(frame.select_dtypes(exclude="number"))


def behind_preparation(estimator: Any) -> Any:
    """Return it behind medians for gaps and scaled numbers, and a column for every category."""
    numbers = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (one_hot, make_column_selector(dtype_exclude="number")),
    )
    return make_pipeline(columns, estimator)


def behind_medians(estimator: Any) -> Any:
    """Return it behind medians for gaps; categories stay what they are."""
    gaps = SimpleImputer(strategy="median", keep_empty_features=True)
    columns = make_column_transformer(
        (gaps, make_column_selector(dtype_include="number")), remainder="passthrough", verbose_feature_names_out=False
    )
    return make_pipeline(columns.set_output(transform="pandas"), estimator)


@dataclass(frozen=True)
class Entry:
    """A model that takes part.

    Parameters
    ----------
    title : str
        What it is called.
    package : str
        The distribution that it comes from.
    make : callable
        Returns an estimator for classes (True) or quantities (False), from a seed and the table it will be given.
    given : callable
        Turns the table into what it takes.
    """

    title: str
    package: str
    make: Callable[[bool, int, pd.DataFrame], Any]
    given: Callable[[pd.DataFrame], pd.DataFrame] = as_it_comes

    @property
    def version(self) -> str | None:
        """Return the version that is installed, or None."""
        if self.package == "mlnn-learn":
            return mlnn.__version__
        try:
            return importlib.metadata.version(self.package)
        except importlib.metadata.PackageNotFoundError:
            return None


def _mlnn(classes: bool, seed: int, _: pd.DataFrame, preset: str = "default") -> Any:
    kind = mlnn.TableClassifier if classes else mlnn.TableRegressor
    return kind(preset=preset, random_state=seed, n_threads=1)


def _catboost(classes: bool, seed: int, frame: pd.DataFrame) -> Any:
    from catboost import CatBoostClassifier, CatBoostRegressor

    quiet = {"verbose": 0, "allow_writing_files": False, "thread_count": 1}
    return (CatBoostClassifier if classes else CatBoostRegressor)(random_state=seed, cat_features=words(frame), **quiet)


def _lightgbm(classes: bool, seed: int, _: pd.DataFrame) -> Any:
    from lightgbm import LGBMClassifier, LGBMRegressor

    return (LGBMClassifier if classes else LGBMRegressor)(random_state=seed, n_jobs=1, verbose=-1)


def _boosting(classes: bool, seed: int, _: pd.DataFrame) -> Any:
    return (HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor)(random_state=seed)


def _mlp(classes: bool, seed: int, _: pd.DataFrame, early_stopping: bool = False) -> Any:
    kind = MLPClassifier if classes else MLPRegressor
    return behind_preparation(kind(random_state=seed, early_stopping=early_stopping))


def _forest(classes: bool, seed: int, _: pd.DataFrame) -> Any:
    return behind_preparation((RandomForestClassifier if classes else RandomForestRegressor)(random_state=seed))


def _realmlp(classes: bool, seed: int, _: pd.DataFrame) -> Any:
    from pytabkit import RealMLP_TD_S_Classifier, RealMLP_TD_S_Regressor

    kind = RealMLP_TD_S_Classifier if classes else RealMLP_TD_S_Regressor
    return behind_medians(kind(random_state=seed, n_threads=1, device="cpu"))


def _tabm(classes: bool, seed: int, _: pd.DataFrame) -> Any:
    from pytabkit import TabM_D_Classifier, TabM_D_Regressor

    kind = TabM_D_Classifier if classes else TabM_D_Regressor
    return behind_medians(kind(random_state=seed, n_threads=1, device="cpu"))


FIELD = {
    "mlnn": Entry("mlnn", "mlnn-learn", _mlnn),
    "mlnn-fast": Entry('mlnn, preset "fast"', "mlnn-learn", partial(_mlnn, preset="fast")),
    "catboost": Entry("CatBoost", "catboost", _catboost, as_text),
    "lightgbm": Entry("LightGBM", "lightgbm", _lightgbm, as_categories),
    "boosting": Entry("HistGradientBoosting", "scikit-learn", _boosting, as_categories),
    "mlp": Entry("scikit-learn MLP", "scikit-learn", _mlp, as_text),
    "mlp-stopped": Entry(
        "scikit-learn MLP, early stopping", "scikit-learn", partial(_mlp, early_stopping=True), as_text
    ),
    "realmlp": Entry("RealMLP-TD-S", "pytabkit", _realmlp, as_whole_categories),
    "tabm": Entry("TabM-D", "pytabkit", _tabm, as_whole_categories),
    "forest": Entry("random forest", "scikit-learn", _forest, as_text),
}
"""Everybody, by the names that the command and its record have for them."""


def size(model: Any) -> int:
    """Return the bytes of a trained model: of its file if it is mlnn's, else pickled."""
    if not isinstance(model, mlnn.TableClassifier | mlnn.TableRegressor):
        return len(pickle.dumps(model))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.mlnn"
        mlnn.save(model, path)
        return path.stat().st_size
