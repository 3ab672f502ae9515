"""What other agencies rely on: names, shapes, topics, and that no public event says who a person is."""

import copy

import pytest

from shared.events.catalogue import topics
from tests.contracts import schemas
from tests.harness import STREAMS, TYPES

PERSONAL = {"nik", "nik_masked", "full_name", "phone", "email", "address", "landmark", "rt", "tracking_code", "kk"}


def test_no_event_breaks_what_was_released() -> None:
    now = schemas.present()
    broken = {
        name: schemas.breaks(old, now[name]) if name in now else ["the event is gone"]
        for name, old in schemas.released().items()
    }
    assert {name: why for name, why in broken.items() if why} == {}


def test_every_event_of_today_is_released() -> None:
    assert schemas.present().keys() == schemas.released().keys(), "run: python -m tests.contracts.schemas"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda s: s["properties"].pop("attempt"), "field attempt is gone"),
        (lambda s: s["properties"]["attempt"].update(type="string"), "field attempt changed its shape"),
        (lambda s: s["required"].append("weather"), "field weather became required"),
        (lambda s: s["$defs"]["AttemptOutcome"]["enum"].remove("REFUSED"), "code REFUSED of AttemptOutcome is gone"),
    ],
)
def test_a_breaking_change_is_noticed(change, why: str) -> None:  # type: ignore[no-untyped-def]
    old = schemas.present()["dispatch.delivery.v1:DeliveryAttempted"]
    new = copy.deepcopy(old)
    change(new)
    assert why in schemas.breaks(old, new)


def test_a_new_optional_field_breaks_nobody() -> None:
    old = schemas.present()["dispatch.delivery.v1:DeliveryAttempted"]
    new = copy.deepcopy(old)
    new["properties"]["note"] = {"type": "string"}
    assert schemas.breaks(old, new) == []


def test_no_public_event_has_a_field_for_personal_data() -> None:
    public = {name for name, topic in topics().items() if topic.classification == "public"}
    named = {
        f"{topic}:{name}": PERSONAL & set(type_.model_fields)
        for (topic, name), type_ in TYPES.items()
        if topic in public
    }
    assert {name: fields for name, fields in named.items() if fields} == {}


def test_personal_data_has_one_topic_and_it_is_restricted_and_erasable() -> None:
    recipient = topics()["intake.recipient.v1"]
    assert (recipient.classification, recipient.kind, recipient.cleanup) == ("restricted", "state", "compact")
    assert set(recipient.readers) == {"dispatch", "notify"}


def test_every_topic_has_a_stream_and_every_stream_a_topic() -> None:
    assert {s.topic for s in STREAMS} == set(topics())


def test_every_event_holds_the_key_of_its_topic() -> None:
    for (topic, name), type_ in TYPES.items():
        assert topics()[topic].key in type_.model_fields, name
