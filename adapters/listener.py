"""Where a program that the kit started dials back: a loopback listener, and a token that tells it from strangers.

Anybody on this machine can dial. So several may try at a time, until one says the token in its first line; nothing else
is done with what comes before that, and nobody waits for a stranger. Those who were turned away are only mentioned if
the right one never comes.
"""

from __future__ import annotations

import hmac
import re
import secrets
import select
import socket
from dataclasses import dataclass

from gen_tck.adapters import interrupts
from gen_tck.adapters.channel import Channel
from gen_tck.adapters.interface import NodeUnavailable, OverLimit
from gen_tck.adapters.limits import DEFAULTS, Limits
from gen_tck.adapters.namespace import Namespace
from gen_tck.adapters.program import FLUSH, Program
from gen_tck.adapters.starting import LOOK_SECONDS, Clock

LOOPBACK = "127.0.0.1"
MOST_VISITORS = 64
"""So many may be about to say their first line; with one more, the one that has been silent longest must go."""
_WORD = re.compile(rb"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
"""What looks like a token."""
_STDIO_HINT = '; a program that talks over standard output has `transport = "stdio"` in its manifest'
_SHOWN = 60
"""Bytes of what a stranger said that are shown."""


@dataclass
class _Visitor:
    """A connection on which nothing that counts has been said yet."""

    channel: Channel
    until: float
    """The time, as the program that is waited for has it, when it has to go."""


class Listener:
    """The listener, and the token. Whoever has one closes it."""

    def __init__(self, limits: Limits = DEFAULTS, namespace: Namespace | None = None) -> None:
        """In ``namespace``, if the program is there."""
        self._limits = limits
        make = socket.socket if namespace is None else namespace.socket
        try:
            self._listener = make(socket.AF_INET, socket.SOCK_STREAM)
            self._listener.bind((LOOPBACK, 0))
            self._listener.listen(2 * MOST_VISITORS)
        except OSError as reason:
            raise NodeUnavailable(f"the kit cannot listen for a node: {reason.strerror or reason}") from None
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]
        self.token = secrets.token_hex(16)
        self._visitors: list[_Visitor] = []
        self._dialled = False
        self._now = 0.0
        """The time that the program has had, in seconds."""
        self._refused: list[str] = []
        """What was wrong with each of those that were turned away."""

    def admit(self, program: Program, what: str) -> Channel:
        """Wait for ``program`` to dial back and to say the token in its first line, which is left in the channel.

        Raises ``NodeUnavailable`` naming ``what`` if it ends or does not, ``OverLimit`` if it says or prints too much.
        """
        clock = Clock(program.pid)
        while True:
            interrupts.check()
            had_ended = program.status() is not None
            self._wait(0 if had_ended else LOOK_SECONDS)
            in_time = self._now <= self._limits.start
            if in_time:
                self._let_in()
            for visitor in list(self._visitors):
                if self._is_the_one(visitor, what):
                    self._visitors.remove(visitor)
                    return visitor.channel
            if had_ended:
                program.check_output(what)
                raise NodeUnavailable(f"{what} ended before {self._what()} ({program.ending()}){self._strangers()}")
            if not in_time and not self._visitors:
                words = program.output_tail()
                raise NodeUnavailable(f"{what} {self._what_not()}; it printed {words!r}{self._hint(words)}")
            self._now = clock()

    def _wait(self, seconds: float) -> None:
        watched = select.poll()
        watched.register(self._listener, select.POLLIN)
        for visitor in self._visitors:
            watched.register(visitor.channel, select.POLLIN)
        watched.poll(seconds * 1000)

    def _let_in(self) -> None:
        for _ in range(MOST_VISITORS):
            try:
                connection, _ = self._listener.accept()
            except (BlockingIOError, ConnectionError):
                return
            self._dialled = True
            if len(self._visitors) >= MOST_VISITORS:
                self._turn_away(self._visitors[0], "said nothing")
            self._visitors.append(_Visitor(Channel(connection), self._now + self._limits.start))

    def _is_the_one(self, visitor: _Visitor, what: str) -> bool:
        """Whether the first line of ``visitor`` has the token in it; turns it away if it never will."""
        channel, most = visitor.channel, self._limits.handshake
        channel.pump(0)
        channel.pump(0)  # the end comes behind the last bytes, and there may be no further look
        line = channel.next_line()
        if line is not None and len(line) <= most:
            if self.is_said_in(line):
                return True
            self._turn_away(visitor, f"said {_excerpt(line)}")
        elif channel.unfinished > most:
            if self.is_said_in(channel.beginning(most)):
                raise OverLimit(f"{what} went too far: its handshake has over {most} bytes", "handshake")
            self._turn_away(visitor, f"said over {most} bytes without an end (limit handshake)")
        elif channel.ended or self._now > visitor.until:
            begun = channel.beginning(_SHOWN)
            self._turn_away(visitor, f"said {_excerpt(begun)} without an end" if begun else "said nothing")
        return False

    def is_said_in(self, line: bytes) -> bool:
        """Whether the token is in ``line``, whatever form that has."""
        token = self.token.encode()
        return any(hmac.compare_digest(each, token) for each in _WORD.findall(line))

    def _turn_away(self, visitor: _Visitor, why: str) -> None:
        self._visitors.remove(visitor)
        visitor.channel.close()
        self._refused.append(why)

    def _what(self) -> str:
        return "the handshake" if self._dialled else "it dialled back"

    def _what_not(self) -> str:
        seconds = f"{self._limits.start:g} s"
        return f"sent no handshake in {seconds}" if self._dialled else f"did not dial back within {seconds}"

    def _hint(self, words: str) -> str:
        """What may be the matter with a program that printed ``words`` and did not say who it is."""
        if self._dialled:
            return self._strangers() or ("" if words else FLUSH)
        return _STDIO_HINT if words.startswith("{") else ""

    def _strangers(self) -> str:
        """What is to be said of those that were turned away, if anything."""
        talked = [each for each in self._refused if each != "said nothing"]
        if not talked:
            return ""
        who = "one connection" if len(talked) == 1 else f"{len(talked)} connections"
        which = "it" if len(talked) == 1 else "the first"
        return f"; {who} had no token and {'was' if len(talked) == 1 else 'were'} closed: {which} {talked[0]}"

    def close(self) -> None:
        """Stop listening, and hang up on whoever was not admitted."""
        self._listener.close()
        for each in self._visitors:
            each.channel.close()
        self._visitors.clear()


def _excerpt(line: bytes) -> str:
    text = line[:_SHOWN].decode("utf-8", "replace").strip()
    return repr(text) + ("..." if len(line) > _SHOWN else "")


__all__ = ["LOOPBACK", "Listener"]
