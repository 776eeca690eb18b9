"""Network namespaces of the kit's own: what can be reached in one, that nothing leads out, and why there is none."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gen_tck.adapters import inside, namespace
from gen_tck.adapters.child import open_child
from gen_tck.adapters.interface import NodeUnavailable
from gen_tck.adapters.loopback import LoopbackNetwork, LoopbackPeer
from gen_tck.adapters.namespace import Namespace, NoNamespace
from gen_tck.spec.routes import FORBIDDEN, NOWHERE, OUT_OF_REACH, OWN, is_own, is_there, loss_of

Eventually = Callable[[Callable[[], bool]], bool]


@pytest.fixture
def space() -> Iterator[Namespace]:
    """A namespace; where there can be none, there is nothing to be tested."""
    try:
        made = Namespace()
    except NoNamespace as reason:
        pytest.skip(str(reason))
    yield made
    made.close()


def host(address: tuple[int, ...]) -> str:
    return ".".join(map(str, address))


def connected(space: Namespace, to: str, port: int = 4711) -> int:
    """The error of connecting there, in the namespace; 0 if there is none."""
    with space.socket(socket.AF_INET, socket.SOCK_STREAM) as made:
        return made.connect_ex((to, port))


def test_route_leads_elsewhere(space: Namespace) -> None:
    assert connected(space, "127.0.0.1") == errno.ECONNREFUSED
    assert connected(space, "192.0.2.7") == errno.ECONNREFUSED
    for address in (NOWHERE, OUT_OF_REACH, FORBIDDEN):
        loss = loss_of(host(address))
        assert loss is not None
        assert errno.errorcode[connected(space, host(address))].lower() == loss
    assert connected(space, "8.8.8.8") == errno.ENETUNREACH  # nothing leads to anybody


def test_lost_way_is_not_lost_or_not_found_again(space: Namespace) -> None:
    space.lose("192.0.2.7", "eacces")
    assert connected(space, "192.0.2.7") == errno.EACCES
    assert connected(space, "192.0.2.8") == errno.ECONNREFUSED
    space.find_again("192.0.2.7", "eacces")
    assert connected(space, "192.0.2.7") == errno.ECONNREFUSED


def test_socket_is_in_the_namespace_of_the_kit(space: Namespace) -> None:
    with space.socket(socket.AF_INET, socket.SOCK_STREAM) as listener, socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # so that nobody else listens there outside
        port = held.getsockname()[1]
        listener.bind(("127.0.0.1", port))
        listener.listen()
        with socket.socket() as outside:
            assert outside.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED
        assert connected(space, "127.0.0.1", port) == 0


def test_program_is_somewhere_else(space: Namespace) -> None:
    seen = subprocess.run(space.command(["cat", "/proc/net/dev"]), capture_output=True, text=True, check=True)
    assert [line.split(":")[0].strip() for line in seen.stdout.splitlines() if ":" in line] == ["lo"]
    assert subprocess.run(space.command(["sh", "-c", "exit 3"]), check=False).returncode == 3


def test_peer_cannot_be_lost_or_stays_so(space: Namespace, eventually: Eventually) -> None:
    network = LoopbackNetwork(space)
    listener = network.listen()
    with space.socket(socket.AF_INET, socket.SOCK_STREAM) as subject:
        subject.bind(("192.0.2.1", 0))
        subject.connect(("192.0.2.2", listener.port))
        found: list[LoopbackPeer] = []

        def accepted() -> bool:
            peer = listener.accept()
            found.extend([peer] if peer is not None else [])
            return bool(found)

        assert eventually(accepted)
        (peer,) = found
        peer.offer(b"abc")
        assert eventually(peer.delivered)  # it is looked for where it is, whatever its address
        assert peer.lose_way("ehostunreach")
        assert connected(space, "192.0.2.2") == errno.EHOSTUNREACH
        peer.reset()
    assert connected(space, "192.0.2.2") == errno.ECONNREFUSED
    listener.close()
    network.close()


def test_peer_on_this_machine_is_lost() -> None:
    network = LoopbackNetwork()
    with socket.create_server(("127.0.0.1", 0)) as subject:
        peer = network.connect(subject.getsockname()[1])
        assert not peer.lose_way("ehostunreach")
        peer.reset()
    network.close()


def test_namespace_outlives_its_end(space: Namespace) -> None:
    pid = space.pid
    space.close()
    space.close()
    assert not Path(f"/proc/{pid}/ns/net").exists() or Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"


def test_node_elsewhere_is_taken_to_be_inside(space: Namespace) -> None:
    space.check(space.pid)
    with pytest.raises(NoNamespace, match="the node is not in the network namespace"):
        space.check(os.getpid())


STUB = """
import os, socket
control = socket.socket(fileno=os.dup(0))
control.send({first!r})
while request := control.recv(4096):
    control.send({up!r} if request == b"up" else b"ok")
"""


def stubbed(folder: Path, monkeypatch: pytest.MonkeyPatch, *, first: bytes = b"ok", up: bytes = b"ok lo") -> str:
    """What is said of a namespace that something else makes."""
    stub = folder / "stub.py"
    stub.write_text(STUB.format(first=first, up=up))
    monkeypatch.setattr(namespace, "_ENTER", [sys.executable, "-I", "-S", str(stub)])
    with pytest.raises(NoNamespace) as raised:
        Namespace()
    return str(raised.value)


def test_namespace_that_leads_out_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is this machine's, which has a way to everybody; one with a further interface."""
    assert "is that of the kit itself" in stubbed(tmp_path, monkeypatch)
    monkeypatch.setattr(namespace, "_network_of", lambda pid: pid)
    assert "the interfaces eth0 and lo are up" in stubbed(tmp_path, monkeypatch, up=b"ok eth0 lo")


def test_why_there_is_no_namespace_is_not_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = stubbed(tmp_path, monkeypatch, first=b"Operation not permitted")
    assert said == "this machine allows no network namespace of the kit's own: Operation not permitted"


def test_user_without_rights_has_no_namespace(tmp_path: Path) -> None:
    """Whoever may make none makes one in a user namespace, where the kernel lets him."""
    program = textwrap.dedent(
        """
        import __future__, ctypes, fcntl, os, pathlib, socket, struct, sys  # all that he may not read later
        if os.getuid() == 0:
            os.setgroups([]); os.setgid(65534); os.setuid(65534)
            ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # what is his in /proc is not his else
        if os.system("unshare --user --net true 2>/dev/null"):
            sys.exit(77)
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if os.fork() == 0:
            ours.close()
            os.dup2(its.fileno(), 0)
            its.close()
            sys.argv = ["inside", "keep"]
            exec(compile(SOURCE, "inside", "exec"), {"__name__": "__main__"})
            os._exit(0)
        its.close()
        heard = [ours.recv(100)]
        ours.send(b"up")
        heard.append(ours.recv(100))
        print(*heard)
        """
    )
    source = f"SOURCE = {Path(inside.__file__).read_text()!r}\n{program}"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=False)
    if done.returncode == 77:
        pytest.skip("users without rights may make no namespaces here")
    assert done.stdout == "b'ok' b'ok lo'\n", done.stderr


def test_node_that_cannot_be_there_is_waited_for(space: Namespace) -> None:
    with pytest.raises(NodeUnavailable):
        open_child([sys.executable, "-c", "import sys; sys.exit('no thanks')"], namespace=space)


def test_address_is_somebodys() -> None:
    """All that are named are set aside for documentation (RFC 5737)."""
    assert OWN == "192.0.2.0/24"
    assert all(is_there(host(each)) for each in (NOWHERE, OUT_OF_REACH, FORBIDDEN))
    assert is_own("192.0.2.255")
    for other in ("8.8.8.8", "192.0.3.1", "10.0.0.1", "::1", "127.0.0.1"):
        assert not is_there(other)
