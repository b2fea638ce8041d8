"""A cluster: inside its ``with`` block, whatever trains takes its steps on many workers, and ends in the same bits."""

from contextlib import ExitStack
from numbers import Integral
from typing import Any, Self

from mlnn.distributed.engine import Distributed
from mlnn.distributed.threads import ThreadWorkers
from mlnn.distributed.worker import Workers
from mlnn.engine import Compiled, compiled_by


class Cluster:
    """Many workers for whatever trains inside a ``with`` block: ``epochs``, an estimator, a table model.

    The rows of a step are cut into parts, whose gradients are added up along a fixed tree; so the weights have the same
    bits for any number of workers, and for none. Networks that are trained side by side have a worker each.

    Parameters
    ----------
    where : dask.distributed.Client, str, int, or Workers
        The workers: those of a Dask cluster, or its scheduler's address; "mpi" for the processes of an MPI program; or
        so many threads of this process.
    parts : int, optional
        Into how many parts a step's rows are cut, a power of two; more workers than these have nothing to do. By
        default as many as without a cluster: 2, or up to 8 for networks of up to about 30,000 weights. Bits depend on
        it: for the same ones in another place, give the same number there.

    Examples
    --------
    >>> from mlnn import TableClassifier
    >>> from mlnn.dataset import moons
    >>> X, y = moons(300)
    >>> with Cluster(2, parts=8):
    ...     on_two = TableClassifier(preset="fast", epochs=3, random_state=0).fit(X, y)
    >>> with Cluster(1, parts=8):
    ...     on_one = TableClassifier(preset="fast", epochs=3, random_state=0).fit(X, y)
    >>> bool((on_two.predict_proba(X) == on_one.predict_proba(X)).all())
    True
    """

    def __init__(self, where: Any, *, parts: int | None = None) -> None:
        self.parts = Compiled(parts=parts).parts  # refused here where it is no power of two
        self._where, self._open, self._is_open = where, ExitStack(), False

    def __enter__(self) -> Self:
        if self._is_open:
            raise RuntimeError("this cluster is open already: take another one inside of it")
        self.workers = workers_of(self._where)
        self._is_open = True
        self._open.callback(self.workers.close)
        self._open.enter_context(compiled_by(lambda threads: Distributed(Compiled(threads, self.parts), self.workers)))
        return self

    def __exit__(self, *_: object) -> None:
        self._is_open = False
        self._open.close()


def workers_of(where: Any) -> Workers:
    """Return the workers that are meant.

    Raises
    ------
    TypeError
        If it is none of what a ``Cluster`` takes.
    ImportError
        If it needs a library that is not installed.
    """
    if isinstance(where, Workers):
        return where
    if isinstance(where, Integral):
        return ThreadWorkers(int(where))
    if where == "mpi":
        from mlnn.distributed.mpi import MPIWorkers

        return MPIWorkers()
    if isinstance(where, str) or type(where).__module__.partition(".")[0] == "distributed":
        from mlnn.distributed.dask import DaskWorkers

        return DaskWorkers(where)
    raise TypeError(
        "a cluster is a Dask client, a scheduler's address, 'mpi' or a number of threads, "
        f"but got {type(where).__name__}"
    )
