"""A network namespace of the kit's own (Linux), in which a node may be started: see :mod:`gen_tck.adapters.inside`.

A socket stays in the namespace in which it was made. So the kit itself never enters one: it has its sockets made there,
and uses them as all others.
"""

from __future__ import annotations

import os
import socket as sockets
import sys
import weakref
from collections.abc import Sequence
from pathlib import Path

from gen_tck.adapters import inside
from gen_tck.adapters.interface import NodeUnavailable
from gen_tck.adapters.program import Program
from gen_tck.spec.routes import KINDS, ROUTES, Loss

__all__ = ["Namespace", "NoNamespace"]

_SECONDS = 20.0
"""After so long what makes the namespace hangs."""
_ALONE = "lo"
"""The one interface that may be up."""
_ENTER = [sys.executable, "-I", "-S", inside.__file__]


class NoNamespace(NodeUnavailable):
    """This machine allows no network namespace, or the one that there is has a way out; one line says why."""


class Namespace:
    """A namespace with a loopback interface, and no way out. Whoever has one closes it."""

    def __init__(self) -> None:
        """Make it. Raises :class:`NoNamespace`."""
        if not hasattr(sockets, "AF_NETLINK"):
            raise NoNamespace("this machine has no network namespaces")
        self._control, its_end = sockets.socketpair(sockets.AF_UNIX, sockets.SOCK_SEQPACKET)
        self._control.settimeout(_SECONDS)
        with its_end:
            self._keeper = Program([*_ENTER, "keep"], stdio=its_end)
        self.close = weakref.finalize(self, _end, self._control, self._keeper)
        """End it. Idempotent."""
        try:
            self._hear()
            for kind, network in ROUTES:
                self._ask("add", kind, network)
            self.check()
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """The id of a process in it."""
        return self._keeper.pid

    def command(self, command: Sequence[str]) -> list[str]:
        """What starts ``command`` in it."""
        return [*_ENTER, "enter", str(self.pid), *command]

    def socket(self, family: int, type: int, proto: int = 0) -> sockets.socket:
        """A socket in it. Raises :class:`NoNamespace`."""
        _, (made,) = self._ask("socket", *map(str, map(int, (family, type, proto))))
        return made

    def lose(self, host: str, how: Loss) -> None:
        """From now on there is no way to ``host``."""
        self._ask("add", KINDS[how], f"{host}/32")

    def find_again(self, host: str, how: Loss) -> None:
        """There is a way to ``host`` again."""
        self._ask("delete", KINDS[how], f"{host}/32")

    def check(self, pid: int | None = None) -> None:
        """Raise :class:`NoNamespace` if anything may lead out of it: it has a loopback interface alone.

        ``pid``: of a program that has to be in it, too.
        """
        if _network_of(self.pid) == _network_of(os.getpid()):
            raise NoNamespace("the network namespace is that of the kit itself")
        if pid is not None and _network_of(pid) != _network_of(self.pid):
            raise NoNamespace("the node is not in the network namespace of the kit's own")
        up = self._ask("up")[0].split()
        if up != [_ALONE]:
            raise NoNamespace(f"in the network namespace the interfaces {' and '.join(sorted(up))} are up")

    def _ask(self, *words: str) -> tuple[str, list[sockets.socket]]:
        """What is answered, and the sockets that come with it."""
        self._control.send(" ".join(words).encode())
        return self._hear()

    def _hear(self) -> tuple[str, list[sockets.socket]]:
        try:
            answer, descriptors, _, _ = sockets.recv_fds(self._control, 4096, 1)
        except OSError as reason:
            raise NoNamespace(f"no network namespace: {reason}") from None
        made = [sockets.socket(fileno=each) for each in descriptors]
        word, _, said = answer.decode("utf-8", "replace").partition(" ")
        if word != "ok":
            why = f"{word} {said}".strip() or self._keeper.ending()
            raise NoNamespace(f"this machine allows no network namespace of the kit's own: {why}")
        return said, made


def _network_of(pid: int) -> int:
    try:
        return Path(f"/proc/{pid}/ns/net").stat().st_ino
    except OSError as reason:
        raise NoNamespace(f"no network namespace: {reason.strerror}") from None


def _end(control: sockets.socket, keeper: Program) -> None:
    control.close()
    keeper.end()
