"""What a socket is that a send has closed when its time was over."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import (
    error,
    expect,
    ok,
    tcp_closed,
)
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.sending.stall import END, slow, until_full
from gen_tck.spec.terms import List

SOON = 5
"""Milliseconds after which a send that is bound to time out does so."""


@clause("sending/sends-fail-after-send-timeout-close")
def test_closed_socket_goes_on_sending(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = slow(scenario, owner, send_timeout=SOON, send_timeout_close=True)
    until_full(owner, socket)
    second = owner.gen_tcp.send(socket, END)
    scenario.varies(second, enotconn=error("enotconn"), closed=error("closed"))
    expect(owner.gen_tcp.send(socket, END), second)


@clause("sending/send-timeout-close-and-the-owner")
def test_owner_is_told_something_else(scenario: Scenario) -> None:
    owner, sender = scenario.processes("owner", "sender")
    socket, _ = slow(scenario, owner, active=True, send_timeout=SOON, send_timeout_close=True)
    until_full(sender, socket)
    scenario.settle()
    told = owner.mailbox()
    scenario.varies(List(told), told=[tcp_closed(socket)], untold=[])
    owner.receives(*told)


@clause("sending/activating-after-a-send-timeout-close")
@pytest.mark.parametrize("mode", ["once", True])
def test_activation_tells_something_else(scenario: Scenario, mode: object) -> None:
    owner, sender = scenario.processes("owner", "sender")
    socket, _ = slow(scenario, owner, active="once", send_timeout=SOON, send_timeout_close=True)
    until_full(sender, socket)
    scenario.settle()
    told = owner.mailbox()
    owner.receives(*told)
    seen = owner.inet.setopts(socket, [("active", mode)])
    variant = scenario.varies(seen, told=ok(), einval=error("einval"), closed=error("closed"))
    owner.receives(*([tcp_closed(socket)] if variant == "told" else []))
    if variant == "told":
        expect(List(told), [], "messages before")


@clause("sending/send-timeout-close-wakes-a-receiver")
def test_receiver_sleeps_on_a_closed_socket(scenario: Scenario) -> None:
    owner, receiver = scenario.processes("owner", "receiver")
    socket, _ = slow(scenario, owner, send_timeout=SOON, send_timeout_close=True)
    receiving = receiver.begin.gen_tcp.recv(socket, 0)
    receiving.is_blocked()
    until_full(owner, socket)
    expect(receiving.result(), error("closed"))
