"""A new platform is given a city to try: the RW that an address can be in, and the couriers who serve them."""

import tempfile
from pathlib import Path
from typing import Final

import httpx2

from shared.people.person import Role
from tools.embedded.launcher import Launcher
from tools.errors import PlatformError
from tools.sample.files import Size, write_sample

_SIZE: Final = Size(applications=0, rw=1013, seed=2017)
_FILES: Final = (("intake", "/rw", "rw.csv"), ("dispatch", "/couriers", "tkk.csv"))
_SECONDS: Final = 60.0


def settle(launcher: Launcher) -> bool:
    """Bring the invented RW and couriers in as a user would, by file; returns whether that was needed.

    Whoever has couriers already, his own or these, keeps them as they are.

    Raises:
        PlatformError: a service refused its file.
    """
    urls = launcher.urls()
    if any(service not in urls for service, _, _ in _FILES):
        return False
    token = launcher.sign_in.token([Role.ADMINISTRATOR]).text
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/csv; charset=utf-8"}
    with httpx2.Client(headers=headers, trust_env=False, timeout=_SECONDS) as client:
        if _judged(client.get(f"{urls['dispatch']}/couriers?limit=1"), "dispatch").json():
            return False
        with tempfile.TemporaryDirectory(prefix="antar-city-") as folder:
            write_sample(Path(folder), _SIZE)
            for service, path, name in _FILES:
                _judged(client.put(f"{urls[service]}{path}", content=(Path(folder) / name).read_bytes()), service)
    return True


def _judged(answer: httpx2.Response, service: str) -> httpx2.Response:
    if answer.status_code != 200:
        raise PlatformError(f"{service} did not take the sample city: {answer.status_code} {answer.text[:300]}")
    return answer
