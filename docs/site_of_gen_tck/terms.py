"""Terms as they go over the wire, by example."""

from __future__ import annotations

import json

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from gen_tck.adapters.json_terms import to_json
from gen_tck.spec.term_text import read_all
from gen_tck.spec.terms import Atom, Pid, Port, Reference, Term, show
from site_of_gen_tck.clauses import Row, table

_TEXTS = (
    "ok",
    "'EXIT'",
    "true",
    "-1",
    "4294967296",
    "12345678901234567890",
    "1.0",
    '<<"hi">>',
    "<<>>",
    "<<0,255>>",
    "[]",
    '"hi"',
    "[binary,{active,once},{packet,2}]",
    "{ok,[{active,false}]}",
    "{}",
    "{127,0,0,1}",
    "{error,closed}",
    "[<<1>>,2,[<<3>>]]",
    "[1|<<2>>]",
    "#{states => [open]}",
)
_SOCKET = Port(2)
_TERMS: tuple[Term, ...] = (
    *map(read_all, _TEXTS),
    Pid(1),
    Reference(3),
    (Atom("ok"), _SOCKET),
    (Atom("tcp"), _SOCKET, b"data"),
    (Atom("tcp_closed"), _SOCKET),
)


class TermTable(SphinxDirective):
    """Terms in Erlang's notation, and as the kit sends them."""

    def run(self) -> list[nodes.Node]:
        """Called by Sphinx."""
        rows: list[Row] = [
            [[nodes.literal("", show(each))], [nodes.literal("", json.dumps(to_json(each, tag_floats=True)))]]
            for each in _TERMS
        ]
        return [table(("Erlang", "JSON"), rows, (35, 65), "lookup terms")]
