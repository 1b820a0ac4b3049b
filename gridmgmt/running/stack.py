"""Programs that run together: their output, their restarts, their end."""

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from gridmgmt.running.processes import STOP_SECONDS, stop

QUIET_SECONDS = 60  # who lived this long may start again without waiting longer


def say(text: str) -> None:
    print(text, flush=True)


@dataclass
class Program:
    name: str
    start: Callable[[], subprocess.Popen]
    is_server: bool = False  # the others use it: stopped last
    polite: int = signal.SIGTERM
    wait_before_restart: float = 2
    process: subprocess.Popen | None = None
    started_at: float = 0
    restart_at: float | None = None
    failures: int = 0
    unfinished_line: bytes = field(default=b"", repr=False)


class Stack:
    """The running programs, in the order they were started."""

    def __init__(self):
        self.programs: list[Program] = []
        self.selector = selectors.DefaultSelector()

    def add(self, name, start, **options) -> None:
        program = Program(name, start, **options)
        self.programs.append(program)
        self._start(program)

    def run(self, name, start) -> int:
        """Waits for a program that ends by itself; gives its exit code."""
        program = Program(name, start)
        self.programs.append(program)
        program.process = start()
        code = program.process.wait()
        self.programs.remove(program)
        return code

    def _start(self, program: Program) -> None:
        program.process = program.start()
        program.started_at, program.restart_at = time.monotonic(), None
        if output := program.process.stdout:
            os.set_blocking(output.fileno(), False)
            self.selector.register(output, selectors.EVENT_READ, program)

    def pump(self, seconds: float) -> None:
        """Prints what the programs said, each line with the name of its speaker."""
        if not self.selector.get_map():
            time.sleep(seconds)
        for key, _events in self.selector.select(seconds):
            data = os.read(key.fd, 65536)
            if not data:
                self.selector.unregister(key.fileobj)
            program = key.data
            *lines, program.unfinished_line = (program.unfinished_line + data).split(b"\n")
            for line in lines:
                say(f"{program.name:>8} | {line.decode(errors='replace')}")

    def revive(self) -> None:
        """Starts again what died, later and later when it keeps dying."""
        now = time.monotonic()
        for program in self.programs:
            if program.restart_at is not None:
                if now >= program.restart_at:
                    self._start(program)
            elif program.process and program.process.poll() is not None:
                lived_long = now - program.started_at > QUIET_SECONDS
                program.failures = 0 if lived_long else program.failures + 1
                wait = program.wait_before_restart * 2 ** min(program.failures, 5)
                program.restart_at = now + wait
                say(f"{program.name:>8} | stopped; starting again in {wait:.0f} s")

    def stop(self) -> None:
        """First the programs, all at once; then the servers they use, in reverse."""
        programs = [program for program in self.programs if not program.is_server]
        for program in programs:
            if program.process:
                with contextlib.suppress(ProcessLookupError):
                    program.process.send_signal(program.polite)
        deadline = time.monotonic() + STOP_SECONDS
        for program in programs:
            if program.process:
                seconds = max(deadline - time.monotonic(), 0.5)
                stop(program.process, polite=program.polite, seconds=seconds)
        for program in reversed(self.programs):
            if program.is_server and program.process:
                stop(program.process, polite=program.polite)
