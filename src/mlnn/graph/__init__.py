"""The computation graph in words and numbers: what the drawing, the text and any other face show."""

from mlnn.graph.description import Graph, Node, describe, word
from mlnn.graph.text import graph_text

__all__ = ["Graph", "Node", "describe", "graph_text", "word"]
