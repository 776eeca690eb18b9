"""A trace as one self-contained Erlang module that does it again: no kit, no dependency, peer included."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

from gen_tck.adapters.interface import Ended, Raised, Returned
from gen_tck.conformance.results.verdicts import Case
from gen_tck.conformance.traces import earlier
from gen_tck.conformance.traces import erlang_values as erl
from gen_tck.conformance.traces import events as kinds
from gen_tck.conformance.traces.cases import recorded_case
from gen_tck.conformance.traces.data import unpack
from gen_tck.conformance.traces.erlang_source import Comment, Expression, Function, Module, Text, module_name, source
from gen_tck.conformance.traces.event_facts import outcome_of, peer_of
from gen_tck.conformance.traces.events import Answer, AnyDone, AnyEvent, AnySeen, Done
from gen_tck.conformance.traces.fields import Looked
from gen_tck.conformance.traces.file import Trace, TraceError, check_calls
from gen_tck.conformance.traces.lines import tag_of
from gen_tck.spec.calls import TELL_ADDRESSES
from gen_tck.spec.exhaustive import assert_never
from gen_tck.spec.terms import Atom, List, Term

MOST_SAID = 32 * 2**20
"""Bytes of messages and data that a module may say: a whole mailbox, each time that there is one more in it."""
EXPORTS = (("main", 0), ("run", 0))


def erlang_module(trace: Trace, sentences: dict[str, str]) -> str:
    """The module's text. ``sentences``: what each clause of the case says, for the comment on top.

    Raises ``TraceError`` if ``trace`` has a call made that a file may not have made.
    """
    return source(reproduction(trace, sentences))


def reproduction(trace: Trace, sentences: dict[str, str]) -> Module:
    """The module. Raises :class:`~gen_tck.conformance.traces.file.TraceError`."""
    check_calls(trace)
    case = recorded_case(trace)
    name = module_name("repro", trace.header.case.rpartition("::")[2])
    socket = trace.header.node.details.get("backend") == "socket"
    options = List([(Atom("inet_backend"), Atom("socket"))] if socket else [])
    return Module(
        name,
        [Comment(line) for line in _about(trace, case, sentences, name)],
        EXPORTS,
        [
            Function("about", Text(_in_short(trace, case))),
            Function("backend_options", options),
            Function("streams", Atom("false" if _has_packets(trace) else "true")),
            Function("steps", List(_Steps(trace, case).render())),
        ],
        (files("gen_tck.conformance.traces") / "erlang_export.erl").read_text(),
    )


def _has_packets(trace: Trace) -> bool:
    """Whether some socket may deliver packets, so that it tells how its messages are cut."""
    return any(
        _speaks_of(argument, "packet")
        for event in trace.events
        if isinstance(event, kinds.Call)
        for argument in event.args
    )


def _speaks_of(term: Term, option: str) -> bool:
    if isinstance(term, tuple | List):
        return any(_speaks_of(each, option) for each in term)
    return isinstance(term, Atom) and term.name == option


def _about(trace: Trace, case: Case, sentences: dict[str, str], name: str) -> Iterator[str]:
    header = trace.header
    yield f"Reproduces {header.case}"
    yield f"as recorded on {header.node.name} {header.node.version}: {case.verdict}."
    for clause in header.clauses:
        yield f"{clause}: {' '.join(sentences.get(clause, '').split())}"
    if case.expected:
        yield f"Expected: {case.expected}"
        yield f"Seen:     {case.seen}"
    yield ""
    yield f"Save as {name}.erl; then: erlc {name}.erl && erl -noshell -s {name} main"


def _in_short(trace: Trace, case: Case) -> str:
    if not case.expected:
        return f"{trace.header.case}: {case.verdict}"
    return f"{trace.header.case}: expected was {case.expected}, seen was {case.seen}"


class _Steps:
    """The events of a trace as Erlang expressions, one a step."""

    def __init__(self, trace: Trace, case: Case) -> None:
        self._trace = trace
        self._case = case
        self._mailboxes: dict[int, tuple[Term, ...]] = {}
        self._written = 0
        self._calls = {event.call: event for event in trace.events if isinstance(event, kinds.Call)}
        self._ports = {event.port for event in trace.events if isinstance(event, kinds.Listen)}
        self._ports |= set(self._told_ports())

    def _told_ports(self) -> Iterator[int]:
        """The ports of the subject's own listeners."""
        for event in self._trace.events:
            if isinstance(event, kinds.CameBack) and self._function(event.call) == ("inet", "port"):
                value = event.returned
                if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], int):
                    yield value[1]

    def _function(self, call: int) -> tuple[str, str] | None:
        made = self._calls.get(call)
        return None if made is None else (made.module, made.function)

    def render(self) -> list[Expression]:
        steps: list[Expression | None] = []
        passing: dict[tuple[str, int], int] = {}
        received: tuple[int, bytearray] | None = None
        for event in self._trace.events:
            if isinstance(event, kinds.DataSeen):
                # In how many pieces it comes is another each time.
                if received is not None and received[0] != event.peer:
                    steps.append(self._of_peer("peer_data", received[0], bytes(received[1])))
                    received = None
                received = received or (event.peer, bytearray())
                received[1].extend(unpack(event.data))
                continue
            step = self._done(event) if isinstance(event, Done) else self._seen(event)
            if step is not None and received is not None:
                steps.append(self._of_peer("peer_data", received[0], bytes(received[1])))
                received = None
            self._forget_the_passing(event, steps, passing)
            steps.append(step)  # also if it is none, so that whatever takes its place finds it
        if received is not None:
            steps.append(self._of_peer("peer_data", received[0], bytes(received[1])))
        answered = {event.call for event in self._trace.events if isinstance(event, Answer)}
        steps += [erl.step("blocked", call) for call in self._calls if call not in answered]
        return [*[each for each in steps if each is not None], *self._absences()]

    def _forget_the_passing(
        self, event: AnyEvent, steps: list[Expression | None], passing: dict[tuple[str, int], int]
    ) -> None:
        """Take out of ``steps`` a mailbox or status that became another before anything was done again.

        How soon the kit looks is another each time. ``passing``: where those are that may be taken out.
        """
        if isinstance(event, Done) and not isinstance(event, kinds.Wait):
            passing.clear()
        if self._is_script and isinstance(event, kinds.MailboxSeen | kinds.MoreSeen | kinds.StatusSeen):
            key = ("status" if isinstance(event, kinds.StatusSeen) else "mailbox", event.process)
            if key in passing:
                steps[passing[key]] = None
            passing[key] = len(steps)

    def _absences(self) -> Iterator[Expression]:
        """What did not come, as far as the recording says so: nothing tells of it while it does not come."""
        events, looked = self._trace.events, self._looked()
        names = {event.process: event.name for event in events if isinstance(event, kinds.Spawn)}
        ended = {each.process for each in events if isinstance(each, kinds.StatusSeen) and each.status == "ended"}
        for process, name in names.items():
            # A test that passed has looked at every mailbox in the end, one that failed at that which it names; of a
            # script everything is looked at.
            known = self._passed if looked is None else name == looked.mailbox != ""
            if (known or self._is_script) and process not in ended:
                yield erl.step("no_more", process, erl.several(self._mailboxes.get(process, ())))
        peers = {peer_of(event) for event in events} - {None}
        if looked is not None and looked.open:
            if self._is_script:
                yield from self._open_peers()
            elif len(peers) == 1:
                yield erl.step("peer_open", peers.pop())

    def _looked(self) -> Looked | None:
        """What the comparison looked at that failed, if one did."""
        for event in self._trace.events:
            if isinstance(event, kinds.Compared) and not event.ok:
                return event.looked or earlier.looked(event, self._case)
        return None

    def _open_peers(self) -> Iterator[Expression]:
        """The peers that still read and have seen no end."""
        events = self._trace.events
        ended = {event.peer for event in events if isinstance(event, kinds.EndSeen | kinds.Close | kinds.Reset)}
        for peer in sorted({event.peer for event in events if isinstance(event, kinds.Accept)} - ended):
            yield erl.step("peer_open", peer)

    @property
    def _is_script(self) -> bool:
        return isinstance(self._trace.header.script, str)

    @property
    def _passed(self) -> bool:
        return self._case.verdict in ("pass", "varies")

    def _done(self, event: AnyDone) -> Expression | None:
        match event:
            case kinds.Spawn():
                return erl.step("spawn", event.process, Text(event.name or "process"), erl.expressed(event.pid))
            case kinds.Listen():
                return erl.step("listen", event.listener, event.port, erl.buffer(event.receive_buffer))
            case kinds.Accept():
                return erl.step("accept", event.listener, event.peer)
            case kinds.DialRefused():
                return erl.step("dial", event.port, Atom("refused"))
            case kinds.Dial():
                return erl.step("dial", event.port, event.peer, erl.buffer(event.receive_buffer))
            case kinds.Offer():
                return self._of_peer("offer", event.peer, unpack(event.data))
            case kinds.Finish() | kinds.Close() | kinds.Reset():
                return erl.step(tag_of(type(event)), event.peer)
            case kinds.Vanish():
                raise TraceError(f"{self._trace.path}: no socket of Erlang's can vanish, as peer {event.peer} does")
            case kinds.Call():
                return self._call(event)
            case kinds.Take():
                self._mailboxes[event.process] = self._mailboxes.get(event.process, ())[event.count :]
                return erl.step("take", event.process, event.count)
            case kinds.Exit():
                return erl.step("exit", event.process, erl.expressed(event.reason))
            case kinds.Advance():
                return erl.step("sleep", event.milliseconds)
            case kinds.Settle():
                # A script has timeouts of 250 ms in it, which must not end while it only waits for things to settle.
                return erl.step("sleep", 10 if self._is_script else 50)
            case kinds.OfferFailed() | kinds.Wait() | kinds.Step():
                return None
            case _:
                return assert_never(event)

    def _say(self, count: int) -> None:
        """So many bytes more will be said. Raises ``TraceError`` if they are too many."""
        self._written += count
        if self._written > MOST_SAID:
            raise TraceError(f"{self._trace.path}: as Erlang it would say over {MOST_SAID} bytes of messages and data")

    def _of_peer(self, what: str, peer: int, data: bytes) -> Expression:
        """A step with data, which a trace may say in a few characters."""
        said = erl.data(data)
        if said is data:
            self._say(len(data))
        return erl.step(what, peer, said)

    def _call(self, event: kinds.Call) -> Expression:
        args = [erl.expressed(each) for each in event.args]
        if (event.module, event.function) == ("gen_tcp", "connect") and type(args[1]) is int:
            args[1] = erl.port(args[1]) if args[1] in self._ports else args[1]
        return erl.step("call", event.call, event.process, Atom(event.module), Atom(event.function), List(args))

    def _seen(self, event: AnySeen) -> Expression | None:
        match event:
            case kinds.CameBack() | kinds.RaisedSeen() | kinds.EndedSeen():
                return self._outcome(event)
            case kinds.MailboxSeen():
                return self._mailbox(event.process, event.mailbox)
            case kinds.MoreSeen():
                return self._mailbox(event.process, self._mailboxes.get(event.process, ()) + event.more)
            case kinds.FactSeen():
                return self._fact(event)
            case kinds.EndSeen():
                return erl.step("peer_end", event.peer, Atom(event.end))
            case kinds.DeliveredSeen() | kinds.WaitedSeen() | kinds.RestSeen() | kinds.Compared() | kinds.NodeFailed():
                return None
            case kinds.CensusSeen():
                return None  # no program can count so without knowing the VM
            case kinds.DataSeen():
                return None  # a step with what goes on with it
            case _:
                return assert_never(event)

    def _fact(self, event: kinds.Fact) -> Expression | None:
        # Whether a call is under way is told by its return.
        if isinstance(event, kinds.StatusSeen) and event.status in ("suspended", "ended"):
            return erl.step("status", event.process, Atom(event.status))
        return None

    def _mailbox(self, process: int, messages: tuple[Term, ...]) -> Expression:
        self._mailboxes[process] = messages
        self._say(sum(map(erl.size, messages)))
        return erl.step("mailbox", process, erl.several(messages))

    def _outcome(self, event: Answer) -> Expression:
        outcome = outcome_of(event)
        match outcome:
            case Ended():
                return erl.step("ended", self._calls[event.call].process, event.call, erl.expressed(outcome.reason))
            case Raised():
                raised = (Atom("raised"), Atom(outcome.kind), erl.expressed(outcome.reason))
                return erl.step("outcome", event.call, raised)
            case Returned():
                value = erl.expressed(outcome.value)
                call = self._calls[event.call]
                if f"{call.module}.{call.function}/{len(call.args)}" in TELL_ADDRESSES:
                    value = erl.with_port(value)
                return erl.step("outcome", event.call, (Atom("returned"), value))
            case _:
                return assert_never(outcome)
