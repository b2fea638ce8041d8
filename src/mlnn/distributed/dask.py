"""Workers of a Dask cluster. Dask places them and carries their messages; the steps are the engine's own."""

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Any, TypeVar

from distributed import Client
from distributed.comm import Comm, CommClosedError, connect, listen
from distributed.protocol import to_serialize

from mlnn.distributed.worker import Lost, Meeting, Seat, Servant, Worker, Workers
from mlnn.engine.peers import Span

PATIENCE = 30.0
"""Seconds that peers wait for each other to come to a group."""

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
    """

    def __init__(self, client: Client | str) -> None:
        self._own = isinstance(client, str)
        self._client = Client(client) if isinstance(client, str) else client
        if self._client.asynchronous:
            raise TypeError("the client is asynchronous, but training here is not: Client(..., asynchronous=False)")
        self._workers: dict[str, DaskWorker] = {}
        self._gone: set[str] = set()

    def here(self) -> list[Worker]:
        try:
            there = self._client.scheduler_info(n_workers=-1)["workers"]
            if new := [address for address in there if address not in self._workers.keys() | self._gone]:
                for address, servants in self._client.run(serve, workers=new, on_error="ignore").items():
                    self._workers[address] = DaskWorker(self._client, address, servants)
        except (OSError, TimeoutError):  # without a scheduler nobody joins, but those that are here go on
            pass
        return list(self._workers.values())

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

    def __init__(self, client: Client, place: str, address: str) -> None:
        self.place, self.address, self._client = place, address, client
        self._comm: Comm | None = None
        self._asking = asyncio.Lock()

    def ask(self, what: str, *arguments: Any) -> Future[Any]:
        return self._soon(self._ask(what, arguments))

    def stop(self) -> None:
        if self._comm is not None:
            self._soon(self._comm.write({"stop": True}))

    def close(self) -> None:
        """Hang up: the servant forgets all that it was told from here."""
        self._soon(self._hang_up())

    def _soon(self, work: Coroutine[Any, Any, Value]) -> Future[Value]:
        return asyncio.run_coroutine_threadsafe(work, self._client.loop.asyncio_loop)

    async def _hang_up(self) -> None:
        async with self._asking:
            if self._comm is not None:
                await self._comm.close()

    async def _ask(self, what: str, arguments: Sequence[Any]) -> Any:
        async with self._asking:
            try:
                if self._comm is None:
                    self._comm = await connect(self.address, **self._client.security.get_connection_args("client"))
                await self._comm.write({"ask": what, "with": to_serialize(list(arguments))})
                answer = await self._comm.read()
            except (OSError, CommClosedError) as reason:
                raise Lost(f"the worker at {self.place} is lost: {reason}") from reason
        if "raised" in answer:
            raise answer["raised"]
        return answer["answer"]


async def serve(dask_worker: Any) -> str:
    """Begin to serve on a worker of Dask's; return the address."""
    house = getattr(dask_worker, "_mlnn", None)
    if house is None:
        house = dask_worker._mlnn = House(dask_worker)
        await house.open()
    return house.address


class House:
    """What listens on a worker of Dask's: to those who train, for each of whom there is a servant, and to peers."""

    def __init__(self, dask_worker: Any) -> None:
        self._worker, self._security = dask_worker, dask_worker.security
        self._loop = dask_worker.loop.asyncio_loop
        self._came: defaultdict[tuple[str, int], asyncio.Future[Comm]] = defaultdict(self._loop.create_future)

    async def open(self) -> None:
        """Begin to listen."""
        where = self._worker.address.rpartition(":")[0] + ":0"
        if self._worker.address.startswith("inproc"):
            where = "inproc://"
        self._listener = await listen(where, self._hear, **self._security.get_listen_args("worker"))
        self.address = self._listener.contact_address

    async def meet(self, seat: Seat) -> "DaskMeeting":
        """Return the peers of a group, each reached by a connection of its own."""

        async def reach(peer: int) -> Comm | None:
            if peer == seat.rank:
                return None
            if peer > seat.rank:
                comm = await asyncio.wait_for(self._came[seat.group, peer], PATIENCE)
                del self._came[seat.group, peer]
                return comm
            arguments = self._security.get_connection_args("worker")
            comm = await connect(seat.addresses[peer], timeout=PATIENCE, **arguments)
            await comm.write({"group": seat.group, "rank": seat.rank})
            return comm

        comms = await asyncio.gather(*(reach(peer) for peer in range(len(seat.addresses))), return_exceptions=True)
        return DaskMeeting(seat, comms, self._loop)

    async def _hear(self, comm: Comm) -> None:
        try:
            first = await comm.read()
        except (OSError, CommClosedError):
            return
        if "group" in first:
            self._came[first["group"], first["rank"]].set_result(comm)
            return
        await self._serve(comm, first)

    async def _serve(self, comm: Comm, message: dict[str, Any]) -> None:
        """Do what one who trains asks for, one thing after another, and listen meanwhile; forget it when he hangs up."""
        told = Told()
        servant = Servant(self._worker.state.nthreads, self._meet, told)
        with ThreadPoolExecutor(1, "mlnn") as thread:
            try:
                while True:
                    if "stop" in message:
                        told.stop = True
                    else:
                        told.stop = False
                        work = getattr(servant, message["ask"])
                        done = self._loop.run_in_executor(thread, work, *message["with"])
                        done.add_done_callback(lambda done: self._loop.create_task(_answer(comm, done)))
                    message = await comm.read()
            except (OSError, CommClosedError):
                told.stop = True
            finally:
                await self._loop.run_in_executor(thread, servant.close)

    def _meet(self, seat: Seat) -> Meeting:
        return asyncio.run_coroutine_threadsafe(self.meet(seat), self._loop).result()


class Told:
    """Whether whoever trains wants no more steps."""

    stop = False

    def __bool__(self) -> bool:
        return self.stop


async def _answer(comm: Comm, done: "asyncio.Future[Any]") -> None:
    answer = {"raised": done.exception()} if done.exception() else {"answer": done.result()}
    try:
        await comm.write({name: to_serialize(value) for name, value in answer.items()})
    except (OSError, CommClosedError):
        pass


class DaskMeeting(Meeting):
    """Peers on workers of Dask's, each reached by a connection of its own."""

    def __init__(self, seat: Seat, comms: Sequence[Comm | BaseException | None], loop: asyncio.AbstractEventLoop) -> None:
        self.rank, self.size, self._loop = seat.rank, len(seat.addresses), loop
        self._comms: dict[int, Comm] = {}
        for peer, comm in enumerate(comms):
            if isinstance(comm, BaseException):
                self.failure = f"{seat.addresses[peer]} cannot be reached: {comm!r}"
            elif comm is not None:
                self._comms[peer] = comm

    def exchange(self, out: memoryview, to: Sequence[Span], received: memoryview, spans: Sequence[Span]) -> bool:
        if self.failure is not None:
            return False
        sent = {peer: bytes(out[slice(*to[peer])]) for peer in self._comms}
        try:
            heard = asyncio.run_coroutine_threadsafe(self._exchange(sent), self._loop).result()
        except (OSError, CommClosedError, CancelledError) as reason:
            self.failure = f"a peer is lost: {reason}"
            return False
        for peer, message in heard.items():
            received[slice(*spans[peer])] = message
        return True

    async def _exchange(self, sent: dict[int, bytes]) -> dict[int, bytes]:
        peers = list(self._comms)
        writing = [self._comms[peer].write(to_serialize(sent[peer])) for peer in peers]
        reading = [self._comms[peer].read() for peer in peers]
        both = await asyncio.gather(*writing, *reading)
        return dict(zip(peers, both[len(peers) :], strict=True))

    def leave(self) -> None:
        async def hang_up() -> None:
            for comm in self._comms.values():
                comm.abort()

        asyncio.run_coroutine_threadsafe(hang_up(), self._loop)
