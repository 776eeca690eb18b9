"""The other end of a connection, which the test holds itself."""

from __future__ import annotations

from gen_tck.adapters.interface import Peer, PeerEvent
from gen_tck.conformance.harness.expect import Inconclusive, Unexpected, note, noted
from gen_tck.conformance.harness.waits import Waits
from gen_tck.conformance.results.outcomes import Place
from gen_tck.spec.routes import Loss
from gen_tck.spec.terms import show

# A failure is reported at the line of the test that expected something, not in here.
__tracebackhide__ = True


class RemotePeer:
    """The kit's own end of a connection (``peer`` in the tests)."""

    def __init__(self, waits: Waits, peer: Peer) -> None:
        self._waits = waits
        self._peer = peer
        self._read = bytearray()
        self._end: str | None = None

    def send(self, data: bytes) -> None:
        """Send ``data`` and wait until it is at the subject's side, read or not. At most 16 KB: more may not fit."""
        self.pour(data)
        self._reach("the data")

    def pour(self, data: bytes) -> None:
        """Send ``data``, however much, waiting for the subject to make room."""
        rest = memoryview(data)

        def poured() -> bool:
            nonlocal rest
            rest = rest[self._offer(bytes(rest[:262144])) :]
            return not rest

        self._waits.wait_for(
            poured, f"{len(data)} bytes to be taken", "the connection is stuck", "peer", lambda: len(rest)
        )

    def fill(self, limit: int = 64_000_000) -> int:
        """Send zeros until the connection takes no more; the number of bytes it took. Fails at ``limit``."""
        taken, refusals = 0, 0
        while refusals < 3:
            now = self._offer(bytes(65536))
            taken += now
            if taken > limit:
                raise Unexpected("the peer's sending to block", f"{taken} bytes were taken", "peer")
            if now:
                refusals = 0
            else:
                refusals += 1
                self._waits.settle()
        return taken

    def _offer(self, data: bytes) -> int:
        try:
            return self._peer.offer(data)
        except ConnectionError as reason:
            raise Unexpected("an open connection to send on", f"it is gone: {reason}", "peer") from None

    def _reach(self, what: str) -> None:
        self._waits.wait_for(self._peer.delivered, f"{what} to reach the subject", "it did not", "peer")

    def _pull(self) -> PeerEvent:
        event = self._peer.poll()
        if isinstance(event, bytes):
            self._read += event
        elif event is not None:
            self._end = event
        return event

    def receives(self, data: bytes) -> None:
        """Expect exactly ``data`` to arrive next."""
        seen = self.reads(len(data), what=show(data))
        if seen != data:
            raise Unexpected(show(data), show(seen), "bytes at the peer")
        if noted():
            note(show(data), show(seen), "bytes at the peer")

    def reads(self, count: int, what: str = "") -> bytes:
        """Wait for ``count`` bytes and take them."""

        def there() -> bool:
            while len(self._read) < count and self._end is None:
                if self._pull() is None:
                    return False
            return True

        waited = self._waits.wait(there, lambda: len(self._read))
        if len(self._read) < count:
            self._waits.accuse(waited, what or f"{count} bytes", self._state(), self._place("bytes at the peer"))
        taken = bytes(self._read[:count])
        del self._read[:count]
        return taken

    def reads_until(self, mark: bytes) -> bytes:
        """Wait until what came ends with ``mark``, and take all of it: for data of unknown length before the mark."""

        def there() -> bool:
            while not self._read.endswith(mark) and self._end is None:
                if self._pull() is None:
                    return False
            return True

        waited = self._waits.wait(there, lambda: len(self._read))
        if not self._read.endswith(mark):
            self._waits.accuse(
                waited, f"bytes that end with {show(mark)}", self._state(), self._place("bytes at the peer")
            )
        taken = bytes(self._read)
        self._read.clear()
        return taken

    def reads_to_the_end(self) -> tuple[bytes, str]:
        """Read until the connection ends: everything that came, and ``"fin"`` or ``"reset"``."""

        def ended() -> bool:
            while self._end is None:
                if self._pull() is None:
                    return False
            return True

        self._waits.wait_for(ended, "the connection to end", "it is open", "peer", lambda: len(self._read))
        data = bytes(self._read)
        self._read.clear()
        return data, str(self._end)

    def sees_fin(self) -> None:
        """Expect the subject's end of stream next, with no byte before it."""
        self._sees("fin")

    def sees_reset(self) -> None:
        """Expect a reset next, with no byte before it."""
        self._sees("reset")

    def sees_end(self) -> str:
        """Expect the connection to end in either way, with no byte before it; which way it was."""

        def something() -> bool:
            return bool(self._read) or self._end is not None or self._pull() is not None

        waited = self._waits.wait(something)
        if self._read or self._end is None:
            self._waits.accuse(waited, "the end of the connection", self._state(), self._place("peer"))
        return self._end

    def _sees(self, wanted: str) -> None:
        self.sees_end()
        if self._end != wanted:
            raise Unexpected(wanted, self._state(), "peer")
        note(wanted, wanted, "peer")

    def sees_nothing(self) -> None:
        """Expect that, when all has happened that can, neither byte nor end has come: the connection is open."""
        self._waits.settle()
        self._pull()
        if self._read or self._end is not None:
            raise Unexpected("an open connection without data", self._state(), "peer")
        note("an open connection without data", self._state(), "peer")

    def _state(self) -> str:
        data = f"{show(bytes(self._read))} " if self._read else ""
        return data + (self._end or ("and the connection is open" if data else "an open connection without data"))

    def _place(self, words: str) -> Place:
        return Place(words, open=not self._read and self._end is None)

    def finish(self) -> None:
        """Half-close (FIN) and wait until the subject's side has it."""
        self._peer.finish()
        self._reach("the end of stream")

    def close(self) -> None:
        """Close the connection and wait until the subject's side has it."""
        self._peer.close()
        self._reach("the end of stream")

    def reset(self) -> None:
        """Reset the connection (RST) and wait until the subject's side has it."""
        self._peer.reset()
        self._reach("the reset")

    def vanish(self) -> None:
        """Take nothing any more, and say nothing, not even that something came: as a machine that lost its power."""
        if not self._peer.vanish():
            raise Inconclusive("the peer cannot vanish: this system has no filters for sockets")

    def lose_way(self, how: Loss) -> None:
        """From now on the subject's machine knows no way to the host of this peer, which is nobody else's.

        What is under way to it is lost; if it is sent again, ``how`` is what becomes of that.
        """
        if not self._peer.lose_way(how):
            raise Inconclusive("the subject is on no machine of its own")

    def discard(self) -> None:
        """Drop the connection at the end of a test, whatever state it is in."""
        self._peer.reset()
