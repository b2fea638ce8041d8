"""Networks: a chain of gates, with all parameters in one θ, and what is asked of gates that somebody else wrote."""

from mlnn.network.chain import Network, Placed, Views

__all__ = ["Network", "Placed", "Views"]
