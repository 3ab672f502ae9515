"""A process that has come to a standstill ends, by a thread that needs nothing of it; one that is only in trouble does not."""

import json
import os
import signal
import subprocess
import sys
from typing import Any

BEGIN = """
import asyncio, os, sys, time
from shared import logging, pulse
pulse.LOOK_SECONDS = 0.05
logging.configure("dispatch", "INFO")
beats = pulse.Pulse()

async def beat():
    with beats.at_work("loop"):
        while True:
            await asyncio.sleep(0.02)
            beats.alive("loop")

async def main():
    beating = asyncio.create_task(beat())
    await asyncio.sleep(0)
    pulse.watch(beats, 0.5)
    await work()
    print("moved on", flush=True)

"""
RUN = "\nasyncio.run(main())\n"
BLOCKED = "async def work():\n    hold_up()\ndef hold_up():\n    time.sleep(60)\n"
WAITING = """
async def work():
    with beats.at_work("poll"):
        await handler()
async def handler():
    await asyncio.Event().wait()
"""
IN_TROUBLE = """
async def work():
    with beats.at_work("poll"):
        for attempt in range(30):
            await asyncio.sleep(0.05)
            beats.alive("poll")
    with beats.at_work("worker imports"):
        await asyncio.sleep(1)
"""
FROZEN = """
async def work():
    with beats.at_work("poll"):
        print("here", flush=True)
        for step in range(8):
            await asyncio.sleep(0.02)
"""


def ended(work: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", BEGIN + work + RUN], capture_output=True, text=True, timeout=30, check=False
    )


def last_words(said: str) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(said.splitlines()[-1])
    return line


def test_a_loop_that_is_blocked_ends_the_process_and_says_where_it_stood() -> None:
    done = ended(BLOCKED)
    assert done.returncode == 70
    line = last_words(done.stderr)
    assert (line["event"], line["part"], line["service"], line["level"]) == ("stuck", "loop", "dispatch", "critical")
    assert line["at"][-1].endswith("hold_up")


def test_work_that_waits_for_what_never_comes_ends_the_process_and_is_named() -> None:
    done = ended(WAITING)
    assert done.returncode == 70
    line = last_words(done.stderr)
    assert line["part"] == "poll"
    assert any(place.endswith(" handler") for place in line["at"])


def test_trouble_that_is_tried_again_ends_nothing_nor_does_a_long_piece_of_a_workers_work() -> None:
    done = ended(IN_TROUBLE)
    assert (done.returncode, done.stdout) == (0, "moved on\n")


def test_a_process_that_was_frozen_as_a_whole_goes_on() -> None:
    process = subprocess.Popen([sys.executable, "-c", BEGIN + FROZEN + RUN], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    process.send_signal(signal.SIGSTOP)
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    subprocess.run(["sleep", "1.2"], check=True)  # longer than it may be silent, by a clock that does not stand still
    process.send_signal(signal.SIGCONT)
    assert process.communicate(timeout=30)[0] == "moved on\n"
    assert process.returncode == 0
