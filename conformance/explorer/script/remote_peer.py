"""The far end of a connection in a script: what its peer can still do, and what it has read."""

from __future__ import annotations

import contextlib

from gen_tck.adapters.interface import Peer
from gen_tck.conformance.explorer.script.script import Change, Deed, pieces
from gen_tck.conformance.explorer.script.script import Peer as PeerStep
from gen_tck.spec.exhaustive import assert_never


class RemotePeer:
    """A connection's far end: its peer, and what that can do and has read."""

    def __init__(self, peer: Peer, name: str, *, reading: bool) -> None:
        self.peer = peer
        self.reading = reading
        self.can_send, self.can_read = True, True
        self._name = name
        self._data = bytearray()
        self.end = "open"
        """How the stream has ended, as far as the peer has read."""
        self._before_end = "open"

    def applies(self, what: Deed) -> bool:
        """Whether the peer still has what it takes to do ``what``."""
        match what:
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
        match step.what:
            case "send":
                with contextlib.suppress(ConnectionError):
                    self.peer.offer(step.data)
            case "read":
                self.reading = True
            case "fin":
                self.can_send = False
                self.peer.finish()
            case "close" | "reset":
                self.can_send = self.can_read = self.reading = False
                self.peer.close() if step.what == "close" else self.peer.reset()
            case _:
                assert_never(step.what)

    def read(self) -> bool:
        """Read what is there, unless the peer is stalled; whether there was anything."""
        found = False
        while self.reading and self.end == "open" and (event := self.peer.poll()) is not None:
            found = True
            if isinstance(event, bytes):
                self._data += event
            else:
                self.end = event
        return found

    def change(self) -> Change | None:
        """What was read since the last :meth:`commit`, if anything."""
        if self._data or self.end != self._before_end:
            return (self._name, pieces(bytes(self._data)), self.end)
        return None

    def commit(self) -> None:
        """What was read is known."""
        self._data.clear()
        self._before_end = self.end
