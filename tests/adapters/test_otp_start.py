"""Starting OTP, and every way in which that fails. Broken Erlangs are small scripts written here."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from gen_tck.adapters.beam import open_otp, otp
from gen_tck.adapters.channel import Channel
from gen_tck.adapters.interface import AdapterError, NodeDied, NodeUnavailable
from gen_tck.adapters.limits import Limits
from gen_tck.adapters.listener import LOOPBACK
from gen_tck.adapters.program import Program
from gen_tck.spec.profiles import CORE
from tests.adapters.beyond import beyond, widen

_DIAL = """
import os, socket, sys, time
port, backend = sys.argv[sys.argv.index("-gen_tck") + 1:][:2]
token = os.environ["GEN_TCK_TOKEN"]
connection = socket.create_connection(("127.0.0.1", int(port)))
"""

BrokenErl = Callable[[str], str]


@pytest.fixture
def broken_erl(tmp_path: Path) -> BrokenErl:
    """``broken_erl(program)``: the command of a script that is no Erlang."""

    def write(program: str) -> str:
        script = tmp_path / "erl"
        script.write_text(f"#!{sys.executable}\n" + textwrap.dedent(program))
        script.chmod(0o755)
        return str(script)

    return write


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the user's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "gen-tck" / "modules"


def _refusal(erl: str, start: float = 10.0) -> str:
    with pytest.raises(NodeUnavailable) as error:
        open_otp("inet", erl, Limits(start=start))
    assert "\n" not in str(error.value)
    return str(error.value)


def test_no_erlang_is_a_traceback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    wanted = "no `erl` here: install Erlang/OTP 25 or later (Debian: erlang-base) or name one with --erl"
    assert _refusal("erl") == wanted


def test_a_wrong_name_is_a_traceback() -> None:
    assert _refusal("/opt/no/erl -smp") == "no `/opt/no/erl` here, which --erl names"
    assert _refusal("") == "--erl is empty: name the command that starts Erlang"
    assert _refusal("erl 'x") == """--erl "erl 'x" is no command: No closing quotation"""


def test_an_old_release_is_run(broken_erl: BrokenErl) -> None:
    erl = broken_erl(_DIAL + "connection.sendall(token.encode() + b' 24\\n'); connection.recv(1)")
    assert _refusal(erl) == f"`{erl}` is OTP 24; OTP 25 or later is needed"


def test_garbage_is_waited_for(broken_erl: BrokenErl) -> None:
    erl = broken_erl(_DIAL + "connection.sendall(b'HTTP/1.1 400 Bad Request'); connection.close(); print('what?')")
    stranger = "one connection had no token and was closed: it said 'HTTP/1.1 400 Bad Request' without an end"
    assert _refusal(erl) == f"`{erl}` ended before the handshake (exit status 0, it printed: 'what?'); {stranger}"


def test_an_erl_that_fails_is_waited_for(broken_erl: BrokenErl) -> None:
    erl = broken_erl("import sys; print('{\"init terminating in do_boot\",'); sys.exit('{undef}}')")
    printed = """'{"init terminating in do_boot",\\n{undef}}'"""
    assert _refusal(erl) == f"`{erl}` ended before it dialled back (exit status 1, it printed: {printed})"


def test_an_erl_that_hangs_is_left_running(broken_erl: BrokenErl, is_gone: Callable[[int], bool]) -> None:
    erl = broken_erl("import os, time; print(os.getpid(), flush=True); time.sleep(600)")
    refusal = _refusal(erl, 0.5)
    assert refusal.startswith(f"`{erl}` did not dial back within 0.5 s; it printed '")
    assert is_gone(int(refusal.split("'")[1]))


@pytest.mark.usefixtures("cache")
def test_an_erl_that_falls_silent_is_waited_for(eventually: Callable[[Callable[[], object]], bool]) -> None:
    program = Program(["sh", "-c", "echo compiling; sleep 600"])
    with socket.create_server((LOOPBACK, 0)) as listener, socket.create_connection(listener.getsockname()) as erl:
        channel = Channel(listener.accept()[0])
        erl.sendall(b"token 25\n")
        assert eventually(program.output_tail)
        assert channel.pump(1)
        with pytest.raises(NodeUnavailable, match=r"^`erl` did not answer; it printed 'compiling'$"):
            otp._load_agent(channel, program, ["erl"], "erl", 0.1)
        channel.close()
    program.end()


def test_the_agent_is_not_kept_or_not_used_again(vm: str, cache: Path) -> None:
    open_otp("inet", vm).close()
    (kept,) = cache.iterdir()
    beam = kept.read_bytes()
    assert beam[32:].startswith(b"FOR1")
    written = kept.stat().st_mtime_ns
    open_otp("inet", vm).close()
    assert (kept.read_bytes(), kept.stat().st_mtime_ns) == (beam, written)


def test_a_spoilt_cache_keeps_otp_from_starting(vm: str, cache: Path) -> None:
    open_otp("inet", vm).close()
    (kept,) = cache.iterdir()
    beam = kept.read_bytes()
    kept.write_bytes(beam[:100])
    open_otp("inet", vm).close()
    assert kept.read_bytes() == beam


def test_a_cache_that_cannot_be_written_keeps_otp_from_starting(vm: str, cache: Path) -> None:
    cache.parent.write_text("a file where the folder should be")
    open_otp("inet", vm).close()


def test_flags_of_the_kit_win_over_the_users(vm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERL_AFLAGS", "+S 3:3")
    node = open_otp("inet", vm)
    node.close()
    assert node.capabilities.details["schedulers"] == "3"
    node = open_otp("inet", f"{vm} +S 2:1")
    node.close()
    assert node.capabilities.details["schedulers"] == "1"


@pytest.mark.parametrize("backend", ["inet", "socket"])
def test_otp_says_something_else_of_itself(vm: str, backend: otp.Backend) -> None:
    node = open_otp(backend, vm)
    node.close()
    said = node.capabilities
    assert said.name == {"inet": "otp", "socket": "otp-socket"}[backend]
    assert said.version.startswith(said.details["release"])
    assert said.details["backend"] == backend
    assert said.profiles >= {*CORE, "active-n"}
    assert ("port-command" in said.profiles) == (backend == "inet")


def _family(pid: int) -> list[int]:
    """``pid``, its ancestors up to the kit, and all that it has started."""
    found, above = [pid], pid
    while (above := int(Path(f"/proc/{above}/stat").read_text().rpartition(")")[2].split()[1])) != os.getpid():
        found.append(above)
    below = [pid]
    while below:
        tasks = Path(f"/proc/{below.pop()}/task").glob("*/children")
        children = [int(each) for task in tasks for each in task.read_text().split()]
        found += children
        below += children
    return found


def test_token_is_there_for_all_to_read(vm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gen_tck.adapters.listener.secrets.token_hex", lambda _: "5ec2e7" * 5 + "00")
    node = open_otp("inet", vm)
    family = _family(node.pid)
    assert len(family) >= 3  # the keeper, the VM, and what starts programs for it
    arguments = b"".join(Path(f"/proc/{each}/cmdline").read_bytes() for each in family)
    node.close()
    assert b"-gen_tck" in arguments
    assert b"5ec2e7" not in arguments


def test_erl_that_drops_the_environment_is_kept_out(vm: str, tmp_path: Path) -> None:
    wrapper = tmp_path / "erl"
    wrapper.write_text(f'#!/bin/sh\nunset GEN_TCK_TOKEN\nexec {vm} "$@"\n')
    wrapper.chmod(0o755)
    for backend in otp.BACKENDS:
        node = open_otp(backend, str(wrapper))
        node.settle()
        node.close()


def test_erl_that_gives_no_standard_input_either_is_waited_for(vm: str, tmp_path: Path) -> None:
    wrapper = tmp_path / "erl"
    wrapper.write_text(f'#!/bin/sh\nunset GEN_TCK_TOKEN\nexec {vm} "$@" </dev/null\n')
    wrapper.chmod(0o755)
    assert _refusal(str(wrapper)).endswith("; one connection had no token and was closed: it said '25'")


def test_module_that_another_erl_compiled_is_loaded(vm: str, cache: Path, tmp_path: Path) -> None:
    for each in ("one", "two"):
        wrapper = tmp_path / each
        wrapper.write_text(f'#!/bin/sh\n# {each}\nexec {vm} "$@"\n')
        wrapper.chmod(0o755)
        open_otp("inet", str(wrapper)).close()
    assert len(list(cache.iterdir())) == 2


def test_the_vm_outlives_close(vm: str, is_gone: Callable[[int], bool]) -> None:
    node = open_otp("inet", vm)
    node.close()
    assert is_gone(node.pid)


def test_the_vm_outlives_a_killed_kit(
    vm: str, is_gone: Callable[[int], bool], eventually: Callable[[Callable[[], bool]], bool]
) -> None:
    program = """
import sys
from gen_tck.adapters.beam import open_otp
from gen_tck.spec.terms import Atom, term
from tests.adapters.beyond import beyond, calculation, widen
node = widen(open_otp("inet", sys.argv[1]))
# A call that keeps the VM busy for ever, one that waits for ever, and a socket with data that nobody reads.
node.spawn().call(*calculation(2_000_000_000))
node.spawn().call(*beyond("timer", "sleep", Atom("infinity")))
listener = node.network.listen(receive_buffer=4096)
sender = node.spawn()
call = sender.call("gen_tcp", "connect", [(127, 0, 0, 1), listener.port, term(["binary"])])
assert node.wait(lambda: call.outcome is not None).met
sender.call("gen_tcp", "send", [call.outcome.value[1], bytes(500_000)])
node.settle()
print(node.pid, flush=True)
sys.stdin.read()
"""
    command, checkout = [sys.executable, "-c", program, vm], Path(__file__).parents[2]
    kit = subprocess.Popen(command, cwd=checkout, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert kit.stdin is not None
    assert kit.stdout is not None
    pid = int(kit.stdout.readline())
    assert not is_gone(pid)
    kit.send_signal(signal.SIGKILL)
    kit.wait()
    kit.stdin.close()
    kit.stdout.close()
    assert eventually(lambda: is_gone(pid))


def test_a_vm_that_halts_is_waited_for(vm: str) -> None:
    node = widen(open_otp("inet", vm))
    call = node.spawn().call(*beyond("erlang", "halt", 3))
    with pytest.raises(NodeDied, match=r"^the Erlang VM `.*` ended: exit status 3, it printed nothing$"):
        node.wait(lambda: call.outcome is not None)


def test_a_killed_vm_is_waited_for(vm: str) -> None:
    node = open_otp("inet", vm)
    os.kill(node.pid, signal.SIGKILL)
    with pytest.raises(NodeDied, match="killed by SIGKILL"):
        node.wait(lambda: False)


def test_a_stopped_vm_is_waited_for(vm: str, is_gone: Callable[[int], bool]) -> None:
    node = open_otp("inet", vm)
    node.limits = Limits(answer=0.5)
    os.kill(node.pid, signal.SIGSTOP)
    stat = Path(f"/proc/{node.pid}/stat")
    while stat.read_text().rpartition(")")[2].split()[0] != "T":  # the signal takes a moment to stop every thread
        pass
    with pytest.raises(AdapterError, match="does not answer"):
        node.settle()
    assert is_gone(node.pid)
