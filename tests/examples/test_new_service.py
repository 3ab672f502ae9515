"""`antar new service` writes what runs at once, and nothing where it must not."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.examples.copied import ROOT, run
from tools.new.service import NewServiceError, heard, name_reader, write

RECORDED = "intake.application.v1:ApplicationRecorded"
RAN_LOW = "printing.blank-stock.v1:BlankStockRanLow"


def test_a_new_service_is_clean_and_its_test_is_green_as_it_was_written(tree: Path) -> None:
    hears = [word for given in (RECORDED, RAN_LOW, RECORDED) for word in ("--hears", given)]
    run(tree, "tools.cli", "new", "service", "rw_map", *hears)
    run(tree, "pytest", "tests/service/test_rw_map.py", "tests/contracts/test_every_subscriber.py", "-k", "rw_map")
    run(tree, "ruff", "check", "services/rw_map", "tests/service/test_rw_map.py")
    run(tree, "ruff", "format", "--check", "services/rw_map", "tests/service/test_rw_map.py")
    run(tree, "mypy", "-p", "services.rw_map")


def test_a_new_service_of_a_city_is_started_with_the_others_and_an_example_only_when_asked_for(tree: Path) -> None:
    write(tree, "rw_map", [heard(RECORDED)], "services")
    write(tree, "queue_length", [heard(RAN_LOW)], "examples")
    asked = "from tools.embedded.launcher import of_the_city; print(*of_the_city())"
    done = subprocess.run([sys.executable, "-c", asked], cwd=tree, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["intake", "printing", "dispatch", "notify", "rw_map"]


@pytest.mark.parametrize(
    "name", ["Statistics", "2fast", "class", "with-dash", "../up", "", "core", "kafka", "a__b", 41 * "a"]
)
def test_a_name_that_will_not_do_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(NewServiceError, match="will not do"):
        write(tmp_path, name, [heard(RECORDED)], "services")
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_never_overwritten() -> None:
    with pytest.raises(NewServiceError, match="is there already"):
        write(ROOT, "statistics", [heard(RECORDED)], "services")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("nonsense", "not TOPIC:EventType"),
        ("intake.application.v1:Nonsense", "is not said on"),
        ("intake.recipient.v1:RecipientRegistered", "data-protection officer"),
    ],
)
def test_what_cannot_be_heard_is_refused_with_the_reason(given: str, why: str) -> None:
    with pytest.raises(NewServiceError, match=why):
        heard(given)


def test_a_topic_with_personal_data_is_heard_once_somebody_has_decided_so() -> None:
    event = heard("intake.recipient.v1:RecipientRegistered", restricted=True)
    assert (event.topic, event.event) == ("intake.recipient.v1", "RecipientRegistered")


def test_topics_yaml_keeps_everything_but_the_readers_of_what_is_heard() -> None:
    before = (ROOT / "shared" / "events" / "topics.yaml").read_text("utf-8").splitlines()
    after = name_reader("\n".join(before) + "\n", {"notify.message.v1", "intake.application.v1"}, "rw_map").splitlines()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert [new.rpartition("[")[2] for _, new in changed] == [
        "printing, dispatch, notify, statistics, rw_map]",
        "rw_map]",
    ]


def test_who_is_a_reader_already_is_not_named_twice() -> None:
    before = (ROOT / "shared" / "events" / "topics.yaml").read_text("utf-8")
    assert name_reader(before, {"dispatch.delivery.v1"}, "notify") == before


def test_a_topic_whose_readers_stand_in_another_form_is_left_to_a_person(tmp_path: Path) -> None:
    declared = tmp_path / "shared" / "events" / "topics.yaml"
    declared.parent.mkdir(parents=True)
    declared.write_text("topics:\n  intake.application.v1:\n    readers:\n      - printing\n", "utf-8")
    with pytest.raises(NewServiceError, match="by hand"):
        write(tmp_path, "rw_map", [heard(RECORDED)], "services")
    assert not (tmp_path / "services").exists()
