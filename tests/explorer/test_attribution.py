"""The clause that a finding is filed under follows from what was done and what differs."""

from __future__ import annotations

import pytest

from gen_tck.adapters.interface import Raised, Returned
from gen_tck.conformance.explorer.findings.attribution import NO_CLAUSE, responsible
from gen_tck.conformance.explorer.findings.comparison import cause_of
from gen_tck.conformance.explorer.findings.differences import (
    DataDiffers,
    Difference,
    EndDiffers,
    Function,
    MailboxDiffers,
    MessageDiffers,
    OutcomeDiffers,
    StatusDiffers,
    distinct,
    shape_of,
)
from gen_tck.conformance.explorer.script.text import parse
from gen_tck.spec.term_text import read_all

RECV, ACCEPT, SEND = (Function("gen_tcp", name) for name in ("recv", "accept", "send"))
CLOSED, OK = Returned(read_all("{error,closed}")), Returned(read_all("ok"))
PASSIVE, TCP = read_all("{tcp_passive,'$socket'}"), read_all("{tcp,'$socket',<<1>>}")
NOTHING_KNOWN = DataDiffers(0, "peer", (), ())


@pytest.mark.parametrize(
    ("step", "differences", "clause"),
    [
        ("peer: fin", [StatusDiffers(0, 0, None, "outlived")], "ownership/owners-end-closes-the-socket"),
        ("peer: fin", [OutcomeDiffers(0, 0, RECV, CLOSED, None)], "closing/blocked-recv-is-told-of-the-end"),
        ("peer: fin", [NOTHING_KNOWN], "closing/end-closes-the-socket"),
        (
            "owner gets exit signal kill",
            [EndDiffers(0, "peer", "fin", "open")],
            "ownership/owners-end-closes-the-socket",
        ),
        (
            "other gets exit signal kill",
            [EndDiffers(0, "peer", "open", "fin")],
            "ownership/strangers-end-changes-nothing",
        ),
        (
            "other gets exit signal kill",
            [OutcomeDiffers(0, 1, RECV, CLOSED, None)],
            "ownership/owners-end-releases-receivers",
        ),
        (
            "other gets exit signal kill",
            [OutcomeDiffers(0, 1, RECV, None, CLOSED)],
            "ownership/strangers-end-changes-nothing",
        ),
        ("350 ms pass", [MessageDiffers(0, 0, None, TCP)], "modes/count-goes-down-with-each-message"),
        ("350 ms pass", [MailboxDiffers(0, 0, (TCP,), (TCP, PASSIVE))], "receiving/times-out"),
        (
            "owner: gen_tcp:close('$listener')",
            [OutcomeDiffers(0, 1, ACCEPT, CLOSED, None)],
            "ownership/closing-a-listener-releases-acceptors",
        ),
        (
            "owner: gen_tcp:close('$socket')",
            [OutcomeDiffers(0, 1, SEND, CLOSED, None)],
            "sending/close-releases-a-blocked-sender",
        ),
        (
            "owner: inet:setopts('$socket', [{packet,0},{active,1}])",
            [MessageDiffers(0, 0, PASSIVE, None)],
            "modes/zero-count-notifies-a-passive-socket",
        ),
        (
            "owner: inet:setopts('$socket', [{packet,0}])",
            [MessageDiffers(0, 0, PASSIVE, None)],
            "receiving/framing-may-change-during-a-receive",
        ),
        (
            "owner: inet:getopts('$socket', [active])",
            [OutcomeDiffers(0, 0, None, OK, CLOSED)],
            "closing/options-after-a-noticed-end",
        ),
        (
            "owner: inet:getopts('$socket', [active])",
            [OutcomeDiffers(0, 0, None, OK, None)],
            "modes/mode-set-last-rules",
        ),
        (
            "owner: erlang:port_command('$socket', <<1>>)",
            [OutcomeDiffers(0, 0, None, OK, Raised("error", read_all("badarg")))],
            "port_command/closed-port-is-badarg",
        ),
        (
            "owner: erlang:link('$socket')",
            [MessageDiffers(0, 0, None, read_all("#{a => {monitor,[1|busy_port]}}"))],
            "system_monitor/suspended-process-is-told",
        ),
        ("owner: erlang:link('$socket')", [NOTHING_KNOWN], NO_CLAUSE),
        ("owner: erlang:link('$socket')", [OutcomeDiffers(0, 0, RECV, CLOSED, None)], NO_CLAUSE),
    ],
)
def test_finding_is_filed_under_another_clause(step: str, differences: list[Difference], clause: str) -> None:
    script = parse(f"connect with [binary,{{active,false}}], and listen\n{step}")
    assert responsible(cause_of(script.steps, 0), differences) == clause


def test_what_no_rule_speaks_of_is_filed_under_a_clause() -> None:
    unheard_of = [OutcomeDiffers(0, 0, Function("a", "b"), OK, None)]
    assert responsible(cause_of((), 0), unheard_of) == NO_CLAUSE


def test_names_and_data_of_one_script_make_another_kind() -> None:
    one = OutcomeDiffers(1, 0, RECV, Returned(read_all("{ok,<<1,2>>}")), CLOSED)
    other = OutcomeDiffers(7, 2, RECV, Returned(read_all("{ok,<<3>>}")), CLOSED)
    assert shape_of(one) == shape_of(other)
    assert distinct([one, other, NOTHING_KNOWN, other]) == (one, NOTHING_KNOWN)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (OutcomeDiffers(0, 0, RECV, CLOSED, None), OutcomeDiffers(0, 0, SEND, CLOSED, None)),
        (OutcomeDiffers(0, 0, RECV, CLOSED, None), OutcomeDiffers(0, 0, RECV, None, CLOSED)),
        (OutcomeDiffers(0, 0, RECV, OK, None), OutcomeDiffers(0, 0, RECV, Raised("error", OK.value), None)),
        (MessageDiffers(0, 0, PASSIVE, None), MessageDiffers(0, 0, None, PASSIVE)),
        (MessageDiffers(0, 0, TCP, None), MessageDiffers(0, 0, read_all("{tcp,'$socket',<<>>}"), None)),
        (MailboxDiffers(0, 0, (), ()), DataDiffers(0, "peer", (), ())),
        (StatusDiffers(0, 0, "ended", None), StatusDiffers(0, 0, None, "ended")),
    ],
)
def test_what_differs_in_another_way_is_of_one_kind(one: Difference, other: Difference) -> None:
    assert shape_of(one) != shape_of(other)
