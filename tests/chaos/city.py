"""The whole city under faults: real servers on small disks, four services, and a wire between each of them and a server."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Self

from shared.migrations import migrate
from shared.topics import apply
from tests.chaos import disks
from tests.chaos.clocks import STEP, Clock
from tests.chaos.disks import Disk
from tests.chaos.evidence import Life
from tests.chaos.parts import Part
from tests.chaos.proxy import Wire
from tests.chaos.schedule import EVERYONE
from tools.embedded.child import Child, stop_all
from tools.embedded.folder import DataFolder
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.launcher import SERVICES
from tools.embedded.ports import HOST, PortBook, accepts, free_port
from tools.embedded.postgres import EmbeddedPostgres
from tools.embedded.service import Wiring, answers_ready, service
from tools.embedded.signin import NAME as SIGN_IN
from tools.embedded.signin import SignIn

SERVERS = ("kafka", "postgres")
_SMALL = {"shared_buffers": "64MB", "max_wal_size": "64MB", "min_wal_size": "32MB", "checkpoint_timeout": "1min"}
_PATIENCE = 60.0


class City:
    """Owns every process, wire, disk and clock of one run; everything is in `folder`."""

    def __init__(self, folder: Path, seed: int, disk_megabytes: int) -> None:
        self.folder = DataFolder(folder)
        self.parts: dict[str, Part] = {}
        self.wires: dict[tuple[str, str], Wire] = {}
        self.clocks = {name: Clock(folder / f"clock-{name}") for name in SERVICES}
        self.disks = {name: Disk(folder / name, disk_megabytes) for name in SERVERS} if disks.possible() else {}
        self._seed = seed
        self._book = PortBook()
        self._stack = AsyncExitStack()
        self._keepers: list[asyncio.Task[None]] = []
        self._guests: list[Part] = []

    async def __aenter__(self) -> Self:
        try:
            await self._begin()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _begin(self) -> None:
        self.folder.open()
        self._stack.callback(self._book.close)
        self._stack.callback(self.folder.close)
        for disk in self.disks.values():
            await asyncio.to_thread(disk.mount)
            self._stack.callback(disk.unmount)
        self._choose_ports()
        self._make_servers()
        self._stack.push_async_callback(self._end)
        for name in (*SERVERS, SIGN_IN):
            self._keep(name)
        await asyncio.gather(*(part.ready(_PATIENCE) for part in self.parts.values()))
        await self._furnish()
        await self._open_wires()
        for name in SERVICES:
            self.parts[name] = self._service_part(name, self._ports[name])
            self._keep(name)
        await asyncio.gather(*(self.parts[name].ready(_PATIENCE) for name in SERVICES))

    def _choose_ports(self) -> None:
        names = [*SERVICES, *SERVERS, SIGN_IN, "controller", *(f"{s}-{part}" for s in SERVICES for part in _PORTS)]
        self._ports = {name: self._port(name) for name in names}
        self.folder.remember({name: self._ports[name] for name in (*SERVICES, *SERVERS, SIGN_IN)})

    def _port(self, name: str) -> int:
        return self._book.choose(name, asked=None, remembered=None, usual=free_port())

    def _make_servers(self) -> None:
        folder, ports = self.folder, self._ports
        self.kafka = EmbeddedKafka(
            folder.path / "kafka", ports["kafka"], log=folder.log("kafka"), pid_file=folder.pid_file("kafka"),
            settings=_listeners(ports),
        )  # fmt: skip
        self.postgres = EmbeddedPostgres(
            folder.path / "postgres", ports["postgres"], log=folder.log("postgres"),
            pid_file=folder.pid_file("postgres"), settings=_SMALL,
        )  # fmt: skip
        self.sign_in = SignIn(folder, ports[SIGN_IN])
        self.parts[SIGN_IN] = Part(self.sign_in.child(), self.sign_in.ready)
        # Its own sign of having started scrolls out of sight when it complains at length.
        self.parts["kafka"] = Part(self.kafka.child, partial(accepts, ports["kafka"]), launch=self.kafka.launch)
        self.parts["postgres"] = Part(self.postgres.child, self.postgres.ready, launch=self.postgres.launch)

    async def _furnish(self) -> None:
        await self.parts["kafka"].until(self.kafka.ready, _PATIENCE)
        await asyncio.to_thread(self.postgres.create, SERVICES)
        await asyncio.gather(*(asyncio.to_thread(migrate, self.postgres.dsn(name), name) for name in SERVICES))
        await apply(self.kafka.bootstrap)

    async def _open_wires(self) -> None:
        for name in SERVICES:
            to_kafka = Wire(f"{name} to kafka", self._ports[f"{name}-kafka"], self._ports[f"{name}-listener"])
            to_postgres = Wire(f"{name} to postgres", self._ports[f"{name}-postgres"], self._ports["postgres"])
            self.wires |= {(name, "kafka"): to_kafka, (name, "postgres"): to_postgres}
        for wire in self.wires.values():
            await wire.open()
            self._stack.push_async_callback(wire.close)

    def _service_part(self, name: str, port: int, nickname: str = "") -> Part:
        child = self._service_child(name, port, nickname or name)
        return Part(child, partial(answers_ready, port), service=name, opened=partial(accepts, port))

    def _service_child(self, name: str, port: int, nickname: str) -> Child:
        far, near = f":{self._ports['postgres']}/", f":{self._ports[f'{name}-postgres']}/"
        address = self.postgres.dsn(name).replace(far, near)
        extra = {"ANTAR_PRINTER_SEED": str(self._seed), "ANTAR_PRINTER_SPOIL_RATE": "0.02"}
        extra |= self.sign_in.environment(self.urls)
        wiring = Wiring(name, port, address, f"{HOST}:{self._ports[f'{name}-kafka']}")
        child = service(wiring, self.folder, extra | dict(self.clocks[name].environment()))
        return replace(child, name=nickname, log=self.folder.log(nickname), pid_file=self.folder.pid_file(nickname))

    def _keep(self, name: str) -> None:
        self._keepers.append(asyncio.create_task(self.parts[name].keep()))

    async def guest(self, name: str) -> Part:
        """A second process of a service, for a while; whoever asked for it ends it."""
        port = self._port(name)
        guest = self._service_part(name, port, f"{name}-{len(self._guests) + 2}")
        self._guests.append(guest)
        await guest.start()
        return guest

    def companions(self, name: str) -> Sequence[Part]:
        """The second processes of a service that are there now."""
        return [guest for guest in self._guests if guest.service == name and guest.alive]

    def wires_of(self, target: str, server: str) -> list[Wire]:
        """The wires from a service, or from every one, to a server."""
        return [self.wires[name, server] for name in SERVICES if target in (name, EVERYONE)]

    @property
    def urls(self) -> dict[str, str]:
        """Where each service's doors are."""
        return {name: f"http://{HOST}:{self._ports[name]}" for name in SERVICES}

    @property
    def addresses(self) -> dict[str, str]:
        """Each service's database, not through its wire."""
        return {name: self.postgres.dsn(name) for name in SERVICES}

    @property
    def lives(self) -> list[Life]:
        """Every process of a service that has ended, and those that still run."""
        parts = [*(self.parts[name] for name in SERVICES), *self._guests]
        return [life for part in parts for life in (*part.lives, *([Life(part.service)] if part.alive else []))]

    @property
    def logs(self) -> list[Path]:
        """All log files."""
        return sorted(path for path in (self.folder.path / "log").iterdir() if path.is_file())

    async def all_up(self, patience: float = 90) -> None:
        """Wait until every server and service takes work."""
        await asyncio.gather(*(part.ready(patience) for part in self.parts.values()))

    def let_time_pass(self) -> None:
        """For the services five minutes go by: what was put off by a clock that was ahead comes due."""
        for clock in self.clocks.values():
            clock.set(STEP)

    async def _end(self) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        children = [part.child for part in (*self.parts.values(), *self._guests)]
        servers = [self.parts[name].child for name in (*SERVERS, SIGN_IN)]
        await asyncio.to_thread(stop_all, [child for child in children if child not in servers], 10)
        await asyncio.to_thread(stop_all, servers, 10)


_PORTS = ("listener", "kafka", "postgres")
"""Of each service: the broker's listener for it, and the two near ends of its wires."""


def _listeners(ports: dict[str, int]) -> dict[str, str]:
    """A listener for each service that advertises the near end of its wire, and one for ourselves without a wire."""
    own = {"PLAINTEXT": ports["kafka"], "CONTROLLER": ports["controller"]}
    far = {name.upper(): ports[f"{name}-listener"] for name in SERVICES}
    near = {name.upper(): ports[f"{name}-kafka"] for name in SERVICES}
    return {
        "listeners": ",".join(f"{name}://{HOST}:{port}" for name, port in (own | far).items()),
        "advertised.listeners": ",".join(
            f"{name}://{HOST}:{port}" for name, port in ({"PLAINTEXT": ports["kafka"]} | near).items()
        ),
        "listener.security.protocol.map": ",".join(f"{name}:PLAINTEXT" for name in own | far),
        "controller.quorum.voters": f"1@{HOST}:{ports['controller']}",
        "num.network.threads": "1",
    }
