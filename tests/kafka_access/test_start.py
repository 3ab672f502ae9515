"""How the broker of an installation starts, with a stand-in for Kafka's own scripts that says what it was told."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.kafka_access.secured import SETTINGS

SCRIPT = """#!/usr/bin/env bash
echo "$(basename "$0") $*" >>{said}
[[ $1 == format ]] && touch {data}/meta.properties
[[ $1 == random-uuid ]] && echo -- -abc
exit 0
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An installation's files, with its data below, and the stand-in."""
    shutil.copytree(SETTINGS.parent, tmp_path / "etc")
    for name in ("data", "bin"):
        (tmp_path / name).mkdir()
    settings = tmp_path / "etc" / "server.properties"
    settings.write_text(settings.read_text().replace("/var/lib/kafka/data", str(tmp_path / "data")))
    for name in ("kafka-storage.sh", "kafka-server-start.sh"):
        script = tmp_path / "bin" / name
        script.write_text(SCRIPT.format(said=tmp_path / "said", data=tmp_path / "data"))
        script.chmod(0o755)
    return tmp_path


def start(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    known = {"PATH": os.environ["PATH"], "KAFKA_HOME": str(folder)} | environment
    return subprocess.run([folder / "etc" / "start"], env=known, capture_output=True, text=True, check=False)


def said(folder: Path) -> list[str]:
    """What Kafka's scripts were told, and forgets it."""
    lines = (folder / "said").read_text().splitlines()
    (folder / "said").unlink()
    return lines


def test_the_storage_is_formatted_once(folder: Path) -> None:
    settings = folder / "etc" / "server.properties"
    assert start(folder).returncode == 0
    *_, formatted, started = said(folder)
    assert formatted == f"kafka-storage.sh format --cluster-id=-- -abc --config {settings}"
    assert started == f"kafka-server-start.sh {settings}"
    assert start(folder).returncode == 0
    assert said(folder) == [started]


def test_agencies_have_a_door_only_where_it_is_asked_for(folder: Path) -> None:
    start(folder, ANTAR_DOMAIN="antar.example.id")
    assert "AGENCIES" not in said(folder)[-1]
    start(folder, ANTAR_DOMAIN="antar.example.id", ANTAR_AGENCIES="yes")
    told = said(folder)[-1]
    assert "--override listeners=SERVICES://:9093,ADMIN://:9094,CONTROLLER://localhost:9096,AGENCIES://:9095" in told
    assert "advertised.listeners=SERVICES://kafka:9093,ADMIN://kafka:9094,AGENCIES://antar.example.id:9095" in told


def test_a_door_for_agencies_needs_its_name(folder: Path) -> None:
    refused = start(folder, ANTAR_AGENCIES="yes")
    assert refused.returncode != 0
    assert "the name by which agencies reach the broker" in refused.stderr
