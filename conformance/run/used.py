"""What a trace shows that its case uses.

Two things are seen. The **foundations**: the calls that were made, the options that were named or asked for, the
framings; each has a clause that says that it is there at all. And the **basics**: what nearly everything leans on, such
as that an active socket delivers messages, without which a case that saw a message could not have passed. So a fault in
one of these is not told once for each case that happens to meet it.
"""

from __future__ import annotations

from collections.abc import Iterator

from gen_tck.conformance.traces import events as kinds
from gen_tck.conformance.traces.events import AnyDone, AnyEvent, AnySeen, Done
from gen_tck.conformance.traces.file import Trace
from gen_tck.spec.calls import CALLS, Function
from gen_tck.spec.exhaustive import assert_never
from gen_tck.spec.framings import FRAMINGS, Framing, framing_of
from gen_tck.spec.options import OPTIONS, Option, Place, asked, named
from gen_tck.spec.scope import ASKS, settings_of
from gen_tck.spec.terms import Atom, Term

ERRORS = "ownership/errors-are-atoms"
"""The foundation of a call that returns ``{error, Reason}``."""

_ROWS: tuple[Function | Option | Framing, ...] = (*CALLS.values(), *OPTIONS, *FRAMINGS)

FOUNDATIONS: dict[str, str] = {each.clause: each.profile for each in _ROWS if each.clause} | {ERRORS: "essentials"}
"""The clauses that say that something is there at all, and their profiles."""

BASICS = (
    "modes/passive-delivers-nothing",
    "receiving/receives-what-is-available",
    "receiving/exact-length",
    "receiving/times-out",
    "sending/sends-the-bytes",
    "modes/active-delivers-messages",
    "modes/turning-active-delivers-what-waits",
    "modes/once-delivers-one-message",
    "modes/count-delivers-its-number-of-messages",
    "receiving/length-header-is-stripped",
    "receiving/line-ends-with-its-delimiter",
    "ownership/owner-may-transfer",
    "closing/peer-sees-the-end",
    "closing/recv-tells-of-the-end",
    "closing/active-owner-is-told-of-the-end",
    "closing/half-open-socket-sends",
    "closing/shutdown-write-is-seen-by-the-peer",
    "sending/send-timeout-ends-a-blocked-send",
)
"""The clauses that nearly everything leans on. The cases about one of them use earlier ones at most."""


def used_in(trace: Trace) -> frozenset[str]:
    """The foundations and basics that a recorded case uses, without the clauses that it is about."""
    reader = _Reader()
    for event in trace.events:
        reader.read(event)
    about = trace.header.clauses
    return frozenset((reader.foundations | _before(about, reader.basics())).difference(about))


def _before(about: list[str], basics: set[str]) -> set[str]:
    """Those of ``basics`` that a case about these clauses may use."""
    first = about[0] if about else ""
    if first in FOUNDATIONS:
        return set()
    return basics.intersection(BASICS[: BASICS.index(first)] if first in BASICS else BASICS)


class _Reader:
    """Reads the events of a trace, in order."""

    def __init__(self) -> None:
        self.foundations: set[str] = set()
        self._basics: set[str] = set()
        self._framings: set[str] = set()
        self._calls: dict[int, kinds.Call] = {}
        self._received = False
        self._did: set[str] = set()
        """What else was done and seen: ``sent``, ``arrived``, ``closed``, ``fin``, ``half open``, ``peer ended``."""

    def read(self, event: AnyEvent) -> None:
        """Take in one event."""
        if isinstance(event, Done):
            self._done(event)
        else:
            self._seen(event)

    def _done(self, event: AnyDone) -> None:
        match event:
            case kinds.Call():
                self._calls[event.call] = event
                self._called(f"{event.module}.{event.function}/{len(event.args)}", event.args)
            case kinds.Finish() | kinds.Close() | kinds.Reset() | kinds.Vanish():
                self._did.add("peer ended")
            case kinds.Spawn() | kinds.Take() | kinds.Exit() | kinds.Settle() | kinds.Advance() | kinds.Wait():
                pass
            case kinds.Listen() | kinds.Accept() | kinds.Dial() | kinds.DialRefused():
                pass
            case kinds.Offer() | kinds.OfferFailed() | kinds.Step():
                pass
            case _:
                assert_never(event)

    def _seen(self, event: AnySeen) -> None:
        match event:
            case kinds.CameBack():
                call = self._calls[event.call]
                self._returned(f"{call.module}.{call.function}", call.args, event.returned)
            case kinds.MailboxSeen():
                self._came(event.mailbox)
            case kinds.MoreSeen():
                self._came(event.more)
            case kinds.DataSeen():
                self._did.add("arrived")
            case kinds.EndSeen():
                if event.end == "fin":
                    self._did.add("fin")
            case kinds.RaisedSeen() | kinds.EndedSeen() | kinds.FactSeen() | kinds.DeliveredSeen():
                pass
            case kinds.WaitedSeen() | kinds.RestSeen() | kinds.CensusSeen() | kinds.Compared() | kinds.NodeFailed():
                pass
            case _:
                assert_never(event)

    def _called(self, function: str, args: tuple[Term, ...]) -> None:
        call = CALLS.get(function)
        if call is None or call.is_helper:
            return
        self.foundations.add(call.clause)
        settings = settings_of(function, args)
        if function in ASKS:
            self.foundations.update(option.clause for option in asked(args[1]))
        elif settings is not None:
            self.foundations.update(self._set(*settings))

    def _set(self, place: Place, settings: Term) -> Iterator[str]:
        for option, value in named(settings, place):
            framing = framing_of(value) if option.name == "packet" else None
            if framing is not None:
                yield framing.clause
                self._framings.add(framing.name)
            # What a framing's clause says of connect is all that is needed there.
            if framing is None or place != "connect":
                yield option.clause
            if option.name == "exit_on_close" and value is Atom("false"):
                self._did.add("half open")
            if option.name == "active":
                self._basics.update(_of_mode(value, place))

    def _returned(self, function: str, args: tuple[Term, ...], value: Term) -> None:
        match function, value:
            case _, (Atom(name="error"), reason):
                self.foundations.add(ERRORS)
                self._refused(function, reason)
            case "gen_tcp.recv", (Atom(name="ok"), _):
                self._received = True
                exact = isinstance(args[1], int) and args[1] > 0
                self._basics.add("receiving/exact-length" if exact else "receiving/receives-what-is-available")
                self._basics.add("modes/passive-delivers-nothing")
            case "gen_tcp.controlling_process", Atom(name="ok"):
                self._basics.add("ownership/owner-may-transfer")
            case "gen_tcp.send", Atom(name="ok"):
                self._did.add("sent")
            case "gen_tcp.shutdown", Atom(name="ok") if args[1] is not Atom("read"):
                self._basics.add("closing/shutdown-write-is-seen-by-the-peer")
            case "gen_tcp.close", _:
                self._did.add("closed")

    def _refused(self, function: str, reason: Term) -> None:
        if function == "gen_tcp.recv" and reason is Atom("timeout"):
            self._basics.add("receiving/times-out")
        elif function == "gen_tcp.send" and reason is Atom("timeout"):
            self._basics.add("sending/send-timeout-ends-a-blocked-send")
        elif function == "gen_tcp.recv" and reason is Atom("closed") and "peer ended" in self._did:
            self._basics.add("closing/recv-tells-of-the-end")

    def _came(self, messages: tuple[Term, ...]) -> None:
        for message in messages:
            match message:
                case (Atom(name="tcp"), _, _):
                    self._received = True
                    self._basics.add("modes/active-delivers-messages")
                case (Atom(name="tcp_closed"), _):
                    self._basics.add("closing/active-owner-is-told-of-the-end")

    def basics(self) -> set[str]:
        """The basics that were seen, all in all."""
        seen = set(self._basics)
        if {"sent", "arrived"} <= self._did:
            seen.add("sending/sends-the-bytes")
        if {"closed", "fin"} <= self._did:
            seen.add("closing/peer-sees-the-end")
        if {"half open", "peer ended"} <= self._did:
            seen.add("closing/half-open-socket-sends")
        if self._received and self._framings & {"1", "2", "4"}:
            seen.add("receiving/length-header-is-stripped")
        if self._received and "line" in self._framings:
            seen.add("receiving/line-ends-with-its-delimiter")
        return seen


def _of_mode(mode: Term, place: Place) -> Iterator[str]:
    """The basics that setting a mode leans on."""
    if mode is Atom("once"):
        yield "modes/once-delivers-one-message"
    if isinstance(mode, int) and mode > 0:
        yield "modes/count-delivers-its-number-of-messages"
    if place == "setopts" and mode is not Atom("false"):
        yield "modes/turning-active-delivers-what-waits"
