"""Hold the table models' defaults against scikit-learn's MLP defaults behind the same preparation, on three splits.

    python bench/tables.py FILE:TARGET[:TASK] [FILE:TARGET[:TASK] ...]

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

from mlnn import TableClassifier, TableRegressor
from mlnn.frame.answers import read_target
from mlnn.frame.read import read_table


def main() -> None:
    """Print one line a table."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    print("table, metric: mlnn mean (splits) seconds a fit | scikit-learn mean (splits) seconds a fit")
    for argument in sys.argv[1:]:
        path, target, task = (*argument.split(":"), "auto")[:3]
        table = read_table(path)
        answers = read_target(table, [target], task)
        y, classes = answers.y, answers.task == "classification"
        X = table.only([name for name in table.names if name != target])
        ours, theirs, seconds = [], [], np.zeros(2)
        for seed in range(3):
            train, test = train_test_split(
                np.arange(len(y)), test_size=0.2, random_state=seed, stratify=y if classes else None
            )
            started = time.perf_counter()
            model = (TableClassifier if classes else TableRegressor)(random_state=seed).fit(X.take(train), y[train])
            seconds[0] += time.perf_counter() - started
            ours.append(model.evaluate(X.take(test), y[test])["log_loss" if classes else "r2"])
            R, R_test = (model.preparation_.transform(X.take(rows)) for rows in (train, test))
            started = time.perf_counter()
            if classes:
                peer = MLPClassifier(random_state=seed).fit(R, y[train])
                theirs.append(log_loss(y[test], peer.predict_proba(R_test), labels=peer.classes_))
            else:
                peer = MLPRegressor(random_state=seed).fit(R, y[train])
                theirs.append(r2_score(y[test], peer.predict(R_test)))
            seconds[1] += time.perf_counter() - started
        metric = "log loss" if classes else "R²"
        sides = [
            f"{np.mean(values):.4f} ({', '.join(f'{value:.4f}' for value in values)}) {spent / 3:.1f} s"
            for values, spent in zip((ours, theirs), seconds, strict=True)
        ]
        print(f"{Path(path).stem}, {metric}: {' | '.join(sides)}", flush=True)


if __name__ == "__main__":
    main()
