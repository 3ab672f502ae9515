"""`antar access apply`: what is missing comes, what is too much goes, what is none of ours stays and is named."""

from collections.abc import Iterator

import pytest

from tests.kafka_access.conftest import Installation
from tools.access.addresses import lets_in
from tools.access.broker import ITERATIONS, Broker, broker
from tools.access.rules import OPERATOR, Rule, ours, services

NOTHING = "Everybody may do what topics.yaml says, and nothing else.\n"
MAY_READ = Rule("User:dispatch", "read", "topic", "intake.recipient.v1")


@pytest.fixture
def administrator(installation: Installation) -> Iterator[Broker]:
    with broker(installation.broker.administrator) as at:
        yield at


def test_a_second_time_there_is_nothing_to_do(installation: Installation) -> None:
    assert installation.does("access", "apply") == NOTHING


def test_a_rule_that_somebody_took_by_hand_is_put_back(installation: Installation, administrator: Broker) -> None:
    administrator.change([], [MAY_READ])
    assert installation.does("access", "apply") == "+ dispatch may read topic intake.recipient.v1\n"
    assert MAY_READ in administrator.rules()


@pytest.mark.parametrize(
    ("too_many", "line"),
    [
        (Rule("User:printing", "read", "topic", "intake.recipient.v1"), "printing may read topic intake.recipient.v1"),
        (Rule("User:notify", "all", "topic", "", "prefixed"), None),
        (Rule("User:intake", "write", "topic", "dispatch.", "prefixed"), "intake may write topic dispatch.…"),
        (MAY_READ._replace(permission="deny"), "dispatch may not read topic intake.recipient.v1"),
        (MAY_READ._replace(host="10.0.0.7"), "dispatch may read topic intake.recipient.v1 from 10.0.0.7"),
        (Rule("User:operator", "alter", "cluster", "kafka-cluster"), "operator may alter cluster kafka-cluster"),
    ],
)
def test_a_rule_too_many_of_ours_is_taken_away(
    too_many: Rule, line: str | None, installation: Installation, administrator: Broker
) -> None:
    if line is None:
        too_many, line = too_many._replace(name="*", pattern="literal"), "notify may all topic *"
    administrator.change([too_many], [])
    assert installation.does("access", "apply") == f"- {line}\n"
    assert administrator.rules() >= ours()
    assert too_many not in administrator.rules()


def test_to_add_only_gives_what_is_missing_and_takes_nothing(installation: Installation, administrator: Broker) -> None:
    of_another_version = Rule("User:printing", "read", "topic", "intake.recipient.v1")
    administrator.change([of_another_version], [MAY_READ])
    assert installation.does("access", "apply", "--add-only") == f"+ {MAY_READ}\n"
    assert {MAY_READ, of_another_version} <= administrator.rules()
    assert installation.does("access", "apply") == f"- {of_another_version}\n"
    assert of_another_version not in administrator.rules()


def test_a_dry_run_says_the_same_and_changes_nothing(installation: Installation, administrator: Broker) -> None:
    administrator.change([], [MAY_READ])
    before = administrator.rules()
    assert installation.does("access", "apply", "--dry-run") == f"+ {MAY_READ}\n"
    assert administrator.rules() == before


def test_who_is_none_of_ours_keeps_what_he_has_and_is_named(installation: Installation, administrator: Broker) -> None:
    theirs = [
        Rule("User:old-service", "read", "topic", name) for name in ("intake.application.v1", "notify.message.v1")
    ]
    administrator.change(theirs, [])
    administrator.set_password("nobodys", "a-word")
    said = installation.does("access", "apply").splitlines()
    assert said[:2] == [
        "! 2 rules of User:old-service, who is none of ours, stay",
        "! nobodys has a password and is none of ours; it stays",
    ]
    assert administrator.rules() >= set(theirs)
    administrator.change([], theirs)
    administrator.forget("nobodys")


def test_an_example_loses_its_rights_and_its_password_is_named(
    installation: Installation, administrator: Broker
) -> None:
    right = Rule("User:statistics", "read", "topic", "intake.application.v1")
    administrator.change([right], [])
    administrator.set_password("statistics", "a-word")
    assert installation.does("access", "apply").splitlines() == [
        f"- {right}",
        "! statistics has a password and is none of ours; it stays",
    ]
    assert right not in administrator.rules()
    administrator.forget("statistics")


def test_an_agencys_rules_stay_and_one_that_no_agency_may_have_is_named(
    installation: Installation, administrator: Broker
) -> None:
    fine = Rule("User:agency-kpu", "read", "topic", "intake.application.v1")
    bad = [
        Rule("User:agency-kpu", "read", "topic", "intake.recipient.v1"),
        Rule("User:agency-kpu", "write", "topic", "intake.application.v1"),
        Rule("User:agency-kpu", "read", "topic", "intake", "prefixed"),
        Rule("User:agency-kpu", "read", "group", "agency-kpu-2.x"),
    ]
    administrator.change([fine, *bad], [])
    named = [line for line in installation.does("access", "apply").splitlines() if line.startswith("!")]
    assert named == [f"! {rule}: no agency may. `antar agency topics` mends it" for rule in sorted(bad)]
    assert administrator.rules() >= {fine, *bad}
    administrator.change([], [fine, *bad])


def test_everybody_of_ours_signs_in_with_the_password_of_his_own_address(
    installation: Installation, administrator: Broker
) -> None:
    assert all(lets_in(installation.address(user)) for user in (*services(), OPERATOR))
    assert {administrator.users()[user] for user in (*services(), OPERATOR)} == {ITERATIONS}


def test_a_password_that_was_changed_in_its_file_is_set_and_the_old_one_is_refused(installation: Installation) -> None:
    old = installation.address("printing")
    installation.set_address("printing", "quite another")
    assert not lets_in(installation.address("printing"))
    assert installation.does("access", "apply") == "+ printing signs in with the password of its address\n"
    assert lets_in(installation.address("printing"))
    assert not lets_in(old)


def test_a_service_without_an_address_gets_its_rules_and_keeps_its_password(
    installation: Installation, administrator: Broker
) -> None:
    known = installation.address("notify")
    (installation.secrets / "notify_kafka").unlink()
    assert installation.does("access", "apply") == NOTHING
    assert lets_in(known)


def test_an_address_of_another_user_is_refused(installation: Installation) -> None:
    (installation.secrets / "intake_kafka").write_text(installation.address("notify"))
    refused = installation.antar("access", "apply")
    assert refused.exit_code == 1
    assert "must be an address of the user intake" in refused.output


def test_no_password_is_ever_shown(installation: Installation) -> None:
    installation.set_address("notify", "geheim-notify")
    for words in (["access", "apply", "--dry-run"], ["access", "apply"], ["access", "rules"]):
        assert "geheim" not in installation.antar(*words).output
    (installation.secrets / "notify_kafka").write_text("kafkas://notify:geheim-notify@localhost:x")
    refused = installation.antar("access", "apply")
    assert (refused.exit_code, "geheim" in refused.output) == (1, False)


def test_who_is_not_the_administrator_is_told_so(installation: Installation) -> None:
    at = installation.broker
    for address in (at.by_certificate(at.issued("someone"), "someone"), installation.address("intake")):
        refused = installation.antar("access", "apply", "--kafka", address)
        assert refused.exit_code == 1
        assert "not as its administrator" in refused.output
        assert "the-word-of-intake" not in refused.output


def test_a_broker_that_is_away_is_named_as_such(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.access.broker.PATIENCE", 0.5)
    nowhere = installation.broker.administrator.replace(str(installation.broker.ports.admin), "1")
    refused = installation.antar("access", "apply", "--kafka", nowhere)
    assert refused.exit_code == 1
    assert "does not answer or does not let us in" in refused.output


def test_without_a_broker_the_command_says_how_to_name_one(installation: Installation) -> None:
    refused = installation.antar("access", "apply", "--kafka", "", "--secrets", installation.secrets / "none")
    assert refused.exit_code == 1
    assert "No broker is named: give --kafka, ANTAR_KAFKA or the file" in refused.output
