"""An upgrade is finished once nobody of the former release runs; that one is then refused by name, and the new one works on."""

import re

import pytest

from tests.compose.installation import Compose, ComposeError
from tests.compose.next_release import AFTER, VERSION, NextRelease


@pytest.fixture(scope="module")
def release(installation: Compose) -> NextRelease:
    """The next one; its code is in the folder, and the former one runs."""
    release = NextRelease(installation.folder)
    release.comes()
    installation.compose("build", "--quiet")
    return release


def test_it_is_finished_when_the_former_runs_no_more_and_once(installation: Compose, release: NextRelease) -> None:
    with pytest.raises(ComposeError, match="still runs: replace it"):
        installation.operator("upgrade", "--finish")
    installation.upgrade()
    assert f"intake: {AFTER} to do; finished." in installation.operator("upgrade", "--finish")
    assert "intake: nothing to do; finished." in installation.operator("upgrade", "--finish")


def test_the_former_is_refused_and_nothing_is_touched(installation: Compose, release: NextRelease) -> None:
    before = installation.replicas()
    release.goes()
    with pytest.raises(ComposeError, match=rf"the upgrade to {re.escape(VERSION)} is finished here \({AFTER[:4]}\)"):
        installation.upgrade()
    assert installation.replicas() == before
    assert installation.await_healthy(1) < 1
