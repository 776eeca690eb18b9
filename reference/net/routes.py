"""Where connections from a simulated machine go that is on a network, beside itself: nowhere, each in its way."""

from __future__ import annotations

from gen_tck.reference.errors import OutOfScope
from gen_tck.reference.net.addresses import ANY, ANY_6, LOOPBACK, is_loopback, plain
from gen_tck.reference.net.os_tcp import SocketError
from gen_tck.spec.routes import Loss, is_own, is_there, loss_of

__all__ = ["Routes"]


class Routes:
    """Of a machine that is ``apart``, as its network says; any other has its loopback interface alone."""

    def __init__(self) -> None:
        self.apart = False
        self._lost: dict[str, Loss] = {}

    def may_be(self, host: str) -> None:
        """Raise ``SocketError`` (``eaddrnotavail``) if no socket of the machine can be at ``host``.

        ``OutOfScope`` if no clause says anything of that address.
        """
        if host in (ANY, ANY_6) or is_loopback(host):
            return
        self._check(host)
        if not is_own(plain(host)):
            raise SocketError("eaddrnotavail")

    def to(self, host: str) -> str | None:
        """Where who connects to ``host`` comes to; ``None`` if it does not answer.

        Raises ``SocketError`` if there is no way to it, ``OutOfScope`` as above.
        """
        if is_loopback(host):
            return host
        self._check(host)
        if host in (ANY, ANY_6):
            return LOOPBACK
        way = plain(host)
        loss = self._lost.get(way) or (None if is_own(way) else loss_of(way))
        if loss is not None:
            raise SocketError(loss)
        return host if is_own(way) else None

    def lose(self, host: str, how: Loss) -> None:
        """From now on there is no way to ``host``."""
        self._lost[host] = how

    def find_again(self, host: str) -> None:
        """There is a way to ``host`` again."""
        self._lost.pop(host, None)

    def _check(self, host: str) -> None:
        if not self.apart or not (host == ANY or is_there(plain(host))):
            raise OutOfScope(f"{host}, which is no address of loopback,")
