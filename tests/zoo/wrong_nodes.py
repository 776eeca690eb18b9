"""The zoo: wrong implementations, each the reference with one fault put in from outside, named for what is wrong.

They are entry points of the group ``gen_tck.nodes`` (see ``conftest.py``), so that they are certified like any node.
"""

from __future__ import annotations

from gen_tck.adapters.reference import SimulatedNode
from gen_tck.reference import atoms as a
from gen_tck.reference.driver.inet_drv import AFTER_PACKET, Request, TcpDriver
from gen_tck.reference.driver.options import BadOption
from gen_tck.reference.errors import ErlangError
from gen_tck.reference.port import OpenPort
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import Atom, Term


class UnlinkedPort(OpenPort):
    """A port that outlives its owner."""

    def exit_signal(self, reason: Term) -> None:
        if self.owner in self.vm.processes:
            super().exit_signal(reason)


class OwnersDeathDoesNotClose(TcpDriver):
    """The socket stays open when its controlling process ends."""

    port_class = UnlinkedPort


class OnceDeliversTwice(TcpDriver):
    """``once`` lets a second message through."""

    first_is_through = False

    def count_packet(self, detail: object) -> None:
        if self.active is a.once and not self.first_is_through:
            self.first_is_through = True
        else:
            self.first_is_through = False
            super().count_packet(detail)


class OnceIsNeverSpent(TcpDriver):
    """``once`` stays ``once`` after its message."""

    after_packet = AFTER_PACKET | {"once": lambda count: (a.once, False)}


class LengthIsIgnored(TcpDriver):
    """A receive of so many bytes gives what there is."""

    def begin_receive(self, detail: tuple[Request, int, int | None]) -> None:
        request, _, timeout = detail
        super().begin_receive((request, 0, timeout))


class LingerIsRefused(TcpDriver):
    """A documented option is none."""

    def set_options(self, pairs: list[tuple[str, Term]]) -> None:
        if any(name == "linger" for name, _ in pairs):
            raise BadOption
        super().set_options(pairs)


class TimeoutLosesBytes(TcpDriver):
    """What was read for a receive is thrown away when the receive times out."""

    def receive_timeout(self) -> None:
        self.input.clear()
        super().receive_timeout()


class PassiveAfterNIsSilent(TcpDriver):
    """The end of ``{active, N}`` is not told."""

    after_packet = AFTER_PACKET | {"count": lambda count: (count - 1, False) if count > 1 else (a.false, False)}


class EagerPort(OpenPort):
    """A port that tells of a suspension before it comes about, and then again."""

    async def suspend(self, caller: Process) -> None:
        self.vm.suspended(caller, self)
        await super().suspend(caller)


class SuspensionIsToldTwice(TcpDriver):
    """The system monitor hears of each suspended process twice."""

    port_class = EagerPort


class StatefulRequest(Request):
    """A request that answers as the seed text says in prose: ``{inet_async, S, Ref, Status, State}``."""

    def answer(self, status: Term) -> None:
        self.drop()
        self.caller.deliver((a.inet_async, self.port.id, self.reference, status, a.state))


class AnswersAreFiveTuples(TcpDriver):
    """``inet_async`` messages have five elements."""

    def begin_receive(self, detail: tuple[Request, int, int | None]) -> None:
        detail[0].__class__ = StatefulRequest
        super().begin_receive(detail)


class PatientPort(OpenPort):
    """A port that takes no notice of ``nosuspend``."""

    async def command(self, caller: Process, data: Term, *, force: bool = False, nosuspend: bool = False) -> bool:
        return await super().command(caller, data, force=force)


class NosuspendSuspends(TcpDriver):
    """A busy port suspends callers that asked not to be."""

    port_class = PatientPort


class UnforcedPort(OpenPort):
    """A port whose driver does not let commands through while it is busy."""

    async def command(self, caller: Process, data: Term, *, force: bool = False, nosuspend: bool = False) -> bool:
        if force:
            raise ErlangError("error", Atom("notsup"))
        return await super().command(caller, data, nosuspend=nosuspend)


class ForceIsRefused(TcpDriver):
    """The driver does not let commands through while its port is busy."""

    port_class = UnforcedPort


class RaisedLowWatermarkEndsBusy(TcpDriver):
    """A busy port looks at its low watermark as soon as that is set, though nothing has drained."""

    def set_options(self, pairs: list[tuple[str, Term]]) -> None:
        super().set_options(pairs)
        if self.port.busy and len(self.output) <= self.options["low_watermark"]:
            self._no_longer_busy(a.ok)


class RaisedHighWatermarkEndsBusy(TcpDriver):
    """The same of the high watermark."""

    def set_options(self, pairs: list[tuple[str, Term]]) -> None:
        super().set_options(pairs)
        if self.port.busy and len(self.output) < self.options["high_watermark"]:
            self._no_longer_busy(a.ok)


class BusyOutlivesItsTimeout(TcpDriver):
    """When ``send_timeout`` is over its sender is answered, and the port stays busy."""

    def reply_timeout(self, _: object) -> None:
        self._cancel_send_timer()
        senders, self.waiting_senders = self.waiting_senders, []
        for sender in senders:
            self.reply(sender, (a.error, a.timeout))


class LatePort(OpenPort):
    """A port whose exit signals come after everything else that runs now."""

    def signal_links(self, reason: Term) -> None:
        self.vm.timers.start(1, lambda: OpenPort.signal_links(self, reason))


class ExitSignalComesAfterBadarg(TcpDriver):
    """A linked process finds its port closed before it is told."""

    port_class = LatePort


ZOO = {
    "owners-death-does-not-close": OwnersDeathDoesNotClose,
    "once-delivers-twice": OnceDeliversTwice,
    "once-is-never-spent": OnceIsNeverSpent,
    "length-is-ignored": LengthIsIgnored,
    "linger-is-refused": LingerIsRefused,
    "timeout-loses-bytes": TimeoutLosesBytes,
    "passive-after-n-is-silent": PassiveAfterNIsSilent,
    "suspension-is-told-twice": SuspensionIsToldTwice,
    "answers-are-five-tuples": AnswersAreFiveTuples,
    "nosuspend-suspends": NosuspendSuspends,
    "force-is-refused": ForceIsRefused,
    "raised-low-watermark-ends-busy": RaisedLowWatermarkEndsBusy,
    "raised-high-watermark-ends-busy": RaisedHighWatermarkEndsBusy,
    "busy-outlives-its-timeout": BusyOutlivesItsTimeout,
    "exit-signal-comes-after-badarg": ExitSignalComesAfterBadarg,
}


def __getattr__(name: str) -> object:
    """An opener for every animal, by the name that its entry point uses: ``open_once_delivers_twice``."""
    animal = name.removeprefix("open_").replace("_", "-")
    if animal not in ZOO:
        raise AttributeError(name)
    return lambda: SimulatedNode(ZOO[animal])
