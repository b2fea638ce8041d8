"""Workers of a Dask cluster. Dask places them and carries their messages; the steps are the engine's own."""

import asyncio
import sys
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from distributed import Client
from distributed.comm import Comm, CommClosedError, connect, listen
from distributed.protocol import Serialized, deserialize, to_serialize

from mlnn.distributed.sockets import Contexts, Listener
from mlnn.distributed.worker import Lost, Servant, Told, Worker, Workers

Value = TypeVar("Value")


class DaskWorkers(Workers):
    """The workers of a Dask cluster, those that join later among them.

    Parameters
    ----------
    client : dask.distributed.Client or str
        A client of the cluster, or its scheduler's address. This process must be able to reach the workers themselves.

    Raises
    ------
    OSError
        If there is no scheduler at the address.
    TypeError
        If the client is asynchronous.
    """

    def __init__(self, client: Client | str) -> None:
        super().__init__()
        self._own = isinstance(client, str)
        self._client = Client(client, set_as_default=False) if isinstance(client, str) else client
        if self._client.asynchronous:
            raise TypeError("the client is asynchronous, but training here is not: Client(..., asynchronous=False)")
        if self._client.status == "closed":
            raise ValueError("the client is closed")
        self._workers: dict[str, DaskWorker] = {}
        self._gone: set[str] = set()

    def here(self) -> list[Worker]:
        if self._client.status == "running":  # without a scheduler nobody joins, but those that are here go on
            with suppress(OSError, TimeoutError):
                known = self._workers.keys() | self._gone
                if new := [place for place in self._client.nthreads() if place not in known]:
                    self._admit(self._client.run(serve, workers=new, on_error="return"))
        return list(self._workers.values())

    def _admit(self, served: dict[str, Any]) -> None:
        for place, answer in served.items():
            if isinstance(answer, OSError):  # it is gone already, or will be asked again
                continue
            if isinstance(answer, BaseException):  # such as a worker without mlnn, or with another one
                self._gone.add(place)
                self.leave_out(place, f"{type(answer).__name__}: {answer}")
            else:
                self._workers[place] = DaskWorker(self._client, place, *answer)

    def lose(self, worker: Worker) -> None:
        assert isinstance(worker, DaskWorker)
        self._gone.add(worker.place)
        self._workers.pop(worker.place, None)

    def close(self) -> None:
        for worker in self._workers.values():
            worker.close()
        if self._own:
            self._client.close()


class DaskWorker(Worker):
    """A worker of Dask's, reached directly.

    Attributes
    ----------
    place : str
        Dask's own address of it.
    """

    def __init__(self, client: Client, place: str, servant: str, address: str) -> None:
        self.place, self.address, self._servant, self._client = place, address, servant, client
        self._comm: Comm | None = None
        self._asking = asyncio.Lock()
        self._asked, self._stopped = 0, -1

    def ask(self, what: str, *arguments: Any) -> Future[Any]:
        self._asked += 1
        return self._soon(self._ask(self._asked, what, arguments))

    def stop(self) -> None:
        self._stopped = self._asked
        self._soon(self._stop())

    def close(self) -> None:
        """Hang up: the servant forgets all that it was told from here."""
        self._soon(self._hang_up())

    def _soon(self, work: Coroutine[Any, Any, Value]) -> Future[Value]:
        return asyncio.run_coroutine_threadsafe(work, self._client.loop.asyncio_loop)

    async def _stop(self) -> None:
        if self._comm is not None:  # where there is no line yet, it goes along with what is asked
            with suppress(OSError, CommClosedError):
                await self._comm.write({"stopped": self._stopped})

    async def _hang_up(self) -> None:
        async with self._asking:
            if self._comm is not None:
                await self._comm.close()

    async def _ask(self, number: int, what: str, arguments: Sequence[Any]) -> Any:
        async with self._asking:
            try:
                if self._comm is None:
                    self._comm = await connect(self._servant, **self._client.security.get_connection_args("client"))
                asked = {"ask": what, "number": number, "stopped": self._stopped, "with": to_serialize(arguments)}
                await self._comm.write(asked)
                answer = await self._comm.read()
            except (OSError, CommClosedError) as reason:
                raise Lost(f"the worker at {self.place} is lost: {reason}") from reason
        if "raised" in answer:
            raise answer["raised"]
        return answer["answer"]


async def serve(dask_worker: Any) -> tuple[str, str]:
    """Begin to serve on a worker of Dask's; return the address for those who train, and that for peers."""
    opened: asyncio.Task[House] | None = getattr(dask_worker, "_mlnn", None)
    if opened is None:
        opened = dask_worker._mlnn = asyncio.create_task(House(dask_worker).open())
    return (await opened).addresses


class House:
    """What listens on a worker of Dask's: to those who train, for each of whom there is a servant, and to peers.

    Attributes
    ----------
    addresses : tuple of str
        For those who train, and for peers.
    """

    addresses: tuple[str, str]

    def __init__(self, dask_worker: Any) -> None:
        self._worker, security = dask_worker, dask_worker.security
        self._loop = dask_worker.loop.asyncio_loop
        self._arguments = security.get_listen_args("worker")
        calling = security.get_connection_args("worker")
        contexts = Contexts(self._arguments.get("ssl_context"), calling.get("ssl_context"))
        inside = dask_worker.address.startswith("inproc:")
        self._peers = Listener("127.0.0.1" if inside else dask_worker.ip, contexts)

    async def open(self) -> "House":
        """Begin to listen; what comes stays bytes until it is used, so that what goes wrong with it is answered."""
        protocol = self._worker.address.partition("://")[0]
        where = "inproc://" if protocol == "inproc" else f"{protocol}://{self._worker.ip}:0"
        self._listener = await listen(where, self._serve, deserialize=False, **self._arguments)
        self.addresses = self._listener.contact_address, self._peers.address
        return self

    async def _serve(self, comm: Comm) -> None:
        """Do what one who trains asks for, one thing after another, and listen meanwhile, until he hangs up."""
        told = Told()
        servant = Servant(self._worker.state.nthreads, self._peers.meet, told)
        at_work: set[asyncio.Task[None]] = set()  # asyncio itself holds none of them

        def do(what: str, number: int, arguments: Any) -> dict[str, Any]:
            told.asked = number
            try:
                came = isinstance(arguments, Serialized)
                received = deserialize(arguments.header, arguments.frames) if came else arguments.data
                return {"answer": to_serialize(getattr(servant, what)(*received))}
            except Exception as error:
                return {"raised": to_serialize(error)}

        async def answer(message: dict[str, Any]) -> None:
            done = await self._loop.run_in_executor(thread, do, message["ask"], message["number"], message["with"])
            with suppress(OSError, CommClosedError):
                await comm.write(done)

        with ThreadPoolExecutor(1, "mlnn") as thread:
            try:
                while True:
                    message = await comm.read()
                    told.stopped = max(told.stopped, message["stopped"])
                    if "ask" in message:
                        at_work.add(task := self._loop.create_task(answer(message)))
                        task.add_done_callback(at_work.discard)
            except (OSError, CommClosedError):
                told.stopped = sys.maxsize
            finally:
                await self._loop.run_in_executor(thread, servant.close)
