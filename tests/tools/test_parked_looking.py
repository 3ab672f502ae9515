"""What the person on call sees of the parking tables."""

from dataclasses import replace

from uuid_utils.compat import uuid7

from tests.shared.conftest import Reader, assigned, completed, recipient
from tests.shared.test_poll import refusing
from tests.tools.conftest import Command, antar, said

NIK = "3275990101010001"
TOPIC = "dispatch.delivery.v1"


async def test_what_is_set_aside_is_grouped_by_its_cause_with_the_waiting_last(reader: Reader, parked: Command) -> None:
    one, two = uuid7(), uuid7()
    reader.before_effect = refusing(one, two, error=KeyError)
    for key in (one, two):
        await reader.applier.apply([reader.log.record(assigned(key)), reader.log.record(completed(key))])
    groups = said(await parked("list", "--json"))["groups"]
    assert [(g["service"], g["topic"], g["code"], g["type"], g["records"]) for g in groups] == [
        ("notify", TOPIC, "handler-failed:KeyError", "DeliveryAssigned", 2),
        ("notify", TOPIC, "gap", "DeliveryCompleted", 2),
    ]
    told = (await parked("list")).stdout
    assert "2 refused, 2 waiting behind them" in told
    assert max(map(len, told.splitlines())) <= 80


async def test_filters_choose_by_topic_key_cause_and_time(reader: Reader, parked: Command) -> None:
    key = uuid7()
    reader.before_effect = refusing(key, error=KeyError)
    await reader.applier.apply([reader.log.record(assigned(key)), reader.log.record(completed(key))])
    await reader.pool.execute("update parked set parked_at = now() - interval '3 h' where version = 1")

    async def chosen(*words: object) -> list[int]:
        return [r["version"] for r in said(await parked("list", "--each", "--json", *words))["records"]]

    assert await chosen("--topic", TOPIC, "--key", key) == [1, 2]
    assert await chosen("--key", uuid7()) == []
    assert await chosen("--code", "handler-failed") == await chosen("--until", "2h") == [1]
    assert await chosen("--code", "gap") == await chosen("--since", "2h") == [2]


async def test_one_record_is_shown_whole_with_its_turn_what_waits_behind_it_and_what_to_do(
    reader: Reader, parked: Command
) -> None:
    key = uuid7()
    await reader.applier.apply([reader.log.record(assigned(key))])
    reader.before_effect = refusing(key, error=KeyError)
    await reader.applier.apply([reader.log.record(assigned(key)), reader.log.record(completed(key))])
    (record,) = said(await parked("show", "--key", key, "--json"))["records"]
    assert (record["version"], record["applied"], record["behind"][0]["version"]) == (2, 1, 3)
    assert record["value"]["courier_badge"] == "TKK-0001"
    told = (await parked("show", record["place"])).stdout
    assert "it is next" in told
    assert "The code of notify broke on it with KeyError" in told


async def test_nothing_personal_is_shown_of_a_record_whatever_is_broken_in_it(reader: Reader, parked: Command) -> None:
    key = uuid7()
    state = replace(reader.log.record(recipient(key, "SITI CONTOH")), value=b'{"full_name": "SITI CONTOH"}')
    public = reader.log.record(assigned(uuid7()))
    public = replace(public, value=b"{" + NIK.encode(), headers=[*public.headers, ("x\x1b[2J\0", b"0812-3456-7890")])
    stranger = replace(public, key=f"NIK {NIK}".encode(), offset=99, headers=[("ce_type", NIK.encode())])
    await reader.applier.apply([state, public, stranger])
    told = ""
    for words in (["list"], ["list", "--each"], ["show", "--topic", TOPIC, "--key", public.key.decode()]):
        for form in ([], ["--json"]):
            result = await parked(*words, *form)
            assert result.exit_code == 0, result.output
            told += result.output
    told += (await parked("show", "--key", key)).output
    told += (await parked("show", f"{TOPIC}/{stranger.partition}/99")).output
    assert "bad-data" in told
    assert "missing-header" in told
    for personal in ("SITI", NIK, "3456", "\x1b"):
        assert personal not in told


async def test_a_database_that_does_not_answer_hides_no_other_and_is_named(reader: Reader) -> None:
    await reader.applier.apply([reader.log.record(completed(uuid7()), 2)])
    away = "printing=postgresql://printing:secret@127.0.0.1:1/printing"
    told = await antar("parked", "list", "--database", f"notify={reader.dsn}", "--database", away)
    assert told.exit_code == 1
    assert "gap" in told.stdout
    assert "The database of printing does not answer" in told.stderr
    assert "secret" not in told.output


async def test_what_makes_no_sense_is_refused_in_a_sentence(parked: Command) -> None:
    for words, sentence in (
        (["show", "nowhere"], "is no place"),
        (["show"], "Name a record"),
        (["list", "--since", "yesterday"], "is no time"),
        (["list", "--service", "dispach"], "There is no service 'dispach'"),
        (["retry"], "--all"),
        (["drop", "--reason", "x"], "--all"),
    ):
        told = await parked(*words)
        assert told.exit_code != 0
        assert sentence in told.stderr
