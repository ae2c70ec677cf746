"""A load generator that costs little: requests are bytes prepared beforehand, connections are kept and shared."""

import asyncio
import time
from collections.abc import Iterable

RESPONSE_END = b"\r\n\r\n"


def request(port: int, body: bytes, headers: dict[str, str]) -> bytes:
    """One POST as it goes over the wire."""
    lines = [f"POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {len(body)}\r\n"]
    lines += [f"{name}: {value}\r\n" for name, value in headers.items()]
    return "".join([*lines, "\r\n"]).encode() + body


class Lines:
    """Connections to one server; whoever finds none free opens another."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.opened = 0

    async def ask(self, request: bytes) -> int:
        """Send one request and read its answer whole; answers the status."""
        reader, writer = self._free.pop() if self._free else await self._open()
        writer.write(request)
        head = await reader.readuntil(RESPONSE_END)
        if length := _length(head):
            await reader.readexactly(length)
        self._free.append((reader, writer))
        return int(head[9:12])

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self.opened += 1
        return await asyncio.open_connection("127.0.0.1", self.port)

    def close(self) -> None:
        """Hang up."""
        for _, writer in self._free:
            writer.close()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


async def open_loop(port: int, requests: Iterable[bytes], per_second: float) -> list[float]:
    """Send at fixed moments whatever the server does; seconds from each one's moment to its answer, sorted.

    An open loop does not wait for a slow server, so that waiting in line counts as waiting.
    """
    lines, waited, failed = Lines(port), [], []
    began = time.perf_counter() + 0.05

    async def one(moment: float, wire: bytes) -> None:
        try:
            status = await lines.ask(wire)
        except (OSError, EOFError, ValueError) as error:
            failed.append(type(error).__name__)
            return
        waited.append(time.perf_counter() - moment)
        if status != 200:
            failed.append(str(status))

    tasks = []
    for number, wire in enumerate(requests):
        moment = began + number / per_second
        while (early := moment - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        tasks.append(asyncio.create_task(one(moment, wire)))
    await asyncio.gather(*tasks)
    lines.close()
    if failed:
        raise RuntimeError(f"{len(failed)} of {len(tasks)} were not answered: {sorted(set(failed))}")
    return sorted(waited)
