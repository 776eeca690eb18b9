"""How a test waits: for what is to come until it is there, and for what is not until that is proved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NoReturn

from gen_tck.adapters.interface import Node, Waited
from gen_tck.conformance.harness.expect import Inconclusive, Unexpected, Unsupported
from gen_tck.conformance.results.outcomes import Place
from gen_tck.spec import scope
from gen_tck.spec.calls import CALLS
from gen_tck.spec.terms import Term

# A failure is reported at the line of the test that expected something, not in here.
__tracebackhide__ = True


class Waits:
    """Waits on one node, and the longest timer that was set on it."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._stops = node.stops
        self._owed = 0.0

    def check_offered(self, call: str, args: Sequence[Term]) -> None:
        """Raise :class:`Unsupported` if the node does not offer ``call`` (``module.function/arity``).

        The same if no clause speaks of it, or of what it is given. ``ValueError`` if it is not in the catalogue:
        implementers must be able to read there what they are asked for.
        """
        outside = scope.outside(call, args)
        if outside:
            raise Unsupported(outside)
        if call not in CALLS:
            raise ValueError(f"{call} is not in the catalogue of calls, spec/calls.py")
        calls = self.node.capabilities.calls
        if calls is not None and call not in calls:
            raise Unsupported(f"the node does not offer {call}")

    def stood_still(self) -> bool:
        """Whether node or kit stood still since this was made: what was seen may be due to that."""
        return self.node.stops > self._stops

    def owe(self, seconds: float) -> None:
        """A timer of so many seconds was set: from now on, what does not come is waited for at least as long."""
        self._owed = max(self._owed, seconds)

    def wait(self, condition: Callable[[], bool], progress: Callable[[], object] | None = None) -> Waited:
        """Wait for ``condition()``, or until it is proved not to come; as long as ``progress()`` changes, it may."""
        return self.node.wait(condition, self._owed, progress)

    def wait_while(self, condition: Callable[[], bool]) -> bool:
        """Wait while ``condition()`` holds; whether it stopped holding. :class:`Inconclusive` if that is not proved."""
        waited = self.wait(lambda: not condition())
        if waited.cut_short:
            raise Inconclusive(f"the wait was cut short after {waited.seconds:.2f} s")
        return waited.met

    def accuse(self, waited: Waited, wanted: str, seen: str, where: str | Place) -> NoReturn:
        """Say what was ``seen`` instead of what was ``wanted``: after ``waited``, if it was waited for in vain.

        Raises :class:`Unexpected`; :class:`Inconclusive` if the wait was cut short, which proves nothing.
        """
        if waited.met:
            raise Unexpected(wanted, seen, where)
        if waited.cut_short:
            raise Inconclusive(f"the wait for {wanted} was cut short after {waited.seconds:.2f} s: {seen} so far")
        if waited.restless:
            seen = f"{seen}; the node kept running"
        raise Unexpected(wanted, seen, where, waited.seconds)

    def wait_for(
        self,
        condition: Callable[[], bool],
        wanted: str,
        instead: str,
        where: str | Place,
        progress: Callable[[], object] | None = None,
    ) -> None:
        """Wait for ``condition()``; :class:`Unexpected` if it does not come."""
        waited = self.wait(condition, progress)
        if not waited.met:
            self.accuse(waited, wanted, instead, where)

    def settle(self) -> None:
        """Everything that can happen without further input has happened. :class:`Unexpected` if that never ends."""
        if not self.node.settle():
            raise Unexpected("the node to come to rest", "the node kept running")

    def half_of(self, milliseconds: int) -> None:
        """Let half of a long timeout pass; from now on it is waited for its end. For slow cases."""
        self.advance(milliseconds // 2)
        self.owe(milliseconds / 1000)

    def advance(self, milliseconds: int) -> None:
        """Let time pass. Costs real time on a real node: keep it to 20 ms or so, but in slow cases."""
        self.node.advance(milliseconds)
