"""`antar start` for a person at a terminal or a service manager: it runs until told to stop."""

import errno
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from tools import failing
from tools.embedded.launcher import Launcher
from tools.embedded.provider.people import sample_people
from tools.embedded.settling import settle
from tools.errors import PlatformError

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(launcher: Launcher) -> int:
    """Starts the platform and keeps it until Ctrl-C or SIGTERM; returns the exit code."""
    narrator = launcher.narrator
    try:
        with one_stop_signal(), launcher:
            if settle(launcher):
                narrator.say("Brought in the RW and couriers of an invented city")
            tell_where_things_are(launcher, narrator.say)
            narrator.say("Antar runs; Ctrl-C stops it.")
            try:
                launcher.wait()
            finally:
                narrator.say("Stopping")
    except KeyboardInterrupt:
        narrator.say("Stopped")
        return 0
    except (PlatformError, OSError) as failure:
        failing.say(sentence(failure))
        return 1
    return 0


def tell_where_things_are(launcher: Launcher, say: Callable[[str], None]) -> None:
    """The address of each part, where a browser begins, who can sign in there with one click, a token for curl."""
    urls = launcher.urls()
    for name, url in urls.items():
        say(f"{name:10} {url}")
    say(f"Kafka      {launcher.bootstrap}")
    if "intake" not in urls:
        return
    say(f"Begin at   {urls['intake']}/loket/masuk, as one of these:")
    for one in sample_people():
        say(f"           {one['name']:20} {', '.join(one['antar_roles'])} in {', '.join(one['antar_areas'])}")
    say(f"For curl   antar token --role counter-officer --data {shown(launcher.folder.path)}")


def shown(path: Path) -> Path:
    """As short as it can be typed from here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def sentence(failure: Exception) -> str:
    """What the operator is told about a failure."""
    if isinstance(failure, OSError) and failure.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full ({failure.filename or 'data folder'}): free some space and start again."
    return str(failure)


def _pay_no_heed(_number: int, _frame: FrameType | None) -> None:
    """Not SIG_IGN, which children would inherit."""


@contextmanager
def one_stop_signal() -> Iterator[None]:
    """The first SIGINT, SIGTERM or SIGHUP becomes KeyboardInterrupt; later ones do not disturb the stop."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in before:
            signal.signal(number, _pay_no_heed)
        raise KeyboardInterrupt

    nohup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    heeded = [number for number in _SIGNALS if not (nohup and number == signal.SIGHUP)]
    before = {number: signal.signal(number, stop) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
