"""What differs between a node and the reference, in words, and which clause speaks of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from typing import NamedTuple

from gen_tck.conformance.explorer.oracle.oracle import Oracle, Told
from gen_tck.conformance.explorer.play.report import Report
from gen_tck.conformance.explorer.script.script import (
    ACTORS,
    LISTENER,
    OWNER,
    PEERS,
    SECOND,
    SHORT,
    SOCKET,
    Call,
    Change,
    Changes,
    Exit,
    Peer,
    Setting,
    Step,
)
from gen_tck.spec.terms import Atom, List, Term, show, term


class Finding(NamedTuple):
    """A difference, judged."""

    report: Report
    clause: str
    """The clause that is responsible."""
    kind: str
    """What happened and what differs, without the names and data of one script: findings are grouped by it."""
    parts: tuple[str, ...]
    """The same for each of the differences."""
    allowed: str
    seen: str
    lines: tuple[str, ...]
    """The script up to there, one line a step with what the reference lets follow from it."""

    @property
    def group(self) -> tuple[str, str]:
        """By what findings are grouped."""
        return self.clause, self.kind


def equal(allowed: Changes, seen: Changes, stalled: bool = False) -> bool:
    """Whether ``seen`` is as good as ``allowed``.

    Free is how much of a great lot got through before an end; which end it is, and how much came before a reset, when a
    peer that was ``stalled`` reads late; and in which order processes are served that a busy port lets go at once.
    """
    if allowed == seen:
        return True
    let_go = {each[1] for each in allowed if each[0] == "status" and each[2] == "running"}
    one, other = (
        [_blurred(each, bool(let_go), stalled) for each in _dealt(these, let_go)] for these in (allowed, seen)
    )
    if one == other:
        return True
    resets = {each[0] for each in seen if each[0] in PEERS and each[2] == "reset"} if stalled else set()
    return len(one) == len(other) and all(
        each == its or (each[0] == its[0] and each[0] in resets and _is_cut(each, its, bool(let_go)))
        for each, its in zip(one, other, strict=True)
    )


def _is_cut(allowed: Change, seen: Change, racing: bool) -> bool:
    """Whether a stream that was ``seen`` is the beginning of one that is ``allowed``; both are blurred."""
    zeros, small = _split(allowed)
    seen_zeros, seen_small = _split(seen)
    cut = not Counter(seen_small) - Counter(small) if racing else small.startswith(seen_small)
    return allowed[2] == seen[2] and seen_zeros <= zeros and cut


def _split(blurred: Change) -> tuple[int, bytes]:
    """Lots of zeros in a stream, and the rest of it."""
    pieces = blurred[1]
    assert isinstance(pieces, tuple)
    return len(pieces) - 1, pieces[-1]


def _dealt(changes: Changes, actors: Set[object]) -> Iterator[Change]:
    """``changes``, with what came of the calls of ``actors`` in some fixed order."""
    outcomes = iter(sorted((each[2] for each in changes if each[0] == "call" and each[1] in actors), key=repr))
    for each in changes:
        yield (*each[:2], next(outcomes)) if each[0] == "call" and each[1] in actors else each


def _blurred(change: Change, racing: bool, stalled: bool) -> Change:
    if change[0] not in PEERS or (change[2] == "open" and not racing):
        return change
    name, pieces, end = change
    assert isinstance(pieces, tuple)
    zeros = ["zeros" for each in pieces if isinstance(each, tuple)]
    small = b"".join(each for each in pieces if isinstance(each, bytes))
    if end != "open" and stalled:
        end = "ended"
    if racing:  # then lots may also have come one after the other, or not
        small, zeros = bytes(sorted(small.replace(b"\0", b""))), zeros[:1]
    return (name, (*zeros, small), end)


def follow(report: Report, branches: Iterable[Told]) -> Told | None:
    """The first of ``branches`` that lets follow what was seen, all the way to the step of ``report``.

    It expects from then on what follows from what was seen.
    """
    told, step = report.told, report.step
    stalled = told.script.setting.stalled
    for branch in branches:
        before = zip(branch.expected[:step], told.expected[:step], strict=True)
        allowed = (*branch.expected, ())[step]
        if all(equal(*each, stalled) for each in before):
            seen = _in_time(report, allowed)
            if equal(allowed, seen, stalled):
                return branch._replace(expected=(*branch.expected[:step], seen, *branch.expected[step + 1 :]))
    return None


def judge_in_all_orders(report: Report, oracle: Oracle) -> Finding | None:
    """The finding in ``report``, unless what was seen is allowed in another order of things."""
    finding = judge(report)
    return None if finding is None or follow(report, oracle.branches(report.told)) else finding


def judge(report: Report, told: Told | None = None) -> Finding | None:
    """The finding in ``report``; ``None`` if what was seen is allowed after all, by ``told`` if that is given."""
    script, expected, *_ = told or report.told
    steps = script.all_steps
    allowed = expected[report.step] if report.step < len(expected) else ()
    if equal(allowed, report.seen, script.setting.stalled):
        return None
    pending = _pending(steps[: report.step + 1], expected)
    seen = _in_time(report, allowed)
    if equal(allowed, seen, script.setting.stalled):
        return None
    missing = [each for each in allowed if each not in seen]
    surplus = [each for each in seen if each not in allowed]
    differences = _differences(missing, surplus, pending, _mailboxes(expected[: report.step]))
    cause = _cause(steps[report.step], script.setting) if report.step < len(steps) else "the end of the script"
    kind = f"{cause}: {'; '.join(differences)}"
    parts = tuple([f"{cause}: {each}" for each in differences])
    lines = [str(script.setting)]
    shown: dict[int, Call] = {}
    for step, changes in zip(steps[: report.step + 1], expected, strict=False):
        if isinstance(step, Call):
            shown[step.actor] = step
        lines.append(f"{step} => {in_words(changes, shown)}")
    return Finding(
        report,
        responsible(cause, differences),
        kind,
        parts,
        in_words(tuple(missing), pending),
        in_words(tuple(surplus), pending),
        tuple(lines),
    )


def _in_time(report: Report, allowed: Changes) -> Changes:
    """What was seen, without what timed out only while the node was given time for something that did not come."""
    if all(each in report.seen for each in (*report.told.expected, ())[report.step]):
        return report.seen
    steps = report.told.script.all_steps[: report.step + 1]
    calls = [each for each in steps if isinstance(each, Call)]
    pending = {each.actor: each for each in calls}.values()
    sends = report.told.script.setting.send_timeout == SHORT or any(_LIMIT in each.args for each in calls)
    timed = {(each.actor, "call") for each in pending if SHORT in each.args or (sends and each.function == "send")}
    timed |= {(each.actor, "mailbox") for each in calls if each.module == "prim_inet" and SHORT in each.args}
    timed |= {(each.actor, "mailbox") for each in calls if sends and each.function in ("send", "port_command")}
    before, wanted = _mailboxes(report.told.expected[: report.step]), _mailboxes((allowed,))
    kept = []
    for change in report.seen:
        if (change[1], change[0]) in timed and change not in allowed:
            if change[0] == "call" and change[2] == ("returned", _TIMEOUT):
                continue
            if change[0] == "mailbox":
                had = before.get(change[1], ())
                known = Counter(had) | Counter(wanted.get(change[1], ()))
                change = (*change[:2], tuple(_without_late(change[2], known)))  # type: ignore[arg-type]
                if change[2] == had:
                    continue
        kept.append(change)
    return tuple(kept)


def _without_late(messages: Iterable[Term], known: Counter[Term]) -> Iterator[Term]:
    """``messages`` without time-outs beyond those that are ``known``."""
    left = known.copy()
    for each in messages:
        if left[each] > 0 or not _timed_out(each):
            yield each
        left[each] -= 1


def _timed_out(message: Term) -> bool:
    return isinstance(message, tuple) and message[:1] in _ANSWERS and message[-1] == _TIMEOUT


_ANSWERS = ((Atom("inet_async"),), (Atom("inet_reply"),))
_LIMIT = term([("send_timeout", SHORT)])
_TIMEOUT = (Atom("error"), Atom("timeout"))


def _pending(steps: Sequence[Step], expected: Sequence[Changes]) -> dict[int, Call]:
    """The last call of each actor."""
    return {step.actor: step for step in steps if isinstance(step, Call)}


def _mailboxes(expected: Sequence[Changes]) -> dict[object, tuple[Term, ...]]:
    found: dict[object, tuple[Term, ...]] = {}
    for changes in expected:
        for change in changes:
            if change[0] == "mailbox":
                found[change[1]] = change[2]  # type: ignore[assignment]
    return found


def _cause(step: Step, setting: Setting) -> str:
    if isinstance(step, Call):
        on_socket = step.args[:1] in _SOCKETS
        arguments = [_abstract(each) for each in step.args[on_socket:]]
        listens = " of the listener" if step.args[:1] == (LISTENER,) else ""
        return f"{step.module}:{step.function}({', '.join(arguments)}){listens}"
    if isinstance(step, Exit):
        return f"the {'owner' if step.actor == OWNER else 'process'} gets {step.reason}"
    return f"peer: {step.what}" if isinstance(step, Peer) else "time passes"


def _abstract(value: Term) -> str:
    if isinstance(value, bytes):
        return "DATA" if value else "<<>>"
    if isinstance(value, Atom) and value.name.startswith("$"):
        return "SOCKET" if value in (SECOND, LISTENER) else value.name[1:].upper()
    if isinstance(value, List):
        return f"[{','.join(_abstract(each) for each in value)}]"
    if isinstance(value, tuple):
        return f"{{{','.join(_abstract(each) for each in value)}}}"
    if isinstance(value, int) and value > 0:
        return "N"
    return show(value)


def _differences(
    missing: Sequence[Change],
    surplus: Sequence[Change],
    pending: dict[int, Call],
    before: dict[object, tuple[Term, ...]],
) -> list[str]:
    found: list[str] = []
    other = {_key(each): each for each in surplus}
    for change in missing:
        key = _key(change)
        instead = other.pop(key, None)
        if change[0] == "call":
            name = _function(change[1], pending)
            found.append(
                f"{name} {'not ' if instead is None else ''}{_outcome(change[2])}"
                + (f" but {_outcome(instead[2])}" if instead is not None else "")
            )
        elif change[0] == "mailbox":
            found += _messages(change[2], before.get(change[1], ()) if instead is None else instead[2])
        elif change[0] == "status":
            found.append(f"no process {change[2]}")
        else:
            found += _stream(change, instead)
    for change in other.values():
        if change[0] == "call":
            found.append(f"{_function(change[1], pending)} returns unasked {_outcome(change[2])}")
        elif change[0] == "mailbox":
            found += _messages(before.get(change[1], ()), change[2])
        elif change[0] == "status":
            found.append(f"a process {change[2]}")
        else:
            found += _stream(None, change)
    return sorted(set(found), key=found.index)


def _key(change: Change) -> Change:
    """Of whom ``change`` tells what."""
    return change[:1] if change[0] in PEERS else change[:2]


def _function(actor: object, pending: dict[int, Call]) -> str:
    call = pending.get(actor)  # type: ignore[call-overload]
    return f"{call.module}:{call.function}" if call is not None else "a call"


def _outcome(outcome: object) -> str:
    assert isinstance(outcome, tuple)
    if outcome[0] == "returned":
        return _abstract(outcome[1])
    return " ".join(str(each) if isinstance(each, str) else _abstract(each) for each in outcome)


def _messages(wanted: object, seen: object) -> list[str]:
    assert isinstance(wanted, tuple)
    assert isinstance(seen, tuple)
    one, other = Counter(map(_message, wanted)), Counter(map(_message, seen))
    lost, more = list(one - other), list(other - one)
    found: list[str] = []
    for each in lost:
        instead = next((message for message in more if _tag(message) == _tag(each)), None)
        if instead is not None:
            more.remove(instead)
        found.append(f"no {each}" if instead is None else f"{each} but {instead}")
    return found + [f"a {each}" for each in more] or ["messages in another order or with other data"]


def _tag(message: str) -> str:
    return message.partition(",")[0]


def _message(message: Term) -> str:
    return _abstract(message)


def _stream(wanted: Change | None, seen: Change | None) -> list[str]:
    end, other = (each[2] if each is not None else "open" for each in (wanted, seen))
    if end != other:
        return [f"the peer sees {other}, not {end}"]
    return ["the peer reads other data"]


def in_words(changes: Changes, pending: dict[int, Call]) -> str:
    """``changes`` for people. ``pending``: the last call of each actor."""
    words = []
    for change in changes:
        if change[0] == "call":
            words.append(f"{_function(change[1], pending)} by {ACTORS[change[1]]} {_plain(change[2])}")  # type: ignore[call-overload]
        elif change[0] == "mailbox":
            held = ", ".join(show(each) for each in change[2]) or "nothing"  # type: ignore[attr-defined]
            words.append(f"{ACTORS[change[1]]} holds {held}")  # type: ignore[call-overload]
        elif change[0] == "status":
            words.append(f"{ACTORS[change[1]]} {change[2]}")  # type: ignore[call-overload]
        else:
            data = " ".join(f"{each[1]} lots of zeros" if isinstance(each, tuple) else show(each) for each in change[1])  # type: ignore[attr-defined]
            words.append(f"{change[0]} reads {data or 'nothing'}, {change[2]}")
    return "; ".join(words) or "nothing"


def _plain(outcome: object) -> str:
    assert isinstance(outcome, tuple)
    return " ".join(
        str(each) if index == 0 else (each if isinstance(each, str) else show(each))
        for index, each in enumerate(outcome)
    )


_SOCKETS = ((SOCKET,), (SECOND,), (LISTENER,))

RESPONSIBLE: tuple[tuple[str, str, str], ...] = (
    # cause, difference, clause; the first that fits.
    (r"", r"outlived", "ownership/owners-end-closes-the-socket"),
    (r"system_monitor", r"", "system_monitor/setting-returns-the-previous"),
    (r"", r"busy_port", "system_monitor/suspended-process-is-told"),
    (r"controlling_process.*of the listener", r"tcp_passive", "ownership/tcp-passive-moves-to-the-heir"),
    (r"controlling_process.*of the listener", r"", "ownership/listener-can-be-transferred"),
    (r"recv.*of the listener", r"", "ownership/listener-cannot-receive"),
    (r"send.*of the listener", r"", "sending/listener-cannot-send"),
    (r"port_command.*of the listener", r"", "ownership/listener-survives-a-send"),
    (r"shutdown.*of the listener", r"", "ownership/shutdown-of-a-listener"),
    (r"close.*of the listener", r"accept", "ownership/closing-a-listener-releases-acceptors"),
    (r"accept.*of the listener", r"closed|einval", "ownership/closed-listener-accepts-nothing"),
    (r"accept.*of the listener", r"", "ownership/accept-times-out"),
    (r"gets ", r"accept", "ownership/closing-a-listener-releases-acceptors"),
    (r"time passes", r"accept", "ownership/accept-times-out"),
    (r"controlling_process", r"tcp_passive", "ownership/tcp-passive-moves-to-the-heir"),
    (r"controlling_process", r"tcp_error", "ownership/tcp-error-moves-to-the-heir"),
    (r"controlling_process", r"tcp_closed", "ownership/end-of-stream-moves-to-the-heir"),
    (r"controlling_process", r"not_owner", "ownership/only-the-owner-may-transfer"),
    (r"controlling_process", r"inet_(async|reply)", "async_recv/unread-answer-moves-with-the-socket"),
    (r"controlling_process", r"", "ownership/messages-move-to-the-heir"),
    (r"gets (kill|shutdown|normal)", r"recv not", "ownership/owners-end-releases-receivers"),
    (r"gets (kill|shutdown|normal)", r"send not", "ownership/owners-end-releases-senders"),
    (r"the owner gets", r"the peer sees", "ownership/owners-end-closes-the-socket"),
    (r"gets ", r"", "ownership/strangers-end-changes-nothing"),
    (r"time passes", r"tcp_passive|tcp,", "modes/count-goes-down-with-each-message"),
    (r"time passes", r"send", "sending/send-timeout-ends-a-blocked-send"),
    (r"time passes", r"closed|DOWN", "sending/send-timeout-close-closes"),
    (r"time passes", r"async", "async_recv/times-out"),
    (r"time passes", r"", "receiving/times-out"),
    (r"", r"suspended", "port_command/busy-port-suspends-its-caller"),
    (r"peer: read", r"DOWN", "ownership/monitor-tells-of-the-close"),
    (r"peer: read", r"", "sending/blocked-sends-resume"),
    (r"peer: reset", r"tcp_error", "closing/shown-reset-is-an-error-message"),
    (r"peer: reset", r"tcp_closed", "closing/reset-looks-like-the-end"),
    (r"peer: reset", r"recv", "closing/shown-reset-is-a-recv-error"),
    (r"peer: reset", r"send", "sending/reset-releases-a-blocked-sender"),
    (r"peer: reset", r"", "closing/reset-looks-like-the-end"),
    (r"peer: (fin|close)", r"tcp_closed", "closing/active-owner-is-told-of-the-end"),
    (r"peer: (fin|close)", r"async", "async_recv/end-answers-closed"),
    (r"peer: (fin|close)", r"recv", "closing/blocked-recv-is-told-of-the-end"),
    (r"peer: (fin|close)", r"send", "sending/noticed-fin-releases-senders-of-a-passive-socket"),
    (r"peer: (fin|close)", r"", "closing/end-closes-the-socket"),
    (r"peer: send", r"emsgsize", "closing/bad-packet-is-reported"),
    (r"peer: send", r"the peer sees|tcp_closed", "closing/bad-packet-ends-the-connection"),
    (r"peer: send", r"tcp_passive", "modes/last-counted-message-is-followed-by-tcp-passive"),
    (r"peer: send", r"async", "async_recv/answers-once"),
    (r"peer: send", r"recv", "receiving/waits-for-the-first-byte"),
    (r"peer: send", r"", "modes/active-delivers-messages"),
    (r"setopts.*active", r"emsgsize", "closing/bad-packet-is-reported"),
    (r"setopts.*active", r"tcp_error", "closing/reset-is-told-when-activated"),
    (r"setopts.*active", r"tcp_closed", "closing/noticed-end-is-told-when-activated"),
    (r"setopts.*active", r"tcp_passive", "modes/zero-count-notifies-a-passive-socket"),
    (r"setopts.*active", r"recv|async", "receiving/activation-during-a-receive"),
    (r"setopts.*active", r"", "modes/turning-active-delivers-what-waits"),
    (r"setopts.*packet", r"", "receiving/framing-may-change-during-a-receive"),
    (r"setopts.*exit_on_close", r"", "closing/exit-on-close-may-be-set-later"),
    (r"setopts.*show_econnreset", r"", "closing/show-econnreset-may-be-set-later"),
    (r"getopts", r"einval|\{ok.*but|but", "closing/options-after-a-noticed-end"),
    (r"getopts", r"", "modes/mode-set-last-rules"),
    (r"unrecv", r"async_recv", "async_recv/unrecv-during-a-request"),
    (r"unrecv", r"", "receiving/unrecv-puts-bytes-in-front"),
    (r"async_recv", r"ealready", "async_recv/second-request-is-refused"),
    (r"async_recv", r"enotconn|closed", "async_recv/request-after-the-end"),
    (r"async_recv", r"einval", "async_recv/active-socket-refuses"),
    (r"async_recv", r"timeout", "async_recv/times-out"),
    (r"async_recv", r"", "async_recv/receive-leaves-answers-alone"),
    (r"gen_tcp:recv", r"ealready", "receiving/second-receive"),
    (r"gen_tcp:recv", r"emsgsize", "closing/recv-after-a-bad-packet"),
    (r"gen_tcp:recv", r"enotconn|closed", "closing/recv-after-the-end"),
    (r"gen_tcp:recv", r"einval", "receiving/active-socket-refuses-receive"),
    (r"gen_tcp:recv", r"timeout", "receiving/times-out"),
    (r"gen_tcp:recv", r"", "receiving/receives-what-is-available"),
    (r"port_command", r"badarg", "port_command/closed-port-is-badarg"),
    (r"port_command", r"inet_reply", "port_command/failure-is-told-in-the-reply"),
    (r"port_command", r"tcp_error", "closing/reset-closes-a-half-open-socket"),
    (r"port_command", r"", "port_command/command-sends-its-data"),
    (r"port_close", r"recv", "receiving/close-wakes-a-receive"),
    (r"port_close", r"", "port_command/port-close-sends-what-was-taken"),
    (r"gen_tcp:send", r"tcp_error", "sending/show-econnreset-names-the-reset"),
    (r"gen_tcp:send", r"econnreset", "sending/show-econnreset-names-the-reset"),
    (r"gen_tcp:send", r"tcp_closed", "sending/failed-send-keeps-the-close-for-the-owner"),
    (r"gen_tcp:send", r"enotconn", "sending/sends-after-a-failed-send"),
    (r"gen_tcp:send", r"closed|einval", "closing/send-after-a-noticed-end"),
    (r"gen_tcp:send", r"", "sending/sends-the-bytes"),
    (r"gen_tcp:close", r"recv", "receiving/close-wakes-a-receive"),
    (r"gen_tcp:close", r"send", "sending/close-releases-a-blocked-sender"),
    (r"gen_tcp:close", r"tcp_closed", "closing/close-and-the-closed-message"),
    (r"gen_tcp:close", r"the peer sees", "closing/close-with-unread-data-resets"),
    (r"gen_tcp:close", r"gen_tcp:close", "closing/second-close-is-ok"),
    (r"gen_tcp:close", r"", "closing/closer-gets-no-message"),
    (r"gen_tcp:shutdown", r"tcp_closed|tcp_error", "closing/shutdown-read-tells-an-active-owner"),
    (r"gen_tcp:shutdown", r"enotconn", "closing/shutdown-after-a-noticed-end"),
    (r"gen_tcp:shutdown", r"recv", "receiving/read-shutdown-wakes-a-receive"),
    (r"gen_tcp:shutdown", r"closed|einval", "closing/shutdown-after-close"),
    (r"gen_tcp:shutdown", r"", "closing/shutdown-write-ends-the-stream"),
    (r"inet:monitor", r"", "ownership/monitor-tells-of-the-close"),
    (r"", r"DOWN", "ownership/monitor-tells-of-the-close"),
    (r"", r"recv", "receiving/killed-receiver-takes-no-data"),
    (r"", r"", "modes/passive-delivers-nothing"),
)
"""Which clause speaks of what: regular expressions for the cause and for what differs."""


def responsible(cause: str, differences: Sequence[str]) -> str:
    """The id of the clause that is responsible."""
    text = "; ".join(differences)
    return next(clause for one, other, clause in RESPONSIBLE if re.search(one, cause) and re.search(other, text))
