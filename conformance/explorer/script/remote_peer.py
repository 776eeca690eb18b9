"""The far end of a connection in a script: what its peer can still do, and what it has read."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from gen_tck.adapters.interface import Peer, PeerEvent
from gen_tck.conformance.explorer.script.script import Change, Deed, pieces
from gen_tck.conformance.explorer.script.script import Peer as PeerStep
from gen_tck.spec.exhaustive import assert_never

_MOST = 65536
"""Bytes that are read at once."""


class RemotePeer:
    """A connection's far end: its peer, and what that can do and has read."""

    def __init__(
        self, peer: Peer | None, name: str, *, reading: bool = True, connect: Callable[[], Peer] | None = None
    ) -> None:
        """``peer``: ``None`` for a client, which has none until it is to ``connect``."""
        self.peer = peer
        self.reading = reading
        self.to_read = 0
        """Bytes that it reads though it is stalled."""
        self.can_send = self.can_read = peer is not None
        self._connect = connect
        self._name = name
        self._data = bytearray()
        self.end = "open"
        """How the stream has ended, as far as the peer has read."""
        self._before_end = "open"

    def applies(self, what: Deed) -> bool:
        """Whether the peer still has what it takes to do ``what``."""
        match what:
            case "connect":
                return self._connect is not None
            case "send" | "fin":
                return self.can_send
            case "read":
                return not self.reading and self.can_read
            case "close" | "reset":
                return self.can_read
            case _:
                return assert_never(what)

    def do(self, step: PeerStep) -> None:
        """Do what ``step`` says, without waiting for its effects."""
        if step.what == "connect":
            self._begin()
            return
        peer = self.peer
        assert peer is not None  # else it would not apply
        match step.what:
            case "send":
                with contextlib.suppress(ConnectionError):
                    peer.offer(step.data)
            case "read":
                self.reading = not step.part
                self.to_read += step.part
            case "fin":
                self.can_send = False
                peer.finish()
            case "close" | "reset":
                self.can_send = self.can_read = self.reading = False
                self.to_read = 0
                peer.close() if step.what == "close" else peer.reset()
            case _:
                assert_never(step.what)

    def _begin(self) -> None:
        connect, self._connect = self._connect, None
        if connect is None:
            return
        try:
            self.peer = connect()
            self.can_send = self.can_read = True
        except ConnectionError:  # who is refused is answered with a reset
            self.end = "reset"

    def read(self) -> bool:
        """Read what is there, or what of it a stalled peer may read; whether there was anything."""
        found = False
        while (event := self._poll()) is not None:
            found = True
            if isinstance(event, bytes):
                self._data += event
                self.to_read -= 0 if self.reading else len(event)
            else:
                self.end = event
        return found

    def _poll(self) -> PeerEvent:
        if self.peer is None or self.end != "open" or not (self.reading or self.to_read):
            return None
        return self.peer.poll() if self.reading else self.peer.poll(min(self.to_read, _MOST))

    def change(self) -> Change | None:
        """What was read since the last :meth:`commit`, if anything."""
        if self._data or self.end != self._before_end:
            return (self._name, pieces(bytes(self._data)), self.end)
        return None

    def commit(self) -> None:
        """What was read is known."""
        self._data.clear()
        self._before_end = self.end
