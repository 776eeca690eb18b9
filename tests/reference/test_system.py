"""The reference stands alone: without any adapter its sockets are opened and used, on both networks."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gen_tck.reference import atoms as a
from gen_tck.reference import gen_tcp, inet
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.net.simulated import HOST
from gen_tck.reference.system import LoopbackSystem, SimulatedSystem, System
from gen_tck.reference.vm import Process, Vm
from gen_tck.spec.terms import term

PASSIVE = term(["binary", ("active", False)])
HERE = term(["binary", ("active", False), ("ip", (127, 0, 0, 1))])
ROOMS_ABOVE = ("gen_tck.adapters", "gen_tck.conformance")


@pytest.fixture(params=[SimulatedSystem, LoopbackSystem])
def system(request: pytest.FixtureRequest) -> Iterator[System]:
    made: System = request.param()
    yield made
    made.close()


async def serve(self: Process, announce: Callable[[int], None]) -> None:
    """Echo what one client sends."""
    _, listener = await gen_tcp.listen(self, 0, HERE)
    _, port = await inet.port(self, listener)
    announce(port)
    _, socket = await gen_tcp.accept(self, listener)
    _, data = await gen_tcp.recv(self, socket, 5)
    await gen_tcp.send(self, socket, data)
    await gen_tcp.recv(self, socket, 0)


async def ask(self: Process, port: int, report: Callable[[object], None]) -> None:
    """Send five bytes, and report what comes back."""
    _, socket = await gen_tcp.connect(self, (127, 0, 0, 1), port, PASSIVE)
    await gen_tcp.send(self, socket, b"hello")
    report(await gen_tcp.recv(self, socket, 5))
    await gen_tcp.close(self, socket)


def test_sockets_need_an_adapter(system: System) -> None:
    ports: list[int] = []
    answers: list[object] = []
    server = system.spawn(lambda self: serve(self, ports.append))
    assert system.settle()
    client = system.spawn(lambda self: ask(self, ports[0], answers.append))
    for _ in range(1000):  # what the kernel passes on takes time
        system.advance(1)
        if server.ended is not None and client.ended is not None:
            break
    assert answers == [(a.ok, b"hello")]
    assert (server.ended, client.ended) == (a.normal, a.normal)


def test_timers_need_an_adapter(system: System) -> None:
    waiting = system.spawn(lambda self: self.receive(after=20))
    assert system.settle()
    assert waiting.ended is None
    system.advance(30)
    assert waiting.ended is a.normal


EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("example", sorted(each.name for each in EXAMPLES.glob("*.py")))
def test_example_needs_an_adapter(example: str) -> None:
    program = (
        "import runpy, sys\n"
        "runpy.run_path(sys.argv[1], run_name='__main__')\n"
        f"print([each for each in sys.modules if each.startswith({ROOMS_ABOVE!r})])"
    )
    path = str(EXAMPLES / example)
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_machine_without_a_kernel_opens_a_socket() -> None:
    process = Vm().spawn()
    with pytest.raises(TypeError, match="VM with a kernel"):
        gen_tcp.listen(process, 0, PASSIVE).send(None)


class Restless(TcpDriver):
    """Is told of a connection, and leaves it there."""

    def ready(self, reading: bool) -> None:
        self.socket.watch(True, False)


async def listen(self: Process) -> None:
    """Open a listener, and do nothing with it."""
    await gen_tcp.listen(self, 0, PASSIVE)
    await self.receive()


def test_system_without_rest_settles() -> None:
    system = SimulatedSystem(Restless)
    system.spawn(listen)
    assert system.settle()
    ((port, (listener,)),) = system.network.ports.used.items()
    listener.watch(True, False)
    assert system.settle()
    system.network.connect((HOST, port), {})
    assert not system.settle()


async def _listens_at_a_path(process: Process) -> None:
    await gen_tcp.listen(process, 0, term([("ifaddr", ("local", b"my_path"))]))


def test_files_of_local_sockets_are_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    system = LoopbackSystem()
    system.spawn(_listens_at_a_path)
    system.settle()
    assert [each.name for folder in tmp_path.iterdir() for each in folder.iterdir()] == ["my_path"]
    system.close()
    assert list(tmp_path.iterdir()) == []
