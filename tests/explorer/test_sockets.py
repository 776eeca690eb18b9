"""A socket may be any term: a node whose sockets are no ports is explored as any other."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from gen_tck.adapters.interface import Returned
from gen_tck.conformance.explorer.findings.plan import Plan
from gen_tck.conformance.explorer.script.names import Names
from gen_tck.conformance.explorer.script.script import ACCEPTED, LISTENER, SOCKET
from gen_tck.conformance.explorer.session import Options, explore
from gen_tck.conformance.output.targets import Target
from gen_tck.spec.terms import Atom, List, Map, Port, Reference, Term, term

SERVED = Path(__file__).parents[1] / "nodes" / "served.py"
REF = Reference(7)
TERMS = [Port(7), REF, (Atom("my_socket"), REF), Map({Atom("socket"): REF}), List([REF, 1]), 4, b"socket", Atom("s1")]


@pytest.mark.parametrize("socket", TERMS, ids=str)
def test_socket_is_not_known_by_its_term(socket: Term) -> None:
    names = Names({socket: SOCKET, Port(99): LISTENER})
    for before, place, after in (("tcp", 1, [b"data"]), ("tcp_closed", 1, []), ("DOWN", 3, ["closed"])):
        between = [REF if socket != REF else Reference(8), "socket"][: place - 1]
        message = (Atom(before), *map(term, between), socket, *map(term, after))
        shown = names.normal(message)
        assert shown[place] is SOCKET, shown
        assert shown[place + 1 :] == message[place + 1 :]
    assert names.real((SOCKET, Atom("infinity"))) == (socket, Atom("infinity"))


@pytest.mark.parametrize("socket", TERMS, ids=str)
def test_accepted_socket_is_not_known_by_its_term(socket: Term) -> None:
    names = Names({Port(99): LISTENER, Port(98): SOCKET})
    message = (Atom("inet_async"), Port(99), 17, (Atom("ok"), socket))
    assert names.normal(message) == (Atom("inet_async"), LISTENER, (Atom("$number"), 1), (Atom("ok"), ACCEPTED[0]))
    assert names.outcome(Returned((Atom("ok"), socket)), "accept") == ("returned", (Atom("ok"), ACCEPTED[0]))
    assert names.outcome(Returned((Atom("ok"), Port(97))), "connect") == ("returned", (Atom("ok"), Atom("$port")))
    assert names.outcome(Returned((Atom("ok"), Port(96))), "accept") == ("returned", (Atom("ok"), ACCEPTED[1]))
    assert names.real((*ACCEPTED, LISTENER)) == (socket, Port(96), Port(99))


def test_what_is_received_is_no_accepted_socket() -> None:
    names = Names({Port(99): LISTENER, Port(98): SOCKET})
    names.normal((Atom("inet_async"), Port(98), 17, (Atom("ok"), b"data")))
    assert names.to_meet == ACCEPTED


def test_number_that_is_a_socket_elsewhere_is_a_socket() -> None:
    names = Names({4: SOCKET, b"data": LISTENER})
    for value in ((Atom("ok"), b"data!"), (Atom("active"), 4), List([4, b"data"]), (Atom("tcp"), 5, b"data"), b"data"):
        assert names.normal(value) == value


KINDS = [
    pytest.param(kind, marks=pytest.mark.vm if kind in ("reference", "number") else pytest.mark.hostile)
    for kind in ("reference", "tuple", "map", "number", "binary")
]
"""Two are in every run, all of them with ``tox -e hostile``."""


@pytest.mark.parametrize("kind", KINDS)
def test_sockets_of_other_terms_are_unexplained(kind: str, tmp_path: Path) -> None:
    manifest = tmp_path / "node.toml"
    manifest.write_text(f"command = {json.dumps([sys.executable, str(SERVED), f'--sockets={kind}'])}\n")
    found = explore(Options(str(manifest), Plan(25), results=Target(tmp_path / "x.json")))
    assert (found.scripts, [each.kind for each in found.unexplained]) == (25, [])
