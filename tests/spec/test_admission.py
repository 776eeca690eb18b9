"""What a file names is called only if it is in the catalogue, and only on what is the file's own."""

from __future__ import annotations

import pytest

from gen_tck.spec.admission import RULES, NotAdmitted, check
from gen_tck.spec.calls import CALLS
from gen_tck.spec.term_text import read_all
from gen_tck.spec.terms import Atom, Pid, Port, Reference, Term, string, term

PID, PORT = Pid(1), Port(2)
SOCKET = (Atom("$inet"), Atom("gen_tcp_socket"), (PID, (Atom("$socket"), Reference(3))))


def test_call_has_no_rules() -> None:
    assert {name: len(rules) for name, rules in RULES.items()} == {name: each.arity for name, each in CALLS.items()}


@pytest.mark.parametrize(
    ("module", "function", "args", "complaint"),
    [
        ("os", "cmd", [string("id")], "os:cmd/1 is no call of the catalogue, spec/calls.py"),
        ("prim_inet", "find", [PORT], "prim_inet:find/1 is no call of the catalogue"),
        ("gen_tcp", "recv", [PORT], "gen_tcp:recv/1 is no call of the catalogue"),
        ("gen_tck_agent", "load", ["m", b""], "gen_tck_agent:load/2 is no call of the catalogue"),
        ("gen_tck_scripts", "run", [b"", "inet", 1, True], "gen_tck_scripts:run/4 is no call"),
        ("a'):b(\n", "\x1b[2J" * 100, [], r"'a\'):b(\n':'\x{1b}[2J"),
        ("gen_tcp", "connect", [(8, 8, 8, 8), 80, []], "gen_tcp:connect/3, argument 1: the one address is that of"),
        ("gen_tcp", "connect", ["example.org", 80, []], "argument 1: the one address"),
        ("gen_tcp", "connect", [string("example.org"), 80, [], 1], "argument 1: the one address"),
        ("gen_tcp", "connect", [string("8.8.8.8"), 80, []], "argument 1: the one address"),
        ("gen_tcp", "connect", [string("127.0.0.1.example.org"), 80, []], "argument 1: the one address"),
        (
            "gen_tcp",
            "connect",
            [("local", b"/run/x"), 0, []],
            'argument 1: {local,<<"/run/x">>} is no path of a socket of',
        ),
        ("gen_tcp", "connect", [("local", b"my_/../x"), 0, []], "is no path of a socket of the node's own, my_..."),
        ("gen_tcp", "connect", [("local", b""), 0, []], "{local,<<>>} is no path of a socket of the node's own"),
        ("gen_tcp", "connect", [("local", "my_path"), 0, []], "{local,my_path} is no path of a socket"),
        ("gen_tcp", "connect", [("local", b"\0my_path"), 0, []], "is no path of a socket of the node's own"),
        ("gen_tcp", "connect", [(127, 0, 0, 1), 80, [("fd", 1)]], "{fd,1} is no option of the catalogue"),
        ("gen_tcp", "connect", [(127, 0, 0, 1), 80, [("raw", 6, 1, b"")]], "{raw,6,1,<<>>} is no option"),
        ("gen_tcp", "connect", [(127, 0, 0, 1), 80, [("tcp_module", "os")]], "{tcp_module,os} is no option"),
        ("gen_tcp", "connect", [(127, 0, 0, 1), 80, [("ip", (10, 0, 0, 1))]], "{ip,{10,0,0,1}}: the one address"),
        ("gen_tcp", "connect", [(127, 0, 0, 1), 80, [("ifaddr", (8, 8, 8, 8))]], "{ifaddr,{8,8,8,8}}: the one address"),
        ("gen_tcp", "connect", [(127, 0, 0, 1), 80, [("ifaddr", ("local", b"/run/x"))]], "is no path of a socket"),
        ("gen_tcp", "listen", [0, [("ifaddr", ("local", b"/run/x"))]], "is no path of a socket of the node's own"),
        ("gen_tcp", "listen", [0, ["local"]], "options without {ip,{127,0,0,1}}, which would listen to other machines"),
        ("gen_tcp", "connect", [{"addr": (8, 8, 8, 8)}, []], "gen_tcp:connect/2, argument 1: the one address is that"),
        ("gen_tcp", "connect", [{"addr": "loopback"}, []], "gen_tcp:connect/2, argument 1: the one address is that"),
        ("gen_tcp", "connect", [{}, [], 1], "gen_tcp:connect/3, argument 1: the one address"),
        ("gen_tcp", "connect", [{"addr": (127, 0, 0, 1)}, [("fd", 1)]], "{fd,1} is no option of the catalogue"),
        ("gen_tcp", "connect", ["loopback", 80, []], "argument 1: the one address"),
        ("gen_tcp", "connect", [(0, 0, 0, 0, 0, 0, 0, 0), 80, []], "argument 1: the one address"),
        ("gen_tcp", "connect", [(127, 0, 0, 1), 80, [("inet_backend", "socket")]], "is no option"),
        ("gen_tcp", "listen", [0, []], "options without {ip,{127,0,0,1}}, which would listen to other machines"),
        ("gen_tcp", "listen", [0, [("ip", "any")]], "{ip,any}: the one address"),
        ("gen_tcp", "listen", [0, "binary"], "options are a list"),
        ("file", "sendfile", [string("/etc/passwd"), PORT], "is no name of a file of the node's own, my_..."),
        ("file", "sendfile", [b"my_/../../etc/passwd", PORT], "is no name of a file"),
        ("file", "sendfile", [b"my_\xc3\xa9", PORT], "is no name of a file"),
        ("file", "sendfile", [Atom("my_file"), PORT], "my_file is no name of a file"),
        ("file", "sendfile", [term([string("my_"), string("file")]), PORT], "is no name of a file"),
        ("file", "sendfile", [b"my_file", ("$inet", "os", 1)], "argument 2: a socket that names a module of its own"),
        ("file", "sendfile", [("file_descriptor", "os", {}), PORT, 0, 0, []], "an open file that names a module"),
        ("file", "sendfile", [("file_descriptor", "prim_file", {}), PORT, 0, 0, []], "a file without a handle"),
        ("file", "sendfile", [("file_descriptor", "prim_file", 1), PORT, 0, 0, []], "an open file that names a module"),
        ("file", "open", [b"my_file", ["read", "write"]], "a file is only opened to be read, [read,raw,binary]"),
        ("file", "open", [b"my_file", "read"], "a file is only opened to be read"),
        ("file", "open", [b"my_", ["read"]], "is no name of a file"),
        ("file", "write_file", [b"file", b""], '<<"file">> is no name of a file of the node\'s own'),
        ("file", "close", [PORT], "file:close/1 is out of scope: files"),
        ("inet", "setopts", [PORT, [("raw", 6, 1, b"")]], "is no option"),
        ("inet", "setopts", [PORT, [("bind_to_device", b"eth0")]], "is no option"),
        ("prim_inet", "setopts", [PORT, [("raw", 6, 1, b"")]], "is no option"),
        ("prim_inet", "getopts", [PORT, [("raw", 6, 11, 192)]], "{raw,6,11,192} is no name of an option"),
        ("inet_db", "register_socket", [PORT, "os"], "inet_db:register_socket/2, argument 2: os is not inet_tcp"),
        ("inet", "getopts", [PORT, [("raw", 6, 11, 192)]], "{raw,6,11,192} is no name of an option"),
        ("inet", "getopts", [PORT, [("raw", 6, 1, 1 << 30)]], "is no name of an option"),
        ("inet", "getopts", [PORT, [("raw", 6, 1, 0)]], "is no name of an option"),
        ("inet", "setopts", [PORT, [("raw", 1, 25, b"eth0")]], '{raw,1,25,<<"eth0">>} is no option of the catalogue'),
        ("inet", "setopts", [PORT, [("raw", (1, 25, b"eth0"))]], "is no option of the catalogue"),
        ("inet", "setopts", [PORT, [("raw", b"eth0")]], "is no option of the catalogue"),
        ("gen_tcp", "close", [("$inet", "os", 1)], "argument 1: a socket that names a module of its own"),
        ("gen_tcp", "send", [("$inet", "gen_tcp_socket", ("init", 1)), b""], "a socket that names a module"),
        ("erlang", "send", ["init", ("stop", "stop")], "init is no name of the file's own, which begin with my_"),
        ("erlang", "send", [("my_port", "a@b"), "x"], "argument 1: a name on another node"),
        ("erlang", "send", ["init", "x", []], "init is no name of the file's own"),
        ("erlang", "exit", ["kernel_sup", "kill"], "kernel_sup is no name"),
        ("erlang", "link", ["init"], "init is no name"),
        ("erlang", "monitor", ["process", "init"], "argument 2: init is no name"),
        ("erlang", "port_connect", [PORT, "init"], "argument 2: init is no name"),
        ("erlang", "port_command", ["user", b""], "user is no name"),
        ("erlang", "port_close", ["user"], "user is no name"),
        ("erlang", "register", ["init", PID], "argument 1: init is no name"),
        ("erlang", "register", ["my_own", "init"], "argument 2: init is no name"),
        ("erlang", "unregister", ["kernel_sup"], "kernel_sup is no name"),
        ("erlang", "process_flag", ["error_handler", "evil"], "the one flag that a file sets is trap_exit"),
        ("erlang", "open_port", [("spawn", string("rm -rf x")), ["binary"]], "out of scope: ports that are no sockets"),
        ("erlang", "open_port", [("fd", 0, 1), []], "erlang:open_port/2 is out of scope"),
    ],
)
def test_file_may_call_what_is_not_its_own(module: str, function: str, args: list[object], complaint: str) -> None:
    with pytest.raises(NotAdmitted) as raised:
        check(module, function, term(args))
    assert complaint in str(raised.value)
    assert str(raised.value).isprintable()


@pytest.mark.parametrize(
    ("function", "args"),
    [
        ("gen_tcp:connect", "[{127,0,0,1}, 4711, [binary,{active,false},{ip,{127,0,0,2}}], infinity]"),
        ("gen_tcp:connect", "[{127,0,0,1}, 65536, []]"),
        ("gen_tcp:connect", '["127.0.0.1", 4711, []]'),
        ("gen_tcp:connect", "[{0,0,0,0,0,0,0,1}, 1, [inet6,{ip,loopback},{ifaddr,{127,9,9,9}}]]"),
        ("gen_tcp:connect", "[#{family => inet, addr => {127,0,0,1}, port => 1}, [{port,80}]]"),
        ("gen_tcp:listen", "[0, [{ip,{127,0,0,1}},{backlog,5}]]"),
        ("gen_tcp:listen", '[0, [local,{ifaddr,{local,"my_path"}}]]'),
        ("gen_tcp:connect", '[{local,<<"my_path">>}, 0, [{ip,{local,"my_other"}}], 5000]'),
        ("gen_tcp:recv", "[foo, 0]"),
        ("inet:setopts", "['$socket', [{foo,1},{active,#{}}]]"),
        ("inet:getopts", "['$socket', active]"),
        ("inet:setopts", "['$socket', [{raw,6,4,<<1,0,0,0>>}]]"),
        ("inet:getopts", "['$socket', [{raw,6,4,4},{raw,6,1,<<0,0>>}]]"),
        ("file:write_file", '["my_file", <<"abc">>]'),
        ("file:open", '["my_file", [read,raw,binary]]'),
        ("file:sendfile", "[\"my_file\", '$socket']"),
        ("file:sendfile", "[\"my_file\", '$socket', 0, 0, []]"),
        ("inet_db:register_socket", "['$socket', inet_tcp]"),
        ("inet_db:register_socket", '["tcp", 7]'),
        ("erlang:register", "[my_port, '$socket']"),
        ("erlang:send", "[my_port, {any,[thing]}]"),
        ("erlang:port_command", '["tcp_inet", 5, force]'),
        ("erlang:system_monitor", "[nobody, []]"),
    ],
)
def test_what_tests_do_is_refused(function: str, args: str) -> None:
    module, _, name = function.partition(":")
    check(module, name, [_real(each) for each in read_all(args)])


def _real(value: Term) -> Term:
    return PORT if value is Atom("$socket") else value


@pytest.mark.parametrize("handle", [PID, PORT, SOCKET], ids=str)
def test_own_handle_is_refused(handle: Term) -> None:
    check("erlang", "exit", [handle, Atom("kill")])
    check("erlang", "send", [handle, Atom("hello")])
    check("gen_tcp", "close", [handle])
