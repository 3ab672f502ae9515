"""`antar parked`: what the services have set aside, and what can be done about it."""

from typing import Annotated

import typer

from tools.deployment import Data, Databases, Kafka
from tools.failing import fail
from tools.parked import looking
from tools.parked.acting import Manner, drop_chosen, retry_chosen
from tools.parked.retrying import Signature
from tools.parked.scene import scene, user

parked = typer.Typer(no_args_is_help=True, help="What the services have set aside: see it, retry it, drop it.")

Service = Annotated[list[str] | None, typer.Option("--service", help="Only this service; may be repeated.")]
Topic = Annotated[str | None, typer.Option(help="Only this topic.")]
Key = Annotated[str | None, typer.Option(help="Only this key, mostly an application's id.")]
Code = Annotated[str | None, typer.Option(help="Only this code, or what stands before its colon.")]
Since = Annotated[str | None, typer.Option(help="Set aside since then: 2h, 30m, or an ISO time.")]
Until = Annotated[str | None, typer.Option(help="Set aside until then.")]
At = Annotated[str | None, typer.Argument(metavar="TOPIC/PARTITION/OFFSET", help="One record by its place.")]
Json = Annotated[bool, typer.Option("--json", help="For a program.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
All = Annotated[bool, typer.Option("--all", help="Everything, without any filter.")]
Who = Annotated[str | None, typer.Option(envvar="ANTAR_WHO", help="Who does it; the user of this system by default.")]


@parked.command("list")
def list_(
    data: Data = None,
    database: Databases = None,
    kafka: Kafka = None,
    service: Service = None,
    topic: Topic = None,
    key: Key = None,
    code: Code = None,
    since: Since = None,
    until: Until = None,
    each: Annotated[bool, typer.Option("--each", help="Single records instead of causes.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many single records at most.")] = 50,
    as_json: Json = False,
) -> None:
    """Show what is set aside, grouped by its cause."""
    at = scene(data, database, kafka, service, topic=topic, key=key, code=code, since=since, until=until)
    if each:
        looking.show_each(at, limit, json=as_json)
    else:
        looking.show_causes(at, json=as_json)


@parked.command()
def show(
    place: At = None,
    data: Data = None,
    database: Databases = None,
    kafka: Kafka = None,
    service: Service = None,
    topic: Topic = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Show one record by its place, or what is set aside of a key: why, what to do, and what waits behind it."""
    if place is None and key is None:
        fail("Name a record: TOPIC/PARTITION/OFFSET, or --key.", 2)
    looking.show_whole(scene(data, database, kafka, service, place, topic=topic, key=key), json=as_json)


@parked.command()
def retry(
    place: At = None,
    data: Data = None,
    database: Databases = None,
    kafka: Kafka = None,
    service: Service = None,
    topic: Topic = None,
    key: Key = None,
    code: Code = None,
    since: Since = None,
    until: Until = None,
    all_: All = False,
    rate: Annotated[int | None, typer.Option(min=1, help="So many a second, so that others get on too.")] = None,
    who: Who = None,
    reason: Annotated[str, typer.Option(help="Why, for the history.")] = "",
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="See for 30 s what becomes of them.")] = True,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Have the services try records once more."""
    at = scene(data, database, kafka, service, place, topic=topic, key=key, code=code, since=since, until=until)
    if not at.narrows and not all_:
        fail("Choose what to retry by a filter, or say --all.", 2)
    retry_chosen(at, Signature(who or user(), reason), Manner(dry_run, as_json), rate=rate, wait=30 if wait else 0)


@parked.command()
def drop(
    reason: Annotated[str, typer.Option(help="Why, for the history.")],
    place: At = None,
    data: Data = None,
    database: Databases = None,
    kafka: Kafka = None,
    service: Service = None,
    topic: Topic = None,
    key: Key = None,
    code: Code = None,
    since: Since = None,
    until: Until = None,
    all_: All = False,
    who: Who = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Drop records for good: they never take effect, and what queued behind them goes on."""
    at = scene(data, database, kafka, service, place, topic=topic, key=key, code=code, since=since, until=until)
    if not at.narrows and not all_:
        fail("Choose what to drop by a filter, or say --all.", 2)
    if not reason.strip():
        fail("Say why with --reason.", 2)
    if as_json and not (yes or dry_run):
        fail("--json cannot ask: add --yes or --dry-run.", 2)
    drop_chosen(at, Signature(who or user(), reason), Manner(dry_run, as_json), sure=yes)


@parked.command()
def history(
    data: Data = None,
    database: Databases = None,
    kafka: Kafka = None,
    service: Service = None,
    topic: Topic = None,
    key: Key = None,
    code: Code = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    as_json: Json = False,
) -> None:
    """Show who retried or dropped what, and why; the latest first."""
    at = scene(data, database, kafka, service, topic=topic, key=key, code=code, since=since, until=until)
    looking.show_history(at, limit, json=as_json)
