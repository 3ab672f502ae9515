"""Writes a new service from the templates, and names it as a reader of what it hears."""

import keyword
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from string import Template
from typing import Literal, NamedTuple

from shared.events.catalogue import topics
from shared.events.streams import streams

Place = Literal["services", "examples"]
LONGEST = 40  # it is part of names of topics and databases
TAKEN = ("core", "kafka", "postgres")
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
FILES = {
    "__init__.py.txt": "__init__.py",
    "__main__.py.txt": "__main__.py",
    "access.py.txt": "access.py",
    "app.py.txt": "app.py",
    "settings.py.txt": "settings.py",
    "handlers.py.txt": "handlers.py",
    "store.py.txt": "store.py",
    "api.py.txt": "api.py",
    "migration.sql.txt": "migrations/0100_noted.sql",
    "README.md.txt": "README.md",
}
TESTS = {"services": "tests/service", "examples": "tests/examples"}


class NewServiceError(ValueError):
    """The service cannot be written; the text says why and what to do. Nothing was changed."""


class Heard(NamedTuple):
    """An event type that the service hears."""

    topic: str
    event: str
    module: str


def heard(given: str, *, restricted: bool = False) -> Heard:
    """TOPIC:EventType as a developer writes it; of a restricted topic only when `restricted` says that this is allowed.

    Raises:
        NewServiceError: it is not of that form, or there is no such topic or type, or the topic is restricted.
    """
    topic, _, event = given.partition(":")
    declared = topics().get(topic)
    if declared is None:
        raise NewServiceError(f"'{given}' is not TOPIC:EventType; topics are {', '.join(_public())}.")
    if declared.classification != "public" and not restricted:
        raise NewServiceError(
            f"{topic} holds personal data. The data-protection officer of the office decides who reads it, not we: "
            "once that is decided and written down, say --restricted."
        )
    types = streams()[topic].types
    if event not in types:
        raise NewServiceError(f"'{event}' is not said on {topic}; there are {', '.join(sorted(types))}.")
    return Heard(topic, event, types[event].__module__)


def write(root: Path, name: str, hears: Sequence[Heard], place: Place) -> list[Path]:
    """Write the service below `root` and name it in topics.yaml.

    Returns:
        The files that were written or changed.

    Raises:
        NewServiceError: the name will not do, or something of that name is there.
    """
    folder, test = root / place / name, root / TESTS[place] / f"test_{name}.py"
    _must_be_free(root, name, (*(root / other / name for other in TESTS), test))
    if not hears:
        raise NewServiceError("Say what it hears: --hears TOPIC:EventType, as often as you like.")
    declared = root / "shared" / "events" / "topics.yaml"
    with_reader = name_reader(declared.read_text("utf-8"), {h.topic for h in hears}, name)
    words = _words(name, list(dict.fromkeys(hears)), place)
    targets = {template: folder / target for template, target in FILES.items()} | {"test.py.txt": test}
    for template, target in targets.items():
        _fill(template, target, words)
    declared.write_text(with_reader, "utf-8")
    return [*targets.values(), declared]


def name_reader(text: str, heard_topics: set[str], name: str) -> str:
    """topics.yaml with `name` among the readers of these topics; everything else stays as it was.

    Raises:
        NewServiceError: the readers of a topic are not written on one line, as in `readers: [notify]`.
    """
    for topic in sorted(heard_topics):
        row = re.compile(rf"^  {re.escape(topic)}:.*\n(?:    .*\n)*?    readers: \[([^]\n]*)", re.MULTILINE)
        found = row.search(text)
        if found is None:
            raise NewServiceError(f"Name {name} as a reader of {topic} in topics.yaml by hand: its row is unusual.")
        if name not in found[1].split(", "):
            text = f"{text[: found.end()]}{', ' if found[1] else ''}{name}{text[found.end() :]}"
    return text


def _public() -> list[str]:
    return [name for name, topic in topics().items() if topic.classification == "public"]


def _must_be_free(root: Path, name: str, paths: Sequence[Path]) -> None:
    if not NAME.fullmatch(name) or len(name) > LONGEST or keyword.iskeyword(name) or name in TAKEN:
        raise NewServiceError(
            f"'{name}' will not do as a name: small letters, digits and single underscores, as in rw_map, "
            f"{LONGEST} at most, and no word of Python's or of the platform's."
        )
    for path in paths:
        if path.exists():
            raise NewServiceError(f"{path.relative_to(root)} is there already; choose another name.")


def _words(name: str, hears: Sequence[Heard], place: Place) -> dict[str, str]:
    by_module: dict[str, list[str]] = defaultdict(list)
    for h in hears:
        by_module[h.module].append(h.event)
    handler = Template(_template("handler.txt"))
    return {
        "name": name,
        "package": f"{place}.{name}",
        "start": "make start" if place == "services" else f".venv/bin/antar start --with {name}",
        "event_imports": "\n".join(
            f"from {module} import {', '.join(sorted(events))}" for module, events in sorted(by_module.items())
        ),
        "handlers": "".join(handler.substitute(event=h.event, function=_snake(h.event)) for h in hears).rstrip("\n"),
        "heard_rows": "\n".join(f"| {h.event} (`{h.topic}`) | kept with its time |" for h in hears),
        "heard_types": "\n".join(f'    ("{h.topic}", "{h.event}"),' for h in hears),
    }


def _snake(event: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", event).lower()


def _template(name: str) -> str:
    return resources.files(__package__).joinpath("template", name).read_text("utf-8")


def _fill(template: str, target: Path, words: Mapping[str, str]) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(Template(_template(template)).substitute(words), "utf-8")
    return target
