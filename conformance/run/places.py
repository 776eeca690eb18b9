"""Where the cases of one process find their node: on this machine, or on one of its own, where nobody else is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from gen_tck.adapters.interface import Node, NodeUnavailable
from gen_tck.adapters.limits import Limits
from gen_tck.adapters.namespace import Namespace, NoNamespace
from gen_tck.adapters.registry import Entry
from gen_tck.conformance.run.supervisor import Supervisor

__all__ = ["APART", "Places"]

APART = "unreachable"
"""The profile whose cases take a node on a machine of its own."""


class Places:
    """The nodes that are judged: one supervisor for each place, of which one is ``supervisor`` at a time."""

    def __init__(self, entry: Entry, limits: Limits) -> None:
        self._entry, self._limits = entry, limits
        self._here = self.supervisor = Supervisor(entry.open, limits, entry.begin)
        """Keeps the node for the case that is the next, or under way."""
        self._apart: Supervisor | None = None
        self._namespace: Namespace | None = None
        self._trouble = ""

    def stay(self, supervisor: Supervisor) -> None:
        """There is no other place than that of ``supervisor``, for all cases."""
        self._here = self.supervisor = self._apart = supervisor

    def stay_here(self) -> None:
        """The next case takes a node on this machine."""
        self.supervisor = self._here

    def go_apart(self) -> str:
        """The next case takes a node on a machine of its own. Why that cannot be had; empty if it can."""
        if not self._trouble:
            try:
                self._prepare()
            except NodeUnavailable as reason:
                self._trouble = str(reason)
        if not self._trouble and self._apart is not None:
            self.supervisor = self._apart
        return self._trouble

    def _prepare(self) -> None:
        """See that there is a node, once, and each time that nothing leads out of the namespace.

        Raises ``NodeUnavailable``.
        """
        if self._apart is None:
            self._apart = Supervisor(self._start(), self._limits)
            try:
                self._apart.node()
            except NodeUnavailable as reason:
                raise NoNamespace(f"the node does not start in a network namespace: {reason}") from None
        if self._namespace is not None:
            self._namespace.check()

    def _start(self) -> Callable[[], Node]:
        """What starts a node apart. Raises :class:`NoNamespace`."""
        if self._entry.open_apart is not None:
            return self._entry.open_apart
        if self._entry.open_in is None:
            raise NoNamespace("the kit cannot start this node in a network namespace")
        self._namespace = Namespace()
        return partial(self._entry.open_in, self._namespace)

    def close(self) -> None:
        """End all nodes, and the namespace. Idempotent."""
        for each in (self._here, self._apart):
            if each is not None:
                each.close()
        if self._namespace is not None:
            self._namespace.close()
