"""Plays the exchanges: all of them with programs of its own, or the quick ones with one that runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from gen_tck.adapters.child import ChildNode
from gen_tck.adapters.interface import AdapterError, Capabilities, Node, NodeError, NodeUnavailable
from gen_tck.adapters.restarting import RestartingNode
from gen_tck.conformance.check.breaches import Breach, Broken, Skipped
from gen_tck.conformance.check.conversation import Conversation
from gen_tck.conformance.check.ending import CLAIMS_THE_SAME, SHAKES_HANDS
from gen_tck.conformance.check.exchange import Exchange, Finding
from gen_tck.conformance.check.exchanges import ENDS, QUICK, TALKS
from gen_tck.conformance.check.ways import LEFT_OUT, Way


class NoAdapter(Exception):
    """The node is no program that can be talked to in its own words; the message says why, about the node."""


def check(start: Callable[[], Node]) -> Iterator[Finding]:
    """Play all exchanges with programs that ``start`` starts, and give what became of each as soon as it is known.

    Raises ``NodeUnavailable`` if there is none, :class:`NoAdapter` if it is no program.
    """
    checking = _Checking(start)
    try:
        try:
            first = checking.talk().node.capabilities
        except AdapterError as reason:
            yield _broken(SHAKES_HANDS, str(reason))
            return
        yield Finding(SHAKES_HANDS.name, "ok")
        ways = checking.talk().ways
        for each in TALKS:
            if _is_for(each, ways):
                yield checking.play(each)
            elif each.way in LEFT_OUT:
                yield Finding(each.name, "skipped", LEFT_OUT[each.way])
        checking.restart()
        yield checking.claims(first)
        for each in ENDS:
            yield checking.play(each)
            checking.restart()
    finally:
        checking.restart()


def check_quickly(node: Node) -> Finding | None:
    """The first of the quick exchanges that ``node`` breaks, if it does; it is of no use then.

    A node that is no program breaks none. One that breaks none has nothing left of them.
    """
    if not isinstance(node, (ChildNode, RestartingNode)):
        return None
    talk, done = Conversation(node), _Done()
    found = (_played(each, done, lambda: talk) for each in QUICK if _is_for(each, talk.ways))
    broken = next((each for each in found if each.verdict == "broken"), None)
    if broken is None:
        node.clear()
    return broken


def _is_for(exchange: Exchange, ways: frozenset[Way]) -> bool:
    """Whether it can be played with a node that is reached in these ``ways``."""
    return exchange.way is None or exchange.way in ways


class _Done(dict[str, Finding]):
    """What became of the exchanges so far, by name."""

    def missing(self, exchange: Exchange) -> str:
        """The first that ``exchange`` needs and that is not ok; empty if there is none."""
        return next((each for each in exchange.needs if each in self and self[each].verdict != "ok"), "")


class _Checking:
    """The program that is talked to, which is another one after each breach."""

    def __init__(self, start: Callable[[], Node]) -> None:
        self._start = start
        self._talk: Conversation | None = None
        self._done = _Done()

    def talk(self) -> Conversation:
        """The conversation with the program; starts it if need be. Raises ``NodeError``, :class:`NoAdapter`."""
        if self._talk is None:
            node = self._start()
            if not isinstance(node, (ChildNode, RestartingNode)):
                node.close()
                raise NoAdapter("runs in the kit's own process: there is no adapter to check")
            self._talk = Conversation(node)
        return self._talk

    def play(self, exchange: Exchange) -> Finding:
        """Play one exchange."""
        found = _played(exchange, self._done, self.talk)
        if found.verdict == "broken":
            self.restart()
        return found

    def claims(self, first: Capabilities) -> Finding:
        """Start the program again, and see that it claims what it claimed ``first``."""
        try:
            second = self.talk().node.capabilities
        except NodeError as reason:
            return _broken(CLAIMS_THE_SAME, f"it was started again: {reason}")
        for what, before, now in (
            ("profiles", first.profiles, second.profiles),
            ("calls", first.calls or frozenset(), second.calls or frozenset()),
        ):
            if before != now:
                one, other = ", ".join(sorted(before - now)), ", ".join(sorted(now - before))
                return _broken(
                    CLAIMS_THE_SAME, f"started again, it claims other {what}: not {one or '-'}, {other or '-'}"
                )
        return Finding(CLAIMS_THE_SAME.name, "ok")

    def restart(self) -> None:
        """End the program. The next one is fresh."""
        talk, self._talk = self._talk, None
        if talk is not None:
            with suppress(NodeError, OSError):
                talk.end()


def _played(exchange: Exchange, done: _Done, talk: Callable[[], Conversation]) -> Finding:
    missing = done.missing(exchange)
    try:
        if missing:
            raise Skipped(f"it takes what {missing} is about")
        exchange.play(talk())
    except Skipped as reason:
        found = Finding(exchange.name, "skipped", str(reason))
    except Broken as reason:
        found = _broken(exchange, str(reason), reason.breach)
    except (NodeUnavailable, AdapterError) as reason:
        found = _broken(exchange, str(reason))
    else:
        found = Finding(exchange.name, "ok")
    done[exchange.name] = found
    return found


def _broken(exchange: Exchange, saw: str, breach: Breach | None = None) -> Finding:
    words = breach or exchange
    return Finding(exchange.name, "broken", saw, words.says, words.mend)
