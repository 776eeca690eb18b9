"""What the specification leaves out is told from what nobody knows."""

from __future__ import annotations

import pytest

from gen_tck.spec.scope import outside
from gen_tck.spec.terms import term


@pytest.mark.parametrize(
    ("call", "args", "wanted"),
    [
        ("erlang.open_port/2", [1, []], "erlang.open_port/2 is out of scope: ports that are no sockets"),
        ("gen_tcp.connect/3", [1, 2, ["binary", ("debug", True)]], "the option debug is out of scope: "),
        ("gen_tcp.connect/4", [1, 2, [("active", True), ("tos", 3)], 5], "the option tos is out of scope: "),
        ("gen_tcp.listen/2", [0, ["dontroute"]], "the option dontroute is out of scope: "),
        (
            "gen_tcp.listen/2",
            [0, [("ifaddr", {"family": "local", "path": b"x"})]],
            "a map of family local is out of scope: ",
        ),
        ("gen_tcp.connect/2", [{"family": "local", "path": b"x"}, []], "a map of family local is out of scope: "),
        ("inet.setopts/2", [1, [("packet", "ssl_tls")]], "the framing ssl_tls is out of scope: records of TLS"),
        ("inet.getopts/2", [1, ["active", ("keepidle", 4)]], "the option keepidle is out of scope: "),
        ("prim_inet.setopts/2", [1, [("active", True), ("priority", 3)]], "the option priority is out of scope: "),
        ("prim_inet.getopts/2", [1, ["active", "tos"]], "the option tos is out of scope: "),
    ],
)
def test_what_is_left_out_is_not_named(call: str, args: list[object], wanted: str) -> None:
    assert outside(call, term(args)).startswith(wanted)


@pytest.mark.parametrize(
    ("call", "args"),
    [
        ("inet.setopts/2", [1, [("foo", 1), "foo", ("packet", 3), ("packet", "foo"), 5, (), ("active", "raw")]]),
        ("inet.setopts/2", [1, "raw"]),
        ("inet.getopts/2", [1, ["packet", "foo", 7]]),
        ("gen_tcp.connect/3", [1, 2, [("mode", "list")]]),
        ("gen_tcp.connect/3", [("local", b"my_path"), 0, ["local", ("ip", ("local", b"my_other"))]]),
        ("gen_tcp.send/2", [1, [("raw", 1)]]),
        ("inet.i/5", []),
    ],
)
def test_what_is_wrong_is_called_left_out(call: str, args: list[object]) -> None:
    assert outside(call, term(args)) == ""
