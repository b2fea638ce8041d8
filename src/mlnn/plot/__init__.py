"""Pictures: boundaries, curves, babysitting, range tests, the computation graph. Only here is matplotlib used."""

from mlnn.graph import describe, graph_text
from mlnn.plot.boundary import plot_decision_boundary
from mlnn.plot.curves import plot_history, plot_layer, plot_schedule
from mlnn.plot.explanation import plot_dependence, plot_explanation, plot_importances, plot_row
from mlnn.plot.graph import plot_graph
from mlnn.plot.monitor import plot_monitor
from mlnn.plot.range_test import plot_range_test

__all__ = [
    "describe",
    "graph_text",
    "plot_decision_boundary",
    "plot_dependence",
    "plot_explanation",
    "plot_graph",
    "plot_history",
    "plot_importances",
    "plot_layer",
    "plot_monitor",
    "plot_range_test",
    "plot_row",
    "plot_schedule",
]
