"""Keeps a node running for the cases of one process, however often it dies."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from gen_tck.adapters.interface import AdapterError, Capabilities, Node, NodeError, Starting
from gen_tck.adapters.limits import DEFAULTS, Limits
from gen_tck.conformance.results.verdicts import NodeGivenUp


class Supervisor:
    """The place of a node: starts it when it is wanted, and again when it failed, up to a limit."""

    def __init__(
        self, start: Callable[[], Node], limits: Limits = DEFAULTS, begin: Callable[[], Starting] | None = None
    ) -> None:
        """``start()`` gives a node; ``begin()``, if there is a way, one that need not be waited for yet."""
        self._start, self._begin = start, begin
        self._begun: Starting | None = None
        self._limits = limits
        self._node: Node | None = None
        self._capabilities: Capabilities | None = None
        self._failures = 0
        self._unanswered = 0
        self._in_a_row = 0
        self._given_up = ""

    def prepare(self) -> None:
        """A node will soon be wanted: let it start meanwhile, if it can. What is wrong with it is told then."""
        if self._begin is not None and self._node is None and self._begun is None:
            with contextlib.suppress(NodeError):
                self._begun = self._begin()

    def begin(self, case: str) -> None:
        """The case with this id is the next."""

    @property
    def known(self) -> Capabilities | None:
        """What the node said of itself, if it ever ran."""
        return self._capabilities

    @property
    def capabilities(self) -> Capabilities:
        """What the node says of itself; starts it if need be. Raises ``NodeError``."""
        if self._capabilities is None:
            self.node()
        assert self._capabilities is not None
        return self._capabilities

    @property
    def is_given_up(self) -> bool:
        """Whether there is no node any more, and never will be."""
        return bool(self._given_up)

    def node(self) -> Node:
        """The running node. Raises :class:`NodeGivenUp` if it failed too often, other ``NodeError`` as it starts."""
        if self._node is None:
            if self._given_up:
                raise NodeGivenUp(self._given_up)
            self._node = self._open()
            self._check_claims(self._node.capabilities)
        return self._node

    def _check_claims(self, now: Capabilities) -> None:
        """Raise ``AdapterError`` for a node that claims other things than before: it was not judged by those."""
        before, self._capabilities = self._capabilities, self._capabilities or now
        if before is not None and (before.profiles, before.calls) != (now.profiles, now.calls):
            self.close()
            self._count()
            raise AdapterError("started again, the node claims other profiles or calls than before")

    def _open(self) -> Node:
        begun, self._begun = self._begun, None
        try:
            return self._start() if begun is None else begun.finish()
        except NodeError:
            self._count()
            raise

    def survived(self) -> None:
        """A case came to its end with the node still there."""
        self._in_a_row = 0

    def failed(self, reason: NodeError | None = None) -> None:
        """The node died, hung or broke the protocol: end what is left of it. The next :meth:`node` starts it again.

        One that left a request unanswered is asked for little when it is started again: if it does not answer that
        either, nothing can be learnt from it, and it is given up.
        """
        if self._node is not None:
            self._count()
        self.close()
        if isinstance(reason, AdapterError):
            self._unanswered += 1
            if self._unanswered >= self._limits.unanswered and not self._given_up:
                self._given_up = _given_up(f"{self._unanswered} times left a request unanswered", "unanswered")
            if not self._given_up:
                self._try()

    def _try(self) -> None:
        try:
            node = self.node()
            node.spawn().mailbox()
            node.settle()
            node.clear()
        except NodeError as reason:
            self.close()
            self._given_up = f"the node was given up: started again, it still does not answer ({reason})"

    def _count(self) -> None:
        self._in_a_row += 1
        self._failures += 1
        if self._in_a_row >= self._limits.failures_in_a_row:
            self._given_up = _given_up(f"failed {self._in_a_row} times in a row", "failures_in_a_row")
        elif self._failures >= self._limits.failures:
            self._given_up = _given_up(f"failed {self._failures} times", "failures")

    def restart(self) -> None:
        """End the node in order: the next :meth:`node` is a fresh one. This is no failure."""
        self.close()

    def close(self) -> None:
        """End the node. Idempotent."""
        begun, self._begun = self._begun, None
        if begun is not None:
            begun.end()
        node, self._node = self._node, None
        if node is not None:
            # There is nothing to be done about a node that cannot even be ended in order.
            with contextlib.suppress(NodeError):
                node.close()


def _given_up(what: str, limit: str) -> str:
    return f"the node was given up: it {what} (--limit {limit}=N allows more)"
