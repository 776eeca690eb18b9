"""The processes of a node behind the wire protocol, as the interface has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gen_tck.adapters import wire
from gen_tck.adapters.client import ChildCall, WireClient
from gen_tck.adapters.interface import CallFailed, Ended, Returned, Status
from gen_tck.spec.terms import Pid, Term

_LOOK_AT_MESSAGES = frozenset({"gen_tcp.controlling_process/2", "gen_tcp.close/1", "inet.cancel_monitor/1"})
"""The calls that may do something with messages that have come already: move them, or take them out."""


class ChildProcess:
    """A process of a child node."""

    def __init__(self, client: WireClient, pid: Pid) -> None:
        self._client = client
        self._call: ChildCall | None = None
        self.pid = pid

    @property
    def is_in_call(self) -> bool:
        """Whether a call of it is under way, as far as the kit has been told."""
        return self._call is not None and self._call.outcome is None

    def call(self, module: str, function: str, args: Sequence[Term]) -> ChildCall:
        if self.is_in_call:
            raise RuntimeError(f"{self.pid!r} has a call under way already")
        self._call = self._client.call(self.pid.number, module, function, args)
        return self._call

    def mailbox(self) -> tuple[Term, ...]:
        answer = self._client.ask(wire.MailboxRequest(self._client.next_id(), self.pid.number))
        return tuple(self._messages(answer))

    def _messages(self, answer: wire.Answer, before: int = 0) -> list[Term]:
        """Those of ``answer``, which come to ``before`` others."""
        messages, most = self._client.present(answer, "messages"), self._client.limits.mailbox
        if len(messages) + before > most:
            raise self._client.over(f"a mailbox with over {most} messages", "mailbox")
        return [self._client.term(each) for each in messages]

    def take(self, count: int) -> None:
        self._client.post(wire.TakeRequest(self._client.next_id(), self.pid.number, count))

    def exit(self, reason: Term) -> None:
        self._client.post(wire.ExitRequest(self._client.next_id(), self.pid.number, self._client.json(reason)))

    def status(self) -> Status:
        answer = self._client.ask(wire.StatusRequest(self._client.next_id(), self.pid.number))
        status: Status = self._client.present(answer, "status")
        return status


class DrainedProcess(ChildProcess):
    """A process whose mailbox cannot be looked at: what is taken out of it is kept here, as if it were still there.

    Before a call that may look at mailboxes itself all of it is sent back, to all processes.
    """

    def __init__(self, client: WireClient, pid: Pid, others: Mapping[int, ChildProcess]) -> None:
        """``others``: the processes of its node, by number, itself among them."""
        super().__init__(client, pid)
        self._others = others
        self._kept: list[Term] = []

    def call(self, module: str, function: str, args: Sequence[Term]) -> ChildCall:
        if f"{module}.{function}/{len(args)}" in _LOOK_AT_MESSAGES and not self.is_in_call:
            try:
                self._restore()
            except CallFailed as reason:
                self._call = None
                taken = "out of which the kit had to take messages"
                raise CallFailed(f"{module}:{function} looks at the mailbox, {taken}: {reason}") from None
        return super().call(module, function, args)

    def _restore(self) -> None:
        """Let all mailboxes be as if nobody had looked. Raises ``CallFailed`` if that cannot be done."""
        for each in self._others.values():
            if isinstance(each, DrainedProcess) and each._kept and not self._send_back(each):
                return

    def _send_back(self, receiver: DrainedProcess) -> bool:
        """Send ``receiver`` what was taken out of its mailbox; false if this process has ended."""
        if not receiver.is_in_call:
            receiver._drain()  # what has come since belongs behind
        while receiver._kept:
            sending = super().call("erlang", "send", [receiver.pid, receiver._kept[0]])
            outcome = self._client.outcome(sending)
            if isinstance(outcome, Ended):
                return False
            if not isinstance(outcome, Returned):
                raise CallFailed(f"erlang:send, which would give them back: {outcome or 'it does not come back'}")
            del receiver._kept[0]
        return True

    def mailbox(self) -> tuple[Term, ...]:
        self._drain()
        if self.status() == "ended":
            self._kept.clear()
        return tuple(self._kept)

    def take(self, count: int) -> None:
        if count > len(self._kept):
            self._drain()
        del self._kept[:count]

    def _drain(self) -> None:
        request = wire.TakeRequest(self._client.next_id(), self.pid.number)
        self._kept += self._messages(self._client.ask(request, may_fail=self.is_in_call), len(self._kept))


__all__ = ["ChildProcess", "DrainedProcess"]
