"""Every face that writes, each as a function of a path: for tests of what must hold for all of them."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from commands import FAST, houses, run

from mlnn.frame.replacing import write_text
from mlnn.frame.write import write
from mlnn.model import Model
from mlnn.page import write_diagnosis, write_report
from mlnn.play.static import write_static
from mlnn.tabular.estimator import TableRegressor
from mlnn.tabular.storage import save

ROWS = houses(60).drop(columns="sold")


class Refused(Exception):
    """A command ended with exit code 2 and one line."""


def command(*arguments):
    """Run a command that goes well, or is refused as bad input is."""
    result = run(*arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    *_, last = result.stderr.splitlines() or [""]
    if result.exit_code == 2 and last.startswith("mlnn: "):
        raise Refused(last)
    assert result.exit_code == 0, result.output


class Faces:
    """Writes what every face writes; inputs lie in ``folder``.

    Attributes
    ----------
    quick, slow : dict
        Functions of a path, by the module of ``mlnn`` that writes and what it writes.
    """

    def __init__(self, folder):
        self.data, self.model_file = folder / "data.csv", folder / "model.mlnn"
        ROWS.to_csv(self.data, index=False)
        X, y = ROWS.drop(columns="price"), ROWS["price"]
        self.X, self.model = X, TableRegressor(epochs=2, members=2, hidden=(4,)).fit(X, y)
        self.network = Model([2, 3, 2], seed=0)
        save(self.model, self.model_file)
        columns = {"price": np.arange(2000.0), "name": pd.Series(["=1", "é"] * 1000, dtype=object)}
        self.quick = {
            "tabular.storage: a table model": partial(save, self.model),
            "tabular.storage: a Model": partial(save, self.network),
            "frame.write: csv": partial(self._write, "csv", columns),
            "frame.write: csv.gz": partial(self._write, "csv.gz", columns),
            "frame.write: json": partial(self._write, "json", columns),
            "frame.write: parquet": partial(self._write, "parquet", columns),
            "frame.replacing: text": lambda path: write_text(path, "text\n" * 5000),
            "cli.use: predict": lambda path: command("predict", self.model_file, self.data, "-o", path),
            "cli.train: train": lambda path: self._train("-o", path),
            "cli.console: explain": lambda path: self._explain(path, ".json"),
        }
        self.slow = {
            "frame.write: arrow": partial(self._write, "arrow", columns),
            "page.report: a report": lambda path: write_report(path, self.model, X, y),
            "page.diagnosis: a diagnosis": self._diagnosis,
            "cli.explain: a picture": lambda path: self._explain(path, ".png"),
            "cli.moons: a picture": lambda path: self._picture(path, "moons", "--passes", "2", "--no-show", "--quiet"),
            "play.static: the page": self._static,
        }

    def predictions(self):
        """Return what the models predict, which no failure changes."""
        return self.model.predict(self.X).tolist() + self.network.predict(np.eye(2)).tolist()

    def _write(self, end, columns, path):
        write(path, [columns], end)

    def _train(self, *output):
        command("train", self.data, "--target", "price", *FAST, "--quiet", *output)

    def _explain(self, path, end):
        self._picture(path, "explain", self.model_file, self.data, "--most", "0", end=end)

    def _picture(self, path, *arguments, end=".png"):
        """A picture's name says its kind: the path is a link's target, which is replaced, not the link."""
        link = Path(self.data.parent, f"file{end}")
        link.unlink(missing_ok=True)
        link.symlink_to(path)
        command(*arguments, "-o", link)

    def _diagnosis(self, path):
        if not hasattr(self, "diagnosis"):
            from mlnn.diagnosis import doctor

            self.diagnosis = doctor(self.model, self.X, ROWS["price"], seed=0)
        write_diagnosis(path, self.diagnosis, "Predicting")

    def _static(self, path):
        """A page is a folder; its first page stands for it."""
        write_static(Path(path).parent / "file.page")
        write_text(path, "page")
