"""What each kind of fault does. A strike lasts as long as the fault is at work and leaves everything mended."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from tests.chaos.faults import clock, disk, log, network, processes, rivals, servers
from tests.chaos.poison import POISONS
from tests.chaos.scene import Scene
from tests.chaos.schedule import Fault

Strike = Callable[[Scene, Fault], Coroutine[Any, Any, None]]

STRIKES: Mapping[str, Strike] = {
    "kill": processes.kill,
    "stop": processes.stop,
    "freeze": processes.freeze,
    "freeze beside an heir": rivals.freeze_beside_an_heir,
    "rebalance storm": rivals.storm,
    "death at a line": processes.die_at_a_line,
    "clock forward": clock.step_forward,
    "clock back": clock.step_back,
    "postgres restart": servers.restart_postgres,
    "postgres freeze": servers.freeze,
    "postgres disk full": disk.fill,
    "postgres cut": network.cut,
    "postgres slow": network.slow,
    "kafka kill": servers.kill_kafka,
    "kafka freeze": servers.freeze,
    "kafka disk full": disk.fill,
    "kafka cut": network.cut,
    "kafka long cut": network.cut,
    "kafka slow": network.slow,
    "replay": log.replay,
    **{f"poison: {poison}": log.poison for poison in POISONS},
}
