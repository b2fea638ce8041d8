"""Hold the table models' defaults against boosted trees with theirs (LightGBM, CatBoost), on the splits of tables.py.

    python bench/trees.py FILE:TARGET [FILE:TARGET ...]

prints, for each table, the mean over three splits of log loss (R² for a quantity) and seconds a fit. Trees get
columns as they like them: numbers as numbers with NaN, everything else as categories.
"""

import sys
import time
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from catboost import CatBoostClassifier, CatBoostRegressor
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.metrics import log_loss, r2_score
from sklearn.model_selection import train_test_split

from mlnn import TableClassifier, TableRegressor


def main() -> None:
    """Print one line a table."""
    warnings.simplefilter("ignore")
    quiet = {"verbose": 0, "allow_writing_files": False}
    for argument in sys.argv[1:]:
        path, target = argument.rsplit(":", 1)
        frame = pd.read_csv(path)
        y = frame.pop(target)
        classes = not pd.api.types.is_numeric_dtype(y) or y.nunique() == 2
        y = y.astype(str).to_numpy() if classes else y.to_numpy(float)
        words = list(frame.select_dtypes(exclude="number"))
        forms = {
            "mlnn": frame,
            "LightGBM": frame.astype(dict.fromkeys(words, "category")),
            "CatBoost": frame.assign(**{name: frame[name].astype(str) for name in words}),
        }
        makers = {
            "mlnn": (TableClassifier, TableRegressor),
            "LightGBM": [partial(kind, verbose=-1) for kind in (LGBMClassifier, LGBMRegressor)],
            "CatBoost": [
                partial(kind, cat_features=words, **quiet) for kind in (CatBoostClassifier, CatBoostRegressor)
            ],
        }
        scores: dict[str, list[float]] = {name: [] for name in makers}
        seconds = dict.fromkeys(makers, 0.0)
        for seed in range(3):
            train, test = train_test_split(
                np.arange(len(y)), test_size=0.2, random_state=seed, stratify=y if classes else None
            )
            for name, (classifier, regressor) in makers.items():
                model = (classifier if classes else regressor)(random_state=seed)
                started = time.perf_counter()
                model.fit(forms[name].iloc[train], y[train])
                seconds[name] += time.perf_counter() - started
                rows = forms[name].iloc[test]
                if classes:
                    scores[name].append(log_loss(y[test], model.predict_proba(rows), labels=model.classes_))
                else:
                    scores[name].append(r2_score(y[test], model.predict(rows)))
        sides = [f"{name} {np.mean(scores[name]):.4f} {seconds[name] / 3:.1f} s" for name in makers]
        print(f"{Path(path).stem}, {'log loss' if classes else 'R²'}: {' | '.join(sides)}", flush=True)


if __name__ == "__main__":
    main()
