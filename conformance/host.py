"""Keeps a node running for the cases of one process, however often it dies."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from gen_tck.adapters.interface import Capabilities, Node, NodeError
from gen_tck.conformance.patience import Patience
from gen_tck.conformance.verdicts import NodeGivenUp

ANSWER_SECONDS = 2.0
"""How long a node may take to answer a command (not a call)."""

ANSWER_SECONDS_AGAIN = 0.5
"""The same for a node that failed before: one that answers nothing must not make the run endless."""

IN_A_ROW = 3
"""After so many failures without a case in between that it survived, a node is given up."""

IN_ALL = 10
"""After so many failures it is given up in any case: each costs a start, and perhaps a wait for an answer."""


class Host:
    """The place of a node: starts it when it is wanted, and again when it failed, up to a limit."""

    def __init__(self, start: Callable[[], Node]) -> None:
        self._start = start
        self._node: Node | None = None
        self._capabilities: Capabilities | None = None
        self._in_a_row = 0
        self._in_all = 0
        self.patience = Patience()

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

    def node(self) -> Node:
        """The running node. Raises :class:`NodeGivenUp` if it failed too often, other ``NodeError`` as it starts."""
        if self._node is None:
            if self._in_a_row >= IN_A_ROW or self._in_all >= IN_ALL:
                raise NodeGivenUp(f"the node was given up: it failed {self._in_all} times")
            self._node = self._open()
            self._capabilities = self._node.capabilities
        return self._node

    def _open(self) -> Node:
        try:
            node = self._start()
        except NodeError:
            self._count()
            raise
        if hasattr(node, "answer_seconds"):  # a child process; what runs in this process answers or raises
            node.answer_seconds = ANSWER_SECONDS_AGAIN if self._in_all else ANSWER_SECONDS
        return node

    def survived(self) -> None:
        """A case came to its end with the node still there."""
        self._in_a_row = 0

    def failed(self) -> None:
        """The node died, hung or broke the protocol: end what is left of it. The next :meth:`node` starts it again."""
        if self._node is not None:
            self._count()
        self.close()

    def _count(self) -> None:
        self._in_a_row += 1
        self._in_all += 1

    def close(self) -> None:
        """End the node. Idempotent."""
        node, self._node = self._node, None
        if node is not None:
            # There is nothing to be done about a node that cannot even be ended in order.
            with contextlib.suppress(NodeError):
                node.close()
