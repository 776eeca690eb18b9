"""The time of a program that starts: it is not to blame for a machine that has no time for it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest

from gen_tck.adapters import handshake, listener
from gen_tck.adapters.beam import otp
from gen_tck.adapters.child import open_child
from gen_tck.adapters.limits import Limits
from gen_tck.adapters.program import Program
from gen_tck.adapters.starting import Clock, Deadline, Work, work_of

Eventually: TypeAlias = Callable[[Callable[[], object]], bool]
STARVED = Work(0.0, busy=True)
NODE = """
import json, os, socket, time
time.sleep(0.3)
connection = socket.create_connection((os.environ["GEN_TCK_HOST"], int(os.environ["GEN_TCK_PORT"])))
hello = {"gen_tck": 1, "token": os.environ["GEN_TCK_TOKEN"], "name": "late", "version": "1", "profiles": []}
connection.sendall(json.dumps(hello).encode() + b"\\n")
connection.recv(1)
"""


class Machine:
    """The time of the wall, and of a program, as a test has it."""

    def __init__(self) -> None:
        self.now, self.had, self.busy = 100.0, 7.0, False
        self.clock = Clock(1, work=lambda _: Work(self.had, self.busy), wall=lambda: self.now)

    def pass_by(self, seconds: float, *, busy: bool, had: float = 0.0, looks: int = 10) -> float:
        """Look at the program so often meanwhile; its time."""
        self.busy = busy
        for _ in range(looks):
            self.now, self.had = self.now + seconds / looks, self.had + had / looks
            seen = self.clock()
        return seen

    def late(self, deadline: Deadline, seconds: float, *, busy: bool, had: float = 0.0, step: float = 0.02) -> float:
        """How long the program is waited for, in steps of the wall clock, until it is too late; at most ``seconds``."""
        self.busy, began = busy, self.now
        while self.now - began < seconds and not deadline.passed():
            self.now, self.had = self.now + step, self.had + had * step
        return self.now - began

    def deadline(self, seconds: float) -> Deadline:
        """One of this machine's."""
        return Deadline(1, seconds, work=lambda _: Work(self.had, self.busy), wall=lambda: self.now)


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_waiting_for_a_processor_takes_time(machine: Machine) -> None:
    assert machine.pass_by(60, busy=True, looks=3000) == 0


def test_sleep_or_computing_takes_no_time(machine: Machine) -> None:
    assert machine.pass_by(0.2, busy=False) == pytest.approx(0.2)
    assert machine.pass_by(0.2, busy=True, had=0.2) == pytest.approx(0.4)
    assert machine.pass_by(0.2, busy=True, had=0.05) == pytest.approx(0.45)


def test_two_processors_make_time_run_faster(machine: Machine) -> None:
    assert machine.pass_by(0.2, busy=True, had=0.4) == pytest.approx(0.2)


def test_time_runs_back_when_a_part_of_the_program_ends(machine: Machine) -> None:
    before = machine.pass_by(0.2, busy=True, had=0.2)
    assert machine.pass_by(0.2, busy=True, had=-0.1) == before


def test_stop_of_the_kit_takes_the_programs_time(machine: Machine) -> None:
    assert machine.pass_by(3600, busy=False, looks=1) < 0.1


@pytest.fixture
def program() -> Iterator[Callable[[str], Program]]:
    """``program(source)``: Python runs it."""
    started: list[Program] = []

    def start(source: str) -> Program:
        started.append(Program([sys.executable, "-c", source]))
        return started[-1]

    yield start
    for each in started:
        each.end()


def test_busy_program_seems_to_sleep(program: Callable[[str], Program], eventually: Eventually) -> None:
    # The one that is busy is another's child: a shell that starts a VM only waits for it.
    busy = program("import subprocess, sys; subprocess.run([sys.executable, '-c', 'while True: pass'])")
    assert eventually(lambda: work_of(busy.pid).busy)
    assert eventually(lambda: work_of(busy.pid).seconds > 0.1)


def test_sleeping_program_seems_busy(program: Callable[[str], Program], eventually: Eventually) -> None:
    sleeping = program("import time; time.sleep(600)")
    assert eventually(lambda: not work_of(sleeping.pid).busy)


def test_program_that_has_ended_cannot_be_looked_at() -> None:
    assert work_of(2**30) == Work(0.0, busy=False)  # there is no such process


def _starve(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every program that starts wait for a processor, however long it takes."""

    def clock(pid: int) -> Clock:
        return Clock(pid, work=lambda _: STARVED)

    for module in (listener, otp, handshake):
        monkeypatch.setattr(module, "Clock", clock)


def test_node_on_a_busy_machine_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    _starve(monkeypatch)
    node = open_child([sys.executable, "-c", NODE], limits=Limits(start=0.1))
    assert node.capabilities.name == "late"
    node.close()


def test_vm_on_a_busy_machine_is_given_up(monkeypatch: pytest.MonkeyPatch, erl: str) -> None:
    _starve(monkeypatch)
    node = otp.open_otp("inet", erl, Limits(start=0.001))  # no VM is there so soon
    assert node.capabilities.name
    node.close()


def test_starved_program_is_accused(machine: Machine) -> None:
    assert machine.late(machine.deadline(5), 3600, busy=True) == pytest.approx(3600, abs=1)
    assert machine.late(machine.deadline(5), 3600, busy=True, had=0.03) == pytest.approx(5 / 0.03, rel=0.05)


def test_program_that_sleeps_or_computes_is_never_accused(machine: Machine) -> None:
    assert machine.late(machine.deadline(5), 60, busy=False) == pytest.approx(5.5, abs=0.1)
    assert machine.late(machine.deadline(5), 60, busy=True, had=1.0) == pytest.approx(5.5, abs=0.1)
    assert machine.late(machine.deadline(0.5), 60, busy=False) == pytest.approx(0.55, abs=0.1)


def test_kit_that_is_starved_itself_accuses(machine: Machine) -> None:
    assert machine.late(machine.deadline(5), 3600, busy=False, step=3.0) > 200


def test_program_is_looked_at_at_once() -> None:
    looks: list[int] = []
    now = [1.0]

    def work(pid: int) -> Work:
        looks.append(pid)
        return Work(0.0, busy=False)

    deadline = Deadline(1, 5, work=work, wall=lambda: now[0])
    for _ in range(20):
        assert not deadline.passed()
        now[0] += 0.02
    assert not looks
