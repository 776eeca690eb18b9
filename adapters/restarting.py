"""A node whose program cannot clean up: it is ended and started anew at each ``clear`` (``restart = "at-clear"``).

That costs a start for each case. Most of it is saved by a *spare*, started while the case before is played, which only
has to shake hands when it is wanted. Nothing of this is a failure. The processes of the new program are others, with
handles of their own numbering; nobody keeps those of a program that has been cleared away.
"""

from __future__ import annotations

from collections.abc import Callable

from gen_tck.adapters.child import ChildNode, StartedChild
from gen_tck.adapters.interface import (
    AdapterError,
    Capabilities,
    Census,
    NodeDied,
    NodeError,
    NodeUnavailable,
    Waited,
)
from gen_tck.adapters.loopback import LoopbackNetwork
from gen_tck.adapters.processes import ChildProcess


class RestartingNode:
    """A node (:class:`gen_tck.adapters.interface.Node`) that one program after another plays."""

    def __init__(
        self,
        start: Callable[[], StartedChild],
        *,
        spare: bool = True,
        claims: Callable[[Capabilities], Capabilities] = lambda claimed: claimed,
    ) -> None:
        """``start()`` starts a program, ``claims`` says what of that which it claims counts. Raises ``NodeError``."""
        self._start, self._keeps_spare, self._claims = start, spare, claims
        self._spare: StartedChild | None = None
        self._stops = 0  # of those before
        self.lost = ""
        """Why the last spare that could not be had was of no use: for whoever wrote its program."""
        self._used = self._closed = False
        self._node: ChildNode = start().finish()
        self.capabilities = claims(self._node.capabilities)
        self._prepare()

    @property
    def keeps_spare(self) -> bool:
        """Whether the next program is started in advance."""
        return self._keeps_spare

    def program(self) -> ChildNode:
        """The program that plays now, for whoever talks to it by other ways; it is not as good as new any more."""
        self._used = True
        return self._node

    @property
    def pid(self) -> int:
        """The process id of the program that plays now."""
        return self._node.pid

    @property
    def network(self) -> LoopbackNetwork:
        return self._node.network

    @property
    def stops(self) -> int:
        return self._stops + self._node.stops

    def spawn(self) -> ChildProcess:
        self._used = True
        return self._node.spawn()

    def settle(self) -> bool:
        return self._node.settle()

    def advance(self, milliseconds: int) -> None:
        self._node.advance(milliseconds)

    def wait(
        self, condition: Callable[[], bool], owed: float = 0.0, progress: Callable[[], object] | None = None
    ) -> Waited:
        return self._node.wait(condition, owed, progress)

    def census(self) -> Census:
        return self._node.census()

    def clear(self) -> None:
        """End the program, and have another. One that has made no process is as good as new."""
        if self._closed:
            raise NodeDied("the node is closed")
        if not self._used:
            return
        self._stops += self._node.stops
        self._node.close()
        self._node = self._next()
        self._used = False
        now, before = self._claims(self._node.capabilities), self.capabilities
        if (now.profiles, now.calls) != (before.profiles, before.calls):
            self.close()
            raise AdapterError("started anew at a clear, the node claims other profiles or calls than before")
        self._prepare()

    def _next(self) -> ChildNode:
        spare, self._spare = self._spare, None
        if spare is not None:
            try:
                return spare.finish()
            except NodeUnavailable as reason:
                self.lost = str(reason)  # it did not bear to wait: one that does not have to may do better
        return self._start().finish()

    def _prepare(self) -> None:
        if self._keeps_spare:
            try:
                self._spare = self._start()
            except NodeError as reason:
                self._spare, self.lost = None, str(reason)  # it is tried again when it is wanted, and told of then

    def close(self) -> None:
        self._closed = True
        spare, self._spare = self._spare, None
        try:
            self._node.close()
        finally:
            if spare is not None:
                spare.end()


__all__ = ["RestartingNode"]
