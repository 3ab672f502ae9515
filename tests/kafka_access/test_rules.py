"""The rules themselves, without a broker: they follow from topics.yaml, whoever is added there."""

from dataclasses import replace
from pathlib import Path

import pytest

from shared.events import catalogue
from shared.events.catalogue import every_topic, topics
from shared.packages import known
from tools.access import rules
from tools.access.rules import Rule, of_agency, ours, services
from tools.errors import PlatformError

ROOT = Path(__file__).parents[2]


def test_one_service_alone_writes_each_topic() -> None:
    writers = [(rule.name, rule.user) for rule in ours() if rule.operation == "write"]
    owners = [(topic.name, topic.owner) for topic in every_topic().values()]
    assert sorted(writers) == sorted(pair for pair in owners if pair[1] not in known("examples"))


def test_an_example_has_no_right_on_a_citys_broker() -> None:
    assert {rule.user for rule in ours()} == {*known("services"), "operator"}
    assert not {rule.name for rule in ours() if rule.resource == "group"} & set(known("examples"))


def test_personal_data_is_read_by_those_who_bring_and_tell_and_by_the_operator() -> None:
    personal = {rule.user for rule in ours() if rule.name == "intake.recipient.v1" and rule.operation == "read"}
    assert personal == {"dispatch", "notify", "operator"}


def test_rules_name_each_topic_and_group_by_itself_and_only_allow() -> None:
    assert {(rule.pattern, rule.permission, rule.host) for rule in ours()} == {("literal", "allow", "*")}
    assert {(rule.resource, rule.operation) for rule in ours()} == {
        ("topic", "read"), ("topic", "write"), ("group", "read"), ("group", "describe"),
    }  # fmt: skip
    assert not [rule for rule in ours() if "*" in rule.name]


def test_a_new_service_gets_its_rights_by_its_line_in_topics_yaml(monkeypatch: pytest.MonkeyPatch) -> None:
    application = topics()["intake.application.v1"]
    said = replace(application, name="audit.finding.v1", owner="audit", readers=("intake",))
    heard = replace(application, readers=(*application.readers, "audit"))
    before, more = ours(), topics() | {application.name: heard, said.name: said}
    monkeypatch.setattr(catalogue, "topics", lambda: more)
    monkeypatch.setattr(rules, "topics", lambda: more)
    monkeypatch.setattr(rules, "every_topic", catalogue.every_topic.__wrapped__)
    assert not [rule for rule in ours() if rule.user == "audit"], "without its code it is nobody"
    monkeypatch.setattr(rules, "known", lambda folder: [*known(folder), "audit"])
    assert "audit" in services()
    assert {rule for rule in ours() - before if rule.user in ("audit", "intake")} == {
        Rule("User:audit", "read", "topic", "intake.application.v1"),
        Rule("User:audit", "write", "topic", "intake.application.v1.audit.parked"),
        Rule("User:audit", "write", "topic", "audit.finding.v1"),
        Rule("User:audit", "read", "group", "audit"),
        Rule("User:intake", "read", "topic", "audit.finding.v1"),
        Rule("User:intake", "write", "topic", "audit.finding.v1.intake.parked"),
    }


@pytest.mark.parametrize(
    "name", [t.name for t in every_topic().values() if t.classification == "restricted" or t.name.endswith(".parked")]
)
def test_no_agency_reads_what_is_restricted_or_set_aside(name: str) -> None:
    with pytest.raises(PlatformError):
        of_agency("agency-bpjs", ["intake.application.v1", name])


def test_kafkas_own_administration_client_is_used_here_alone() -> None:
    users = {
        file.relative_to(ROOT).parts[:2]
        for folder in ("shared", "services", "tools", "examples", "tests", "bench")
        for file in (ROOT / folder).rglob("*.py")
        if any(line.startswith(("import kafka", "from kafka")) for line in map(str.strip, file.open()))
    }
    assert users == {("tools", "access"), ("tests", "kafka_access")}
