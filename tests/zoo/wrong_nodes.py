"""The zoo: wrong implementations, each the reference with one fault put in from outside, named for what is wrong.

They are entry points of the group ``gen_tck.nodes`` (see ``conftest.py``), so that they are certified like any node.
"""

from __future__ import annotations

from gen_tck.adapters.reference import SimulatedNode
from gen_tck.reference import atoms as a
from gen_tck.reference.driver.fields import Request
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.driver.options import BadOption
from gen_tck.reference.driver.receiving import Receive
from gen_tck.reference.driver.states import COUNTED, ONCE, PASSIVE
from gen_tck.reference.errors import ErlangError
from gen_tck.reference.port import OpenPort
from gen_tck.reference.tables import Edit, Instead, edited
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
    tables = edited(
        TcpDriver.tables,
        Edit(
            (ONCE,),
            "packet",
            "",
            (
                Instead(("tell_packet", "turn"), PASSIVE, when="is_second"),
                Instead(("tell_packet", "turn")),
            ),
        ),
    )

    def is_second(self, _: object) -> bool:
        """Whether one is through."""
        return self.first_is_through

    def turn(self, _: object) -> None:
        """One is through, or both are."""
        self.first_is_through = not self.first_is_through


class OnceIsNeverSpent(TcpDriver):
    """``once`` stays ``once`` after its message."""

    tables = edited(TcpDriver.tables, Edit((ONCE,), "packet", "", (Instead(("tell_packet",)),)))


class LengthIsIgnored(TcpDriver):
    """A receive of so many bytes gives what there is."""

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
    """What was read for a receive is thrown away when the receive times out."""

    def expire(self) -> None:
        self.input.clear()
        super().expire()


class PassiveAfterNIsSilent(TcpDriver):
    """The end of ``{active, N}`` is not told."""

    tables = edited(
        TcpDriver.tables,
        Edit((COUNTED,), "packet", "is_last", (Instead(("tell_packet",), PASSIVE, when="is_last"),)),
    )


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

    def ask_for_input(self, receive: Receive) -> None:
        receive[0].__class__ = StatefulRequest
        super().ask_for_input(receive)


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
            self.handle("let_go", a.ok)


class RaisedHighWatermarkEndsBusy(TcpDriver):
    """The same of the high watermark."""

    def set_options(self, pairs: list[tuple[str, Term]]) -> None:
        super().set_options(pairs)
        if self.port.busy and len(self.output) < self.options["high_watermark"]:
            self.handle("let_go", a.ok)


class BusyOutlivesItsTimeout(TcpDriver):
    """When ``send_timeout`` is over its sender is answered, and the port stays busy."""

    def reply_timeout(self, _: object) -> None:
        self.end_their_time(None)
        self.reply_waiting((a.error, a.timeout))


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
