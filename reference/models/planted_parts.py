"""What is otherwise in the drivers and ports that have a planted fault."""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.fields import Request
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.driver.options import BadOption
from gen_tck.reference.driver.receiving import Receive
from gen_tck.reference.errors import ErlangError
from gen_tck.reference.port import OpenPort
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import Atom, Pid, Term


class UnlinkedPort(OpenPort):
    """A port that outlives its owner."""

    def exit_signal(self, sender: Term, reason: Term, *, linked: bool = False) -> None:
        if self.owner in self.vm.processes:
            super().exit_signal(sender, reason, linked=linked)


class TakesTurns(TcpDriver):
    """Every other message counts."""

    first_is_through: bool = False

    def is_second(self, _: object) -> bool:
        """Whether one is through."""
        return self.first_is_through

    def turn(self, _: object) -> None:
        """One is through, or both are."""
        self.first_is_through = not self.first_is_through


class LengthIsIgnored(TcpDriver):
    """A receive of so many bytes is one of any."""

    def ask_for_input(self, receive: Receive) -> None:
        request, _, timeout = receive
        super().ask_for_input((request, 0, timeout))


class LingerIsRefused(TcpDriver):
    """A documented option is none."""

    def set_options(self, pairs: list[tuple[str, Term]]) -> None:
        if any(name == "linger" for name, _ in pairs):
            raise BadOption
        super().set_options(pairs)


class TimeoutLosesBytes(TcpDriver):
    """What was read goes with the receive."""

    def expire(self) -> None:
        self.input.clear()
        super().expire()


class EagerPort(OpenPort):
    """A port that tells of a suspension before it comes about, and then again."""

    async def suspend(self, caller: Process) -> None:
        self.vm.suspended(caller, self)
        await super().suspend(caller)


class StatefulRequest(Request):
    """A request that answers ``{inet_async, S, Ref, Status, State}``."""

    def answer(self, status: Term) -> None:
        self.drop()
        self.caller.deliver((a.inet_async, self.port.id, self.reference, status, a.state))


class AnswersAreFiveTuples(TcpDriver):
    """Each request is of that kind."""

    def ask_for_input(self, receive: Receive) -> None:
        receive[0].__class__ = StatefulRequest
        super().ask_for_input(receive)


class PatientPort(OpenPort):
    """A port that takes no notice of ``nosuspend``."""

    async def command(
        self, caller: Process, data: Term, *, force: bool = False, nosuspend: bool = False, owner: Pid | None = None
    ) -> bool:
        return await super().command(caller, data, force=force, owner=owner)


class UnforcedPort(OpenPort):
    """A port whose driver does not let commands through while it is busy."""

    async def command(
        self, caller: Process, data: Term, *, force: bool = False, nosuspend: bool = False, owner: Pid | None = None
    ) -> bool:
        if force:
            raise ErlangError("error", Atom("notsup"))
        return await super().command(caller, data, nosuspend=nosuspend, owner=owner)


class LooksAtTheLowWatermark(TcpDriver):
    """As soon as that is set."""

    def set_options(self, pairs: list[tuple[str, Term]]) -> None:
        super().set_options(pairs)
        if self.port.busy and len(self.output) <= self.options["low_watermark"]:
            self.handle("let_go", a.ok)


class LooksAtTheHighWatermark(TcpDriver):
    """As soon as that is set."""

    def set_options(self, pairs: list[tuple[str, Term]]) -> None:
        super().set_options(pairs)
        if self.port.busy and len(self.output) < self.options["high_watermark"]:
            self.handle("let_go", a.ok)


class BusyOutlivesItsTimeout(TcpDriver):
    """Nobody is let go."""

    def reply_timeout(self, _: object) -> None:
        self.end_their_time(None)
        self.reply_waiting((a.error, a.timeout))


class LatePort(OpenPort):
    """A port whose exit signals come after everything else that runs now."""

    def signal_links(self, reason: Term) -> list[Process]:
        def late() -> None:
            for process in OpenPort.signal_links(self, reason):
                process.exit_signal(self.id, reason, linked=True)

        self.vm.timers.start(1, late)
        return []


class EndIsNotTold(TcpDriver):
    """As if it had been told."""

    def tell_closed(self, _: object) -> None:
        self.told_closed = True


class CloseForgetsTheReceiver(TcpDriver):
    """Of a closed port nobody hears."""

    def answer_closed(self, _: object) -> None:
        if not self.port.closed:
            super().answer_closed(_)


class EndIsToldAsAReset(TcpDriver):
    """Before it is told as what it is."""

    def tell_closed(self, _: object) -> None:
        if not self.told_closed:
            self.tell_failure(a.econnreset)
        super().tell_closed(_)


class RepliesToTheOwner(TcpDriver):
    """Whoever has sent."""

    def reply(self, caller: Pid, status: Term) -> None:
        super().reply(self.port.owner, status)


class ReceiverIsKnown(TcpDriver):
    """A packet can be lost on whoever waits."""

    def has_receiver(self, _: object) -> bool:
        """Whether a receive waits."""
        return self.receiving is not None


class TimeoutReturnsOtherBytes(TcpDriver):
    """Whatever was sent."""

    def reply_timeout(self, _: object) -> None:
        self.handle("let_go", (a.error, (a.timeout, b"rest")))
