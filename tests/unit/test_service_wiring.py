"""What a service of the embedded platform is told through its environment."""

from pathlib import Path

import pytest

from tools.embedded.folder import DataFolder
from tools.embedded.service import Wiring, service

NOTIFY = Wiring("notify", 21_104, "postgresql://notify:word@127.0.0.1:5633/notify", "127.0.0.1:9292")


def told(folder: Path) -> dict[str, str]:
    return dict(service(NOTIFY, DataFolder(folder), {}).environment)


def test_messages_name_the_page_where_it_is_also_on_another_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTAR_TRACKING_ADDRESS", raising=False)
    assert told(tmp_path)["ANTAR_TRACKING_ADDRESS"] == "127.0.0.1:21104/lacak"


def test_an_address_that_the_operator_gave_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTAR_TRACKING_ADDRESS", "antar.test/lacak")
    assert told(tmp_path)["ANTAR_TRACKING_ADDRESS"] == "antar.test/lacak"
