"""Apache Kafka comes jar by jar from the Maven repository, each checked against a committed SHA-256."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from tools.embedded.signs import full_disk
from tools.errors import PlatformError

LOCK = Path(__file__).with_name("kafka.lock.txt")
COORDINATES = ("org.apache.kafka:kafka_2.13:4.3.1", "org.slf4j:slf4j-simple:2.0.17")

Progress = Callable[[int, int], None]
"""Called with (jars done, jars in all) each time one more is there."""


@dataclass(frozen=True)
class Jar:
    """One line of the lock."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def filename(self) -> str:
        return f"{self.artifact}-{self.version}.jar"


def locked() -> list[Jar]:
    """All jars of the lock."""
    lines = [line for line in LOCK.read_text().splitlines() if line and not line.startswith("#")]
    return [Jar(*line.replace(" ", ":").split(":")) for line in lines]


def cache_folder() -> Path:
    """Where the jars are kept, one folder per lock, shared by all data folders of this user."""
    name = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
    return Path(user_cache_path("antar")) / f"kafka-{name}"


def missing(folder: Path | None = None) -> list[Jar]:
    """The jars that still have to be fetched; a file gets its name only when it is whole."""
    folder = folder or cache_folder()
    return [jar for jar in locked() if not (folder / jar.filename).exists()]


def fetch(progress: Progress | None = None, folder: Path | None = None) -> list[Path]:
    """Fetches what is missing and returns the class path. Safe to interrupt and to run twice at a time."""
    folder = folder or cache_folder()
    wanted, total = missing(folder), len(locked())
    if wanted:
        with _plain_failure(folder):
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix="fetching-") as staging:
                _fetch_all(wanted, folder, Path(staging), lambda done: progress and progress(done, total))
    return [folder / jar.filename for jar in locked()]


def _fetch_all(wanted: Sequence[Jar], folder: Path, staging: Path, tell: Callable[[int], object]) -> None:
    done = len(locked()) - len(wanted)
    tell(done)
    with ThreadPoolExecutor(max_workers=6, thread_name_prefix="fetch") as pool:
        jobs = [pool.submit(_fetch_one, jar, folder, staging) for jar in wanted]
        try:
            for job in as_completed(jobs):
                job.result()
                done += 1
                tell(done)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _fetch_one(jar: Jar, folder: Path, staging: Path) -> None:
    from jgo.constants import default_maven_repo  # noqa: PLC0415 - half a second that only a first start pays
    from jgo.maven import MavenContext  # noqa: PLC0415

    local = [path for path in [Path(default_maven_repo())] if path.is_dir()]
    maven = MavenContext(repo_cache=staging, local_repos=local, timeout=60)
    path = Path(maven.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve())
    if hashlib.sha256(path.read_bytes()).hexdigest() != jar.sha256:
        raise PlatformError(
            f"The file {jar.filename} is not the one Antar was tested with (its SHA-256 differs); "
            "check the Maven mirror or the local Maven folder of this machine and start again."
        )
    whole = staging / jar.filename
    if path.is_relative_to(staging):
        path.rename(whole)
    else:
        shutil.copyfile(path, whole)
    whole.replace(folder / jar.filename)


@contextmanager
def _plain_failure(folder: Path) -> Iterator[None]:
    try:
        yield
    except PlatformError:
        raise
    except Exception as failure:
        if full_disk(str(failure)):
            raise PlatformError(f"The disk is full: free 100 MB for {folder} and start again.") from failure
        raise PlatformError(
            "Apache Kafka could not be downloaded from the Maven repository: check the network or the proxy of this "
            f"machine and start again; what was fetched is kept ({_first_line(failure)})."
        ) from failure


def _first_line(failure: Exception) -> str:
    return (str(failure).splitlines() or [type(failure).__name__])[0][:160]


def write_lock() -> None:
    """Resolves the coordinates anew and writes the lock: for whoever moves Antar to another Kafka version."""
    import jgo  # noqa: PLC0415

    lines = [f"# The jars of {' and '.join(COORDINATES)} with their SHA-256. Written by `python -m {__spec__.name}`."]
    for artifact in jgo.resolve("+".join(COORDINATES)):
        digest = hashlib.sha256(Path(artifact.resolve()).read_bytes()).hexdigest()
        lines.append(f"{artifact.groupId}:{artifact.artifactId}:{artifact.version} {digest}")
    LOCK.write_text("\n".join([lines[0], *sorted(lines[1:])]) + "\n")


if __name__ == "__main__":
    write_lock()
