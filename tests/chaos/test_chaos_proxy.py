"""The wire between a service and a server does to the bytes what the fault says, and nothing when it is mended."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.chaos.proxy import Wire
from tools.embedded.ports import HOST, free_port

LIMIT = 1 << 20


class Echo:
    """A server that answers each line with itself and keeps what it heard."""

    def __init__(self) -> None:
        self.port = free_port()
        self.heard = b""
        self.came = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            self.heard += line
            self.came.set()
            writer.write(line)
        writer.write(b"end\n")
        writer.close()


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    echo = Echo()
    server = await asyncio.start_server(echo.serve, HOST, echo.port, limit=LIMIT)
    yield echo
    server.close()


@pytest.fixture
async def wire(echo: Echo) -> AsyncIterator[Wire]:
    wire = Wire("test", free_port({echo.port}), echo.port)
    await wire.open()
    yield wire
    await wire.close()


Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def connected(wire: Wire) -> Ends:
    reader, writer = await asyncio.open_connection(HOST, wire.port, limit=LIMIT)
    assert await asked((reader, writer), b"hello\n") == b"hello\n"
    return reader, writer


async def asked(ends: Ends, line: bytes, patience: float = 5) -> bytes:
    ends[1].write(line)
    return await asyncio.wait_for(ends[0].readline(), patience)


async def test_all_bytes_pass_a_whole_wire_in_both_directions(wire: Wire, echo: Echo) -> None:
    ends = await connected(wire)
    large = b"x" * 500_000 + b"\n"
    assert await asked(ends, large) == large
    ends[1].write_eof()
    assert await ends[0].read() == b"end\n"


async def test_a_cut_wire_resets_its_connections_and_takes_no_new_ones_until_mended(wire: Wire) -> None:
    ends = await connected(wire)
    wire.harm("cut")
    with pytest.raises(ConnectionError):
        assert await ends[0].read() == b"never"
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        reader, writer = await asyncio.open_connection(HOST, wire.port)
        writer.write(b"anybody?\n")
        await reader.readexactly(1)
    wire.mend()
    await connected(wire)


async def test_a_silent_wire_brings_nothing_and_loses_nothing(wire: Wire, echo: Echo) -> None:
    ends = await connected(wire)
    wire.harm("silent")
    with pytest.raises(TimeoutError):
        await asked(ends, b"can you hear me?\n", patience=0.2)
    assert echo.heard == b"hello\n"
    wire.mend()
    assert await asked(ends, b"now?\n") == b"can you hear me?\n"
    assert await ends[0].readline() == b"now?\n"


async def test_a_deaf_wire_lets_the_server_act_and_hides_its_answer(wire: Wire, echo: Echo) -> None:
    ends = await connected(wire)
    wire.harm("deaf")
    echo.came.clear()
    with pytest.raises(TimeoutError):
        await asked(ends, b"do it\n", patience=0.2)
    await asyncio.wait_for(echo.came.wait(), 5)
    assert echo.heard == b"hello\ndo it\n"
    wire.mend()
    assert await ends[0].readline() == b"do it\n"


async def test_a_slow_wire_makes_an_answer_late_by_the_delay_of_both_ways(wire: Wire) -> None:
    ends = await connected(wire)
    wire.harm("slow", delay=0.1)
    began = asyncio.get_running_loop().time()
    assert await asked(ends, b"hurry\n") == b"hurry\n"
    assert asyncio.get_running_loop().time() - began >= 0.2


async def test_a_server_that_is_gone_ends_the_connection(wire: Wire, echo: Echo) -> None:
    wire._server_port = free_port({wire.port})  # nobody listens there
    reader, _ = await asyncio.open_connection(HOST, wire.port)
    with pytest.raises(ConnectionError):
        assert await reader.read() == b"never"
