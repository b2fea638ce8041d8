"""The doctor's report: one HTML file with every finding and the pictures that it rests on."""

import os
from typing import Any

import numpy as np

import mlnn
from mlnn.diagnosis import Course, Diagnosis
from mlnn.frame.replacing import write_text
from mlnn.page.picture import rendered, svg
from mlnn.plot.colours import COLOURS
from mlnn.plot.monitor import plot_monitor
from mlnn.plot.range_test import plot_range_test


def write_diagnosis(path: str | os.PathLike[str], diagnosis: Diagnosis, subject: str = "The network") -> None:
    """Write the report.

    Parameters
    ----------
    path : path-like
        The HTML file.
    diagnosis : Diagnosis
        What ``mlnn.doctor`` returned.
    subject : str
        What was examined, for the title.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    pictures = []
    test, course = diagnosis.range_test, diagnosis.course
    if test and np.isfinite(test.losses).any():
        caption = f"The loss after {test.epochs} epochs, each rate from the same first weights."
        drawn = svg(lambda figure: plot_range_test(test, figure.add_subplot()))
        pictures.append(("Learning rate", caption, drawn))
    if course and course.losses:
        pictures.append(("Losses", "One training, as the estimator would do it.", svg(_losses, course)))
    if course and course.records:
        drawn = svg(lambda figure: plot_monitor(course.records, figure), size=(11.0, 7.5))
        pictures.append(("Inside the network", "How large steps are, which units die, what gates put out.", drawn))
    html = rendered("diagnosis.html", diagnosis=diagnosis, subject=subject, pictures=pictures, version=mlnn.__version__)
    write_text(path, html)


def _losses(figure: Any, course: Course) -> None:
    from matplotlib.ticker import MaxNLocator

    ax = figure.add_subplot()
    epochs, marker = np.arange(1, len(course.losses) + 1), "o" if len(course.losses) == 1 else None
    ax.axhline(course.baseline, color="0.7", lw=1, label="baseline, held-out rows")
    for colour, label, losses in zip(COLOURS, ("training", "held-out rows"), _curves(course), strict=False):
        ax.plot(epochs, np.where(np.isfinite(losses), losses, np.nan), color=colour, label=label, marker=marker)
    shown = np.concatenate([*_curves(course), [course.baseline]])
    shown = shown[np.isfinite(shown)]
    if shown.min() > 0.0 and shown.max() > 20.0 * shown.min():
        ax.set_yscale("log")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.set(xlabel="epoch", ylabel="loss")
    ax.legend(frameon=False, fontsize=8)


def _curves(course: Course) -> tuple[Any, Any]:
    return np.array(course.losses), np.array(course.valid_losses)
