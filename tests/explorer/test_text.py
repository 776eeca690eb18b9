"""Scripts and their text say the same."""

from __future__ import annotations

import pytest

from gen_tck.conformance.explorer.generate.generate import Generator
from gen_tck.conformance.explorer.generate.walk import exhaustive
from gen_tck.conformance.explorer.oracle.oracle import Oracle
from gen_tck.conformance.explorer.script.script import DEEDS, LAST_LOOK, OWNER, Call, Peer, Script, Setting, Sleep, call
from gen_tck.conformance.explorer.script.text import ScriptTextError, parse
from gen_tck.spec.terms import Atom, Improper, Map, string

FIRST = "connect with [binary,{active,false}]"


def test_generated_script_reads_back_as_another() -> None:
    generator = Generator(3)
    for number in range(2000):
        setting, steps = generator.random(number)
        script = Script(setting, tuple(steps))
        assert parse(str(script)) == script
    for setting, few in exhaustive(1):
        assert parse(str(Script(setting, few))) == Script(setting, few)


def test_what_the_oracle_tells_reads_back_as_another() -> None:
    generator, oracle = Generator(4), Oracle()
    for number in range(200):
        script = oracle.predict(*generator.random(number)).script
        assert parse(str(script)) == script


@pytest.mark.parametrize(
    "step",
    [
        Peer("send", bytes(range(256))),
        Peer("send", b"a" * 1000),
        Peer("send", b'a"b\\c'),
        Peer("read", part=131072),
        call(OWNER, "gen_tcp", "send", string('a"b\\c'), socket=Atom("it's\n\\")),
        Call(OWNER, "gen_tcp", "unrecv", (Atom("=> %"), ((), string(""), Map({1.5: Improper((1,), 1 << 70)})))),
        Sleep(7),
    ],
    ids=["all bytes", "many bytes", "quotes", "part", "odd atom", "odd terms", "sleep"],
)
def test_odd_step_reads_back_as_another(step: Peer | Call | Sleep) -> None:
    script = Script(Setting(), (step, call(OWNER, "gen_tcp", "close")))
    assert parse(str(script)) == script


def test_lines_of_a_finding_are_no_script() -> None:
    script = Script(Setting(stalled=True), (call(OWNER, "gen_tcp", "recv", 0, "infinity"), Peer("send", b"a")))
    lines = [str(script.setting), *(f"  {step} => owner holds nothing" for step in (*script.steps, LAST_LOOK))]
    assert parse("\n".join(["% a comment", "", *lines, ""])) == script


def test_order_of_options_matters() -> None:
    setting = Setting(packet=4, exit_on_close=False)
    assert parse("connect with [{exit_on_close,false}, {packet,4}, {active,false}, binary]").setting == setting


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "line 1, column 1: 'connect with' and options expected, found the end of the text"),
        ("owner: gen_tcp:close()", "line 1, column 1: 'connect with' and options expected, found 'owner: gen_tcp"),
        ("connect with [foo]", "line 1, column 14: a setting of scripts, such as"),
        ("connect with [binary,{active,false},{exit_on_close,3}]", "line 1, column 14: a setting of scripts"),
        ("connect with [binary,{active,false}], the peer sings", "line 1, column 39: '"),
        ("connect with [binary,{active,false}", "line 1, column 36: ',' or ']' expected, found the end of the line"),
        (f"{FIRST}\n\nnobody: gen_tcp:close()", "line 3, column 1: a step (owner, other, trapper"),
        (f"{FIRST}\n  owner: close", "line 2, column 10: a call, as in gen_tcp:recv('$socket', 0), expected"),
        (f"{FIRST}\nowner: gen_tcp:close('$socket'", "line 2, column 31: ',' or ')' expected"),
        (f"{FIRST}\nowner: gen_tcp:close($socket)", "line 2, column 22: a term expected, found '$socket)'"),
        (f"{FIRST}\nowner: gen_tcp:close() twice", "line 2, column 23: the end of the line expected, found 'twice'"),
        (f"{FIRST}\nsecond peer: fin", "line 2, column 1: a step with the sockets of this setting expected"),
        (f"{FIRST}\nowner: gen_tcp:accept('$listener', infinity)", "line 2, column 1: a step with the sockets of"),
        (f"{FIRST}\nowner: gen_tcp:recv('$accepted', 0)", "line 2, column 1: a step with the sockets of this setting"),
        (f"{FIRST}\nclient: connect", "line 2, column 1: a step with the sockets of this setting expected"),
        (f"{FIRST}, and listen\nclient: read", "line 2, column 1: a step with the sockets of this setting expected"),
        (f"{FIRST}, and listen\npeer: connect", "line 2, column 1: a step with the sockets of this setting expected"),
        (f"{FIRST}\nowner gets exit signal 7", "line 2, column 24: an atom expected, found '7'"),
        (f"{FIRST}\npeer: send abc", "line 2, column 11: a binary expected, found 'abc'"),
        (f"{FIRST}\npeer: read 0", "line 2, column 12: 1 to 1073741824 bytes expected, found '0'"),
        (f"{FIRST}\npeer: read {'9' * 5000}", "line 2, column 12: 1 to 1073741824 bytes expected"),
        (f"{FIRST}\npeer: read some", "line 2, column 11: the end of the line expected, found 'some'"),
        (f"{FIRST}\npeer: sends <<1>>", f"line 2, column 7: {' or '.join(DEEDS)} expected, found 's"),
        (f"{FIRST}\npeer: sing", f"line 2, column 7: {' or '.join(DEEDS)} expected, found 'sing'"),
        (f"{FIRST}\npeer: send <<300>>", "line 2, column 14: bytes (0 to 255)"),
        (f"{FIRST}\n60001 ms pass", "line 2, column 1: at most 60000 ms expected"),
        (f"{FIRST}\n{'9' * 5000} ms pass", "line 2, column 1: at most 60000 ms expected"),
        (f"{FIRST}\nowner: gen_tcp:recv('$socket', {'9' * 5000})", "column 32: an integer of at most 4300 digits"),
        (f"{FIRST}\nowner: gen_tcp:send('$socket', {'[' * 5000})", "at most 50 levels in each other expected"),
        (f"{FIRST}\nowner: gen_tcp:send('$socket', {'a' * 300})", "an atom of at most 255 characters expected"),
        (f"{FIRST}\nowner gets exit signal {'a' * 300}", "column 24: an atom of at most 255 characters expected"),
    ],
)
def test_complaint_does_not_say_what_is_wrong(text: str, complaint: str) -> None:
    with pytest.raises(ScriptTextError) as raised:
        parse(text)
    assert complaint in str(raised.value)


@pytest.mark.parametrize(
    ("step", "complaint"),
    [
        ('owner: os:cmd("id")', "column 8: os:cmd/1 is no call of the catalogue, spec/calls.py"),
        ("owner: prim_inet:find('$socket')", "column 8: prim_inet:find/1 is no call of the catalogue"),
        ("trapper: gen_tcp:recv('$socket')", "column 10: gen_tcp:recv/1 is no call of the catalogue"),
        ("owner: gen_tck_agent:load(m, <<1>>)", "gen_tck_agent:load/2 is no call of the catalogue"),
        ("owner: gen_tcp:connect({8,8,8,8}, 80, [])", "argument 1: the one address is that of this machine"),
        ("owner: gen_tcp:connect({127,0,0,1}, 80, [{fd,0}])", "{fd,0} is no option of the catalogue"),
        ("owner: gen_tcp:listen(0, [])", "options without {ip,{127,0,0,1}}"),
        ("owner: inet:setopts('$socket', [{raw,6,1,<<0>>}])", "is no option of the catalogue"),
        ("owner: gen_tcp:close({'$inet',os,1})", "a socket that names a module of its own"),
        ("owner: erlang:send(init, {stop,stop})", "init is no name of the file's own"),
        ("owner: erlang:exit(init, kill)", "init is no name of the file's own"),
        ('owner: erlang:open_port({spawn,"id"}, [binary])', "erlang:open_port/2 is out of scope: ports that are no"),
        ("owner: inet:info('$socket')", "column 8: what inet:info answers is another on every node"),
        ("owner: erlang:exit('$watcher', kill)", "nobody knows '$watcher', who only looks at the end"),
        ("owner: erlang:send('$other', [{a,'$watcher'}])", "nobody knows '$watcher'"),
        ("watcher: gen_tcp:recv('$socket', 0)", "a step of another than the watcher, who only looks at the end,"),
        ("watcher gets exit signal kill", "a step of another than the watcher"),
    ],
)
def test_script_calls_what_is_not_its_own(step: str, complaint: str) -> None:
    with pytest.raises(ScriptTextError) as raised:
        parse(f"{FIRST}\n{step}")
    assert str(raised.value).startswith("line 2, column ")
    assert complaint in str(raised.value)


def test_name_of_the_scripts_own_is_refused() -> None:
    text = f"{FIRST}\nowner: erlang:register(my_other, '$other')\nowner: erlang:send(my_other, {{'$socket',hello}})"
    assert parse(text).steps[1] == Call(OWNER, "erlang", "send", (Atom("my_other"), (Atom("$socket"), Atom("hello"))))
