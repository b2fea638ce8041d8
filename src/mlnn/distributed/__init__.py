"""Training on many workers, with the bits of one: threads, the workers of a Dask cluster, or the ranks of MPI."""

from mlnn.distributed.cluster import Cluster
from mlnn.distributed.engine import Distributed
from mlnn.distributed.team import WorkersLost
from mlnn.distributed.threads import ThreadWorkers
from mlnn.distributed.worker import Lost, Worker, Workers

__all__ = ["Cluster", "Distributed", "Lost", "ThreadWorkers", "Worker", "Workers", "WorkersLost"]
