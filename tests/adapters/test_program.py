"""A program that the kit starts, and its keeper: what it says is kept, and it ends with all that it has started."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gen_tck.adapters import interrupts, keeper
from gen_tck.adapters.interface import NodeUnavailable, OverLimit
from gen_tck.adapters.program import Program

PATIENCE = 60.0
"""Seconds that only a failing test waits."""
FAMILY = """
import os, sys, time

def begin(leave):
    # A process of its own session; with leave, its parent ends, so that nobody knows it any more.
    read, write = os.pipe()
    if not os.fork():
        os.setsid()
        if leave and os.fork():
            os._exit(0)
        os.write(write, str(os.getpid()).encode())
        time.sleep(600)
    if leave:
        os.wait()
    return int(os.read(read, 20))

print(os.getpid(), begin(False), begin(True), flush=True)
time.sleep(600)
"""
"""A program with a child of its own session, and one that has no parent any more; it prints the ids of all three."""

Start = Callable[..., Program]
Eventually = Callable[[Callable[[], object]], bool]
Gone = Callable[[int], bool]


@pytest.fixture
def start() -> Iterator[Start]:
    """``start(program, **options)``: a Python program that runs, and is ended after the test."""
    started: list[Program] = []

    def run(program: str, **options: object) -> Program:
        command = [sys.executable, "-I", "-S", "-c", textwrap.dedent(program)]
        started.append(Program(command, **options))  # type: ignore[arg-type]  # they are right
        return started[-1]

    yield run
    for each in started:
        each.end()


def pids(program: Program, eventually: Eventually) -> list[int]:
    """The process ids that ``program`` has printed."""
    assert eventually(program.output_tail)
    return [int(each) for each in program.output_tail().split()]


def test_end_of_a_program_is_not_told(start: Start) -> None:
    assert start("raise SystemExit(3)").wait(PATIENCE) == 3
    assert start("import os; os.kill(os.getpid(), 11)").wait(PATIENCE) == -signal.SIGSEGV
    program = start("import time; time.sleep(600)")
    assert program.status() is None
    os.kill(program.pid, signal.SIGTERM)
    assert program.wait(PATIENCE) == -signal.SIGTERM
    assert program.ending() == "killed by SIGTERM, it printed nothing"


def test_output_tail_of_a_program_come_before_its_end_and_are_missed(start: Start) -> None:
    program = start("print('a' * 100_000 + ' the end', flush=True); raise SystemExit(9)")
    assert program.ending() == f"exit status 9, it printed: {'...' + ('a' * 992) + ' the end'!r}"


def test_first_error_of_a_compiler_is_lost(start: Start) -> None:
    lines = ["a.c:3:5: error: unknown type name 'foo'", *["  int many;"] * 20, "make: *** [all] Error 1"]
    program = start(f"print({chr(10).join(lines)!r}); raise SystemExit(2)")
    assert program.ending() == f"exit status 2, it printed: {chr(10).join(each.strip() for each in lines)!r}"


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("/no/such/thing", "No such file or directory"),
        ("/", "Permission denied"),
        ("", "No such file or directory"),
        ("a\0b", "embedded null byte"),
    ],
)
def test_program_that_cannot_be_started_is_a_traceback(command: str, why: str) -> None:
    with pytest.raises(NodeUnavailable) as error:
        Program([command])
    assert str(error.value) == f"cannot start `{command}`: {why}"


def test_environment_that_cannot_be_is_a_traceback() -> None:
    with pytest.raises(NodeUnavailable, match="cannot start `true`: illegal environment variable name"):
        Program(["true"], {"A=B": "c"})


def test_program_is_told_nothing_on_its_standard_input(start: Start) -> None:
    program = start("import sys; print(repr(sys.stdin.read()))", told=b"a word\n")
    assert program.ending() == "exit status 0, it printed: \"'a word\\\\n'\""
    assert start("import sys; print(repr(sys.stdin.read()))").ending() == "exit status 0, it printed: \"''\""


def test_program_inherits_what_is_none_of_its_business(start: Start, eventually: Eventually) -> None:
    program = start("import time; print('there', flush=True); time.sleep(600)")
    assert eventually(program.output_tail)
    assert sorted(each.name for each in Path(f"/proc/{program.pid}/fd").iterdir()) == ["0", "1", "2"]
    shell = Program(["/bin/sh", "-c", "grep SigIgn /proc/$$/status"])  # Python would ignore some signals itself
    assert shell.wait(PATIENCE) == 0
    ignored = int(shell.output_tail().split()[1], 16)
    assert not any(ignored & 1 << number - 1 for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT))
    shell.end()


def test_descendants_outlive_a_program(start: Start, eventually: Eventually, is_gone: Gone) -> None:
    program = start(FAMILY)
    family = pids(program, eventually)
    assert len(family) == 3
    assert not any(map(is_gone, family))
    program.end()
    assert all(map(is_gone, family))


def test_descendants_outlive_a_program_that_ended_before(start: Start, eventually: Eventually, is_gone: Gone) -> None:
    program = start(FAMILY)
    first, *others = pids(program, eventually)
    os.kill(first, signal.SIGKILL)
    assert program.wait(PATIENCE) == -signal.SIGKILL
    assert not any(map(is_gone, others))
    program.end()
    assert all(map(is_gone, others))


KIT = """
import sys
from gen_tck.adapters.program import Program
program = Program([sys.executable, "-I", "-S", "-c", sys.argv[1]])
while len(program.output_tail().split()) < 3:
    program.wait(0.01)
print(program.output_tail(), flush=True)
"""


def family_of_a_kit(then: str) -> tuple[subprocess.Popen[bytes], list[int]]:
    """A kit that has started a family, and then does something; the ids of the family."""
    kit = subprocess.Popen([sys.executable, "-c", KIT + then, FAMILY], stdout=subprocess.PIPE)
    assert kit.stdout is not None
    with kit.stdout:
        return kit, [int(each) for each in kit.stdout.readline().split()]


def test_anything_outlives_a_killed_kit(eventually: Eventually, is_gone: Gone) -> None:
    kit, family = family_of_a_kit("program.wait(600)")
    assert len(family) == 3
    assert not any(map(is_gone, family))
    kit.kill()
    kit.wait()
    assert eventually(lambda: all(map(is_gone, family)))


def test_anything_outlives_a_kit_that_forgets_it(is_gone: Gone) -> None:
    kit, family = family_of_a_kit("")
    assert kit.wait() == 0
    assert len(family) == 3
    assert all(map(is_gone, family))


def test_program_outlives_its_keeper(start: Start, eventually: Eventually, is_gone: Gone) -> None:
    program = start("import time; time.sleep(600)")
    parent = int(Path(f"/proc/{program.pid}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(parent, signal.SIGKILL)
    assert program.wait(PATIENCE) == -signal.SIGKILL
    assert eventually(lambda: is_gone(program.pid))
    program.end()


def test_interruption_from_the_keyboard_reaches_a_program_or_its_keeper(start: Start) -> None:
    program = start("import time; time.sleep(600)")
    parent = int(Path(f"/proc/{program.pid}/stat").read_text().rpartition(")")[2].split()[1])
    assert len({os.getpgid(each) for each in (program.pid, parent, 0)}) == 3


def test_endless_output_fills_the_disk(start: Start) -> None:
    program = start("while True: print('a lot of words' * 1000)", output=1_000_000)
    assert program.wait(PATIENCE) == -signal.SIGKILL
    with pytest.raises(OverLimit, match=r"^it printed over 1000000 bytes, so it was ended \(--limit output=N allows"):
        program.check_output("it")
    assert os.fstat(program._words.fileno()).st_size == keeper.KEPT
    assert "wordsa lot of words" in program.output_tail()


@pytest.mark.parametrize("descriptors", [64, 1 << 30], ids=["few", "more than there are"])
def test_program_has_other_descriptors_than_it_may(start: Start, descriptors: int) -> None:
    there = resource.getrlimit(resource.RLIMIT_NOFILE)
    program = start("import resource; print(*resource.getrlimit(resource.RLIMIT_NOFILE))", descriptors=descriptors)
    assert program.wait(PATIENCE) == 0
    assert program.output_tail() == " ".join([str(min(descriptors, each)) for each in there])


def test_output_within_its_limit_ends_a_program(start: Start) -> None:
    program = start("print('x' * 99_999)", output=100_000)
    assert program.wait(PATIENCE) == 0
    program.check_output("it")


def test_program_is_ended_twice(start: Start) -> None:
    program = start("import time; time.sleep(600)")
    program.end()
    program.end()
    assert (program.status(), program.output_tail()) == (-signal.SIGKILL, "")


def test_second_signal_is_waited_out(is_gone: Callable[[int], bool]) -> None:
    program = Program(["sleep", "1000"])
    with interrupts.fresh():
        interrupts.install()
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGTERM)
        assert program.wait(60) == -signal.SIGKILL
    program.end()
    assert is_gone(program.pid)
