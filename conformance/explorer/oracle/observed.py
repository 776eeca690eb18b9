"""The reference as the oracle runs it: a node that notes every transition its sockets go through."""

from __future__ import annotations

from typing import Any, TypeAlias

from gen_tck.adapters.reference import SimulatedNode
from gen_tck.reference.choices import Decisions
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.functions import FUNCTIONS, Functions
from gen_tck.reference.tables import Machine, Transition, transitions

__all__ = ["TRANSITIONS", "ObservedNode", "Transition", "TransitionPair"]

TransitionPair: TypeAlias = tuple[Transition | None, Transition]
"""A transition that a socket went through, after the one that it had gone through before."""

TRANSITIONS: tuple[Transition, ...] = tuple(transitions(*TcpDriver.tables))
"""All that the reference's tables speak of."""
PAIRED = frozenset(["packet", "fin", "failure", "write_failure", "send_timeout", "receive", "activated", "send"])
"""Events of which pairs are counted: what comes of a connection. All else that happens follows from one of them, or is
asked for."""
PAIRED_OF_SERVERS = frozenset(["recv", "packet", "waits", "failed", "aborted", "recv_timeout", "send_error"])
"""The same of the servers of the socket backend."""
_PAIRED = PAIRED | PAIRED_OF_SERVERS


class ObservedNode(SimulatedNode):
    """A simulated node that is its system's observer."""

    def __init__(self, driver: type[TcpDriver] = TcpDriver, functions: Functions = FUNCTIONS) -> None:
        self.transition_pairs: list[TransitionPair] = []
        """The transitions of all sockets since the last ``clear``, oldest first."""
        self.last: dict[TcpDriver, Transition | None] = {}
        """All sockets since the last ``clear``, oldest first, also those that are closed, and where each went last."""
        self._others: dict[Machine, Transition | None] = {}
        """Those that a model has made of machines of its own."""
        self.decisions = Decisions()
        """Those since the last ``clear``: whoever begins gives the first of them."""
        super().__init__(driver, functions, observer=self)

    def opened(self, machine: Machine) -> None:
        """There is a new socket."""
        if isinstance(machine, TcpDriver):
            self.last[machine] = None
        else:
            self._others[machine] = None

    def passes(self, machine: Machine, transition: Transition) -> None:
        """A socket goes through a transition."""
        if transition.event in _PAIRED:
            last: dict[Any, Transition | None] = self.last if machine in self.last else self._others
            self.transition_pairs.append((last[machine], transition))
            last[machine] = transition
        else:
            self.transition_pairs.append((None, transition))

    def clear(self) -> None:
        self.transition_pairs.clear()
        self.last.clear()
        self._others.clear()
        self.decisions = Decisions()
        super().clear()

    def kept(self) -> tuple[object, ...]:
        """All that there is since the last ``clear`` but its decisions."""
        return self.system, self._processes, self.transition_pairs, self.last, self._others

    def keep(self, kept: Any) -> None:
        """Go on with what was :meth:`kept`, or a copy of that."""
        self.system, self._processes, self.transition_pairs, self.last, self._others = kept

    def shared(self) -> list[object]:
        """What it has all the time: no ``clear`` makes it anew."""
        anew = self.kept()
        return [self, *[each for each in vars(self).values() if not any(each is other for other in anew)]]

    def choose(self, name: str, options: int) -> int:
        """Decides what no rule does."""
        return self.decisions(name, options)

    def input_is_awaited(self) -> bool:
        """Whether any socket of the reference reads what comes, or waits for room to write."""
        others = self.system.vm.resources.values()
        return any(not driver.port.closed and driver.awaits_kernel() for driver in self.last) or any(
            each.awaits_kernel() for each in others
        )

    def time_is_awaited(self) -> bool:
        """Whether anything would happen if only time passed."""
        return self.system.vm.timers.next_due() is not None
