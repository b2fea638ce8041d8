"""Hold ``train_table``'s defaults against scikit-learn's MLP defaults behind the same preparation, on three splits.

    python bench/tables.py FILE:TARGET [FILE:TARGET ...]

prints, for each table, the mean over the splits of log loss (R² for a quantity) and the three values. Splits: 20 % for
testing, ``train_test_split`` with random_state 0, 1 and 2, stratified for classes.
"""

import sys
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss, r2_score
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor

from mlnn.frame.preparation import Preparation
from mlnn.frame.target import target_of, task_of
from mlnn.frame.typed import read_frame
from mlnn.tabular.options import TableOptions
from mlnn.tabular.train import train_table


def main() -> None:
    """Print one line a table."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    print("table, metric: mlnn mean (splits) seconds a fit | scikit-learn mean (splits) seconds a fit")
    for argument in sys.argv[1:]:
        path, target = argument.rsplit(":", 1)
        frame, y = target_of(read_frame(path), target)
        task = task_of(y)
        ours, theirs, seconds = [], [], np.zeros(2)
        for seed in range(3):
            train, test = train_test_split(
                np.arange(len(y)), test_size=0.2, random_state=seed, stratify=y if task == "classification" else None
            )
            started = time.perf_counter()
            trained = train_table(frame.iloc[train], y.iloc[train], target, TableOptions(seed=seed))
            seconds[0] += time.perf_counter() - started
            scores = trained.evaluate(frame.iloc[test], y.iloc[test])
            ours.append(scores["log_loss" if task == "classification" else "r2"])
            preparation = Preparation().fit(frame.iloc[train])
            X, X_test = preparation.transform(frame.iloc[train]), preparation.transform(frame.iloc[test])
            started = time.perf_counter()
            if task == "classification":
                peer = MLPClassifier(random_state=seed).fit(X, y.iloc[train])
                theirs.append(log_loss(y.iloc[test], peer.predict_proba(X_test), labels=peer.classes_))
            else:
                peer = MLPRegressor(random_state=seed).fit(X, y.iloc[train])
                theirs.append(r2_score(y.iloc[test], peer.predict(X_test)))
            seconds[1] += time.perf_counter() - started
        metric = "log loss" if task == "classification" else "R²"
        sides = [
            f"{np.mean(values):.4f} ({', '.join(f'{value:.4f}' for value in values)}) {spent / 3:.1f} s"
            for values, spent in zip((ours, theirs), seconds, strict=True)
        ]
        print(f"{Path(path).stem}, {metric}: {' | '.join(sides)}", flush=True)


if __name__ == "__main__":
    main()
