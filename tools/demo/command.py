"""`antar demo`: the whole job on a sample, with a report on the screen and in a file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tools.demo.doors import DemoError
from tools.demo.report import show
from tools.demo.run import Demonstration, Options
from tools.demo.story import Story
from tools.embedded.command import one_stop_signal, sentence, tell_where_things_are
from tools.errors import PlatformError
from tools.failing import first_cause, say
from tools.sample.command import SMALLEST_RW


def demo(
    applications: Annotated[int, typer.Option(min=1, help="Rows of the sample, dirty ones included.")] = 3000,
    blanks: Annotated[int, typer.Option(min=0, help="Blank cards of the first lot.")] = 1000,
    second_lot: Annotated[int, typer.Option(min=0, help="Blank cards of the second lot.")] = 1500,
    rw: Annotated[int, typer.Option(min=SMALLEST_RW, help="Neighbourhoods over the 56 kelurahan.")] = 1013,
    seed: Annotated[int, typer.Option(help="The same seed gives the same report.")] = 2017,
    spoil_rate: Annotated[float, typer.Option(min=0, max=1, help="Share of blanks that the printer spoils.")] = 0.004,
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything running afterwards, until Ctrl-C.")] = False,
    data: Annotated[Path | None, typer.Option(help="Folder to use, emptied first; .antar/demo by default.")] = None,
    report: Annotated[Path, typer.Option(help="Where the report goes, as JSON.")] = Path("demo-report.json"),
) -> None:
    """Run the whole job on a sample, compare what all services believe, and report."""
    options = Options(applications, rw, seed, blanks, second_lot, spoil_rate)
    raise typer.Exit(run(options, data, report, keep=keep))


def run(options: Options, data: Path | None, report: Path, *, keep: bool) -> int:
    """The exit code: 0 when every comparison holds, 1 when one does not or something failed, 130 after Ctrl-C."""
    story = Story(Console(highlight=False, soft_wrap=True))
    return told(lambda: play(Demonstration(options, data, story), report, story, keep=keep), story)


def told(work: Callable[[], int], story: Story) -> int:
    """The exit code of `work`; what stops it is told in a sentence."""
    try:
        with one_stop_signal():
            return work()
    except KeyboardInterrupt:
        story.say("Stopped")
        return 130
    except (DemoError, PlatformError, OSError, BaseExceptionGroup) as failure:
        cause = first_cause(failure)
        if not isinstance(cause, DemoError | PlatformError | OSError):
            raise
        say(sentence(cause))
        return 1


def play(demonstration: Demonstration, report: Path, story: Story, *, keep: bool) -> int:
    """The exit code of a whole demonstration, its report written and shown; stops the platform whatever happens."""
    try:
        demonstration.start()
        result = demonstration.run()
        report.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        show(result, story.console)
        story.say(f"The report is in {report}. The pages above can be opened while it runs: --keep lets it.")
        if keep:
            _keep(demonstration, story)
    finally:
        demonstration.stop()
    return 0 if result["ok"] else 1


def _keep(demonstration: Demonstration, story: Story) -> None:
    launcher = demonstration.launcher
    tell_where_things_are(launcher, story.say)
    story.say("Everything keeps running; Ctrl-C stops it.")
    try:
        launcher.wait()
    except KeyboardInterrupt:
        story.say("Stopping")
