"""The databases of the embedded platform are real PostgreSQL, one server on the loopback, one owner per service."""

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from shared.rights import RUNNING
from tools.embedded.account import let_enter, spawn_options, unprivileged
from tools.embedded.child import Child, end_orphans
from tools.embedded.ports import HOST, free_port
from tools.embedded.signs import full_disk
from tools.embedded.wheels import postgres_program
from tools.errors import PlatformError

ADMIN = "postgres"

SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    # A refused row's values and a failed statement's text are personal data: they stay out of the log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_timezone": "UTC",
    "timezone": "UTC",
}

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


class EmbeddedPostgres:
    """PostgreSQL as a child process with its data below `data`; a second start finds the data again."""

    def __init__(
        self,
        data: Path,
        port: int | None = None,
        *,
        log: Path | None = None,
        pid_file: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """`settings` are server settings added to ours, such as fsync=off in a test."""
        self._data = data.resolve()
        self._cluster = self._data / "cluster"
        self._port = port or free_port()
        self._settings = SETTINGS | dict(settings or {})
        self._account = unprivileged()
        self._passwords = self._data / "passwords.json"
        self._environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}
        self._pid_file = pid_file or self._data / "postgres.pid"
        self._child = Child(
            name="PostgreSQL",
            command=(),
            log=(log or self._data / "postgres.log").resolve(),
            environment=self._environment,
            account=self._account,
            stop_signal=signal.SIGINT,  # its "fast" shutdown: clients are sent away, everything is written
            pid_file=self._pid_file,
        )

    @property
    def port(self) -> int:
        """The port it listens on, on 127.0.0.1 alone."""
        return self._port

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self._child.pid

    @property
    def child(self) -> Child:
        """The process, for whoever supervises it."""
        return self._child

    def dsn(self, database: str = ADMIN, user: str | None = None) -> str:
        """The address of `database` with the password of `user` in it (who is the database's own name by default)."""
        user = user or database
        passwords = self._read_passwords()
        if user not in passwords:
            raise PlatformError(f"There is no database user '{user}' in {self._data}.")
        return f"postgresql://{user}:{passwords[user]}@{HOST}:{self._port}/{database}"

    def knows(self, user: str) -> bool:
        """Whether this owner of a database has been made here."""
        return user in self._read_passwords()

    def start(self, timeout: float = 60) -> None:
        """Starts the server and waits until it takes connections; makes its data folder first if there is none."""
        self.launch()
        self._child.wait_ready(self.ready, timeout)

    def launch(self) -> None:
        """Starts the server without waiting for it."""
        self._data.mkdir(parents=True, exist_ok=True)
        end_orphans([self._pid_file])
        if self._account is not None:
            let_enter(self._cluster, self._account)
            let_enter(postgres_program("postgres"), self._account)
        if not (self._cluster / "PG_VERSION").exists():
            self._initialise()
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        self._child.command = [postgres_program("postgres"), "-D", self._cluster, "-p", str(self._port), *options]
        self._child.start()

    def ready(self) -> bool:
        """Whether this start of the server says that it takes connections."""
        with suppress(OSError):
            lines = (self._cluster / "postmaster.pid").read_text().splitlines()
            return len(lines) > 7 and lines[0] == str(self.pid) and lines[7].strip() == "ready"
        return False

    def stop(self, timeout: float = 10) -> None:
        """Stops the server cleanly; kills it if it has not stopped in `timeout` seconds."""
        self._child.stop(timeout)

    def kill(self) -> None:
        """Ends the server at once, as a power cut would."""
        self._child.kill()

    def create(self, databases: Mapping[str, str] | Iterable[str]) -> None:
        """Makes each database with its owner (of the same name when only names are given) and the role as which its
        service runs; what exists stays.

        Nobody but these two may connect to a database: a service cannot read another's. What the second may do in it
        is given by each migration.
        """
        owners = dict(databases) if isinstance(databases, Mapping) else {name: name for name in databases}
        there = set(
            self.query("SELECT 'database ' || datname FROM pg_database UNION SELECT 'role ' || rolname FROM pg_roles")
        )
        for database, owner in owners.items():
            for role in (owner, f"{owner}{RUNNING}"):
                if f"role {_checked(role)}" not in there:
                    self.query(f"CREATE ROLE {role} LOGIN PASSWORD '{self._password(role)}'")
                    there.add(f"role {role}")
            if f"database {_checked(database)}" not in there:
                self.create_database(database, owner)
            self.query(f"GRANT CONNECT ON DATABASE {database} TO {owner}{RUNNING}")

    def create_database(self, database: str, owner: str = ADMIN, template: str | None = None) -> None:
        """Makes one database, as a copy of `template` when given (nobody may be connected to that one)."""
        # A template is small: its files are copied sooner than each of its pages is logged.
        copy = f" TEMPLATE {_checked(template)} STRATEGY FILE_COPY" if template else ""
        self.query(
            f"CREATE DATABASE {_checked(database)} OWNER {_checked(owner)}{copy};\n"
            f"REVOKE ALL ON DATABASE {database} FROM PUBLIC;"
        )

    def drop_database(self, database: str) -> None:
        """Drops a database and whoever is connected to it; does nothing when there is none."""
        self.query(f"DROP DATABASE IF EXISTS {_checked(database)} WITH (FORCE)")

    def query(self, sql: str, database: str = ADMIN) -> list[str]:
        """Runs statements as the administrator and returns the lines of the result."""
        environment = self._environment | {"PGPASSWORD": self._read_passwords()[ADMIN], "PGCONNECT_TIMEOUT": "10"}
        where = ["-h", HOST, "-p", str(self._port), "-U", ADMIN, "-d", database]
        done = subprocess.run(
            [postgres_program("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", *where],
            input=sql, env=environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise PlatformError(f"PostgreSQL refused a statement of the platform: {done.stderr.strip()}")
        return done.stdout.splitlines()

    def _initialise(self) -> None:
        if self._cluster.exists():
            shutil.rmtree(self._cluster)  # half of one, from a start that was cut off: nobody has used it yet
        self._cluster.mkdir(mode=0o700)
        password = self._data / "initial-password"
        password.touch(mode=0o600)
        password.write_text(self._password(ADMIN))
        if self._account is not None:
            os.chown(self._cluster, *self._account)
            os.chown(password, *self._account)
        done = self._initdb(password)
        password.unlink()
        if done.returncode != 0:
            if full_disk(done.stderr):
                raise PlatformError(f"The disk is full: free some space for {self._data} and start again.")
            raise PlatformError(f"PostgreSQL could not make its data folder {self._cluster}: {done.stderr.strip()}")

    def _initdb(self, password: Path) -> subprocess.CompletedProcess[str]:
        who = ["-U", ADMIN, "-A", "scram-sha-256", f"--pwfile={password}"]
        text = ["-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        sync = ["--no-sync"] if self._settings.get("fsync") == "off" else []
        return subprocess.run(
            [postgres_program("initdb"), "-D", self._cluster, *who, *text, *sync],
            env=self._environment,
            cwd="/",
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            **spawn_options(self._account),
        )

    def _read_passwords(self) -> dict[str, str]:
        if not self._passwords.exists():
            return {}
        return {str(user): str(word) for user, word in json.loads(self._passwords.read_text()).items()}

    def _password(self, user: str) -> str:
        passwords = self._read_passwords()
        if user not in passwords:
            passwords[user] = secrets.token_hex(16)
            new = self._passwords.with_suffix(".new")
            new.touch(mode=0o600)
            new.write_text(json.dumps(passwords, indent=1))
            new.replace(self._passwords)
        return passwords[user]


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise PlatformError(f"'{name}' is not a name for a database or its owner: small letters, digits and _ only.")
    return name
