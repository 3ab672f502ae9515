"""Migrations that come before a new version let the one before it work on, as far as a program can see it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BEFORE = [*ROOT.glob("shared/schema/*.sql"), *ROOT.glob("*/*/migrations/*.sql")]
AFTER = [*ROOT.glob("shared/schema/after/*.sql"), *ROOT.glob("*/*/migrations/after/*.sql")]
# Made before the first release, when there was no former version to care for.
EARLY = {
    "0004_parked_event.sql",
    "0103_households.sql",
    "0110_cases.sql",
    "0112_central_words.sql",
    "0113_suket_clock.sql",
    "0120_files_in_the_background.sql",
    "0121_rights_of_the_person.sql",
}
TAKEN_AWAY = ("ban-drop-column", "ban-drop-constraint", "ban-drop-table", "adding-not-nullable-field")
"""What migrations that come after are for."""


def faults(files: list[Path], *options: str) -> str:
    """What the linter says; empty when nothing."""
    if not files:
        return ""
    command = [
        Path(sys.executable).with_name("squawk"),
        "--config",
        ROOT / ".squawk.toml",
        "--reporter",
        "gcc",
        *options,
    ]
    done = subprocess.run([*command, *files], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""


def test_what_comes_before_lets_the_former_version_work_on() -> None:
    assert faults([file for file in BEFORE if file.name not in EARLY]) == ""


def migration(folder: Path, sql: str) -> Path:
    """A file that does this."""
    file = folder / "0999_visit.sql"
    file.write_text(f"-- migrate:up\n\n{sql}\n\n-- migrate:down\n-- Forward only.\n")
    return file


def test_what_comes_after_may_take_away_and_still_holds_nobody_up() -> None:
    assert faults(AFTER, "--exclude", ",".join(TAKEN_AWAY)) == ""


@pytest.mark.parametrize(
    "sql",
    [
        "alter table visit drop column floor;",
        "alter table visit rename column floor to level;",
        "alter table visit rename to call;",
        "drop table visit;",
        "alter table visit add column room int not null;",
        "alter table visit alter column room set not null;",
        "alter table visit alter column room type bigint;",
        "alter table visit add constraint some_room check (room > 0);",
        "create index visit_room on visit (room);",
    ],
)
def test_what_would_stop_the_former_version_is_found(tmp_path: Path, sql: str) -> None:
    assert faults([migration(tmp_path, sql)]) != ""


@pytest.mark.parametrize(
    "sql",
    [
        "create table visit (id bigint primary key);\ncreate index visit_id on visit (id);",
        "alter table visit add column room int;",
        "alter table visit add column room int not null default 0;",
        "alter table visit add constraint some_room check (room > 0) not valid;",
        "create index concurrently visit_room on visit (room);",
    ],
)
def test_what_only_adds_is_let_pass(tmp_path: Path, sql: str) -> None:
    assert faults([migration(tmp_path, sql)]) == ""


@pytest.mark.parametrize("folder", sorted({file.parent for file in BEFORE}))
def test_a_folder_numbers_both_kinds_in_one_sequence_and_each_goes_forward_only(folder: Path) -> None:
    files = [*folder.glob("*.sql"), *folder.glob("after/*.sql")]
    numbers = [re.match(r"\d{4}(?=_[a-z0-9_]+\.sql$)", file.name) for file in files]
    assert all(numbers), [file.name for file in files]
    assert len({number[0] for number in numbers if number}) == len(files)
    for file in files:
        assert re.search(r"\A-- migrate:up", file.read_text()), file.name
        assert "\n" not in re.sub(r"(?m)^--.*\n?", "", file.read_text().partition("-- migrate:down")[2]).strip()
