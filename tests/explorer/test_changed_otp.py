"""The explorer notices when OTP's own module of the socket backend is changed."""

from __future__ import annotations

import shlex

from gen_tck.adapters.beam import open_otp
from gen_tck.conformance.explorer.findings.exploration import Exploration
from gen_tck.conformance.explorer.findings.plan import Plan
from gen_tck.conformance.explorer.oracle.models import oracle_of

SCRIPTS = 10_000
CHANGE = """
Source = "-module(changed). -export([send/3,send/4]). "
    "send(S, Data, Time) -> told(fun() -> socket:send(S, Data, Time) end). "
    "send(S, Data, Flags, Time) -> told(fun() -> socket:send(S, Data, Flags, Time) end). "
    "told(Send) -> Before = erlang:monotonic_time(millisecond), "
    "  case Send() of "
    "    ok -> case erlang:monotonic_time(millisecond) - Before > 4 of true -> {error, closed}; false -> ok end; "
    "    Other -> Other "
    "  end.",
{ok, Tokens, _} = erl_scan:string(Source),
Split = fun Next([], _, Done) -> lists:reverse(Done);
            Next([{dot, _} = Dot | Rest], Form, Done) ->
                {ok, Parsed} = erl_parse:parse_form(lists:reverse([Dot | Form])), Next(Rest, [], [Parsed | Done]);
            Next([Token | Rest], Form, Done) -> Next(Rest, [Token | Form], Done)
        end,
{ok, changed, Helper} = compile:forms(Split(Tokens, [], [])),
{module, changed} = code:load_binary(changed, "changed", Helper),
{ok, {_, [{abstract_code, {_, Forms}}]}} = beam_lib:chunks(code:which(gen_tcp_socket), [abstract_code]),
Changed = fun Walk({remote, Line, {atom, At, socket}, {atom, _, send} = Send}) ->
                  {remote, Line, {atom, At, changed}, Send};
              Walk(Term) when is_tuple(Term) -> list_to_tuple(Walk(tuple_to_list(Term)));
              Walk([Head | Tail]) -> [Walk(Head) | Walk(Tail)];
              Walk(Term) -> Term
          end,
{ok, gen_tcp_socket, Beam} = compile:forms(Changed(Forms)),
code:unstick_mod(gen_tcp_socket),
{module, gen_tcp_socket} = code:load_binary(gen_tcp_socket, "changed", Beam).
"""
"""What a VM does before it is asked anything: from now on a send that had to wait fails, though all was sent."""


def test_blocked_send_ends_as_if_it_were_closed(erl: str) -> None:
    changed = f"{erl} -eval {shlex.quote(CHANGE)}"
    node = open_otp("socket", changed)
    oracle = oracle_of("otp-socket", int(node.capabilities.details["release"]))
    node.close()
    exploration = Exploration(lambda: open_otp("socket", changed), Plan(SCRIPTS), oracle=oracle)
    found = False
    try:
        for first in range(0, SCRIPTS, 1000):
            found = bool(exploration.go_on(Plan(SCRIPTS, first=first, last=first + 1000)).unexplained)
            if found:
                break
    finally:
        exploration.close()
    assert found
