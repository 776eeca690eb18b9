"""The code in PROTOCOL.md that settles does: in an event loop, with threads, on a BEAM."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 300.0


def code(checkout: Path, language: str) -> str:
    page = (checkout / "adapters" / "PROTOCOL.md").read_text(encoding="utf-8")
    (found,) = re.findall(rf"```{language}\n(.*?)```", page.split("### How to settle")[1], re.DOTALL)
    return str(found)


def ran(*command: str | Path) -> str:
    seen = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert seen.returncode == 0, seen.stderr
    return seen.stdout


JAVASCRIPT = """
import net from "node:net";
const listening = (server) => new Promise((done) => server.listen(0, "127.0.0.1", done));
const server = net.createServer();
await listening(server);
const near = net.connect(server.address().port, "127.0.0.1");
const far = await new Promise((done) => server.on("connection", done));
far.on("data", (data) => far.write(data));
const roundTrip = () => new Promise((done) => { near.once("data", done); near.write("x"); });

const other = net.createServer();
await listening(other);
const peer = net.connect(other.address().port, "127.0.0.1");
const subject = await new Promise((done) => other.on("connection", done));
let got = 0;
subject.on("data", (data) => { happened++; got += data.length; });
for (let turn = 1; turn <= 50; turn++) {
  await new Promise((done) => peer.write("12345", done));
  const { rest } = await settle(roundTrip);
  if (rest && got !== 5 * turn) throw new Error(`${got} bytes when it was at rest, not ${5 * turn}`);
  while (got !== 5 * turn) await new Promise(setImmediate);
}
while (!(await settle(roundTrip)).rest);
let going = true;
(function go() { happened++; if (going) setImmediate(go); })();
if ((await settle(roundTrip)).rest) throw new Error("at rest while it goes on and on");
console.log("settled");
process.exit();
"""


def test_javascript_does_not_settle(checkout: Path, tmp_path: Path) -> None:
    if shutil.which("node") is None:
        assert not os.environ.get("CI"), "there is no `node` here"
        pytest.skip("there is no `node` here (Debian: apt-get install nodejs)")
    program = tmp_path / "settle.mjs"
    program.write_text(code(checkout, "js") + JAVASCRIPT)
    assert ran("node", program) == "settled\n"


@pytest.fixture
def pairs() -> Callable[[], tuple[socket.socket, socket.socket]]:
    def pair() -> tuple[socket.socket, socket.socket]:
        with socket.create_server(("127.0.0.1", 0)) as server:
            near = socket.create_connection(server.getsockname())
            return near, server.accept()[0]

    return pair


def test_python_does_not_settle(checkout: Path, pairs: Callable[[], tuple[socket.socket, socket.socket]]) -> None:
    names: dict[str, Any] = {}
    exec("import select, threading, time\n" + code(checkout, "python"), names)
    (near, far), (peer, subject) = pairs(), pairs()
    got: list[bytes] = []

    def reads() -> None:
        while True:
            names["wait_for"](subject)
            data = subject.recv(100)
            if not data:
                return
            got.append(data)

    def round_trip() -> None:
        near.sendall(b"x")
        assert far.recv(1) == b"x"

    names["busy"] = 1
    thread = threading.Thread(target=reads, daemon=True)
    thread.start()
    for turn in range(1, 51):
        peer.sendall(b"12345")
        while not names["settle"](round_trip)["rest"]:
            pass
        assert b"".join(got) == b"12345" * turn
    names["busy"] += 1  # somebody who does not wait
    assert names["settle"](round_trip) == {"ok": True, "rest": False}
    peer.close()
    thread.join(PATIENCE)
    for each in (near, far, subject):
        each.close()


ERLANG = """
-module(settling).
-export([main/0]).

main() ->
    {Near, Far} = pair([{active, true}]),
    {Peer, Subject} = pair([{active, false}]),
    Owner = spawn(fun() -> receive never -> ok end end),
    ok = gen_tcp:controlling_process(Subject, Owner),
    ok = inet:setopts(Subject, [{active, true}]),
    [turn(Owner, Near, Far, Peer, Turn) || Turn <- lists:seq(1, 50)],
    Busy = spawn(fun busy/0),
    restless = settle([Owner, Busy], Near, Far),
    io:put_chars("settled"),
    halt().

turn(Owner, Near, Far, Peer, Turn) ->
    ok = gen_tcp:send(Peer, <<Turn>>),
    ok = rests([Owner], Near, Far),
    {messages, Messages} = process_info(Owner, messages),
    Turn = iolist_size([Data || {tcp, _, Data} <- Messages]).

rests(Processes, Near, Far) ->
    case settle(Processes, Near, Far) of rest -> ok; restless -> rests(Processes, Near, Far) end.

busy() -> busy().

pair(Options) ->
    {ok, Listener} = gen_tcp:listen(0, [binary, {ip, {127, 0, 0, 1}}, {nodelay, true} | Options]),
    {ok, Port} = inet:port(Listener),
    {ok, Near} = gen_tcp:connect({127, 0, 0, 1}, Port, [binary, {nodelay, true} | Options]),
    {ok, Far} = gen_tcp:accept(Listener),
    {Near, Far}.

"""


def test_erlang_does_not_settle(checkout: Path, tmp_path: Path, erl: str) -> None:
    (tmp_path / "settling.erl").write_text(textwrap.dedent(ERLANG) + code(checkout, "erlang"))
    compiled = 'case compile:file("settling", [report]) of {ok, _} -> settling:main(); _ -> halt(1) end.'
    seen = subprocess.run(
        [erl, "-noinput", "+IOs", "false", "-eval", compiled],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (seen.returncode, seen.stdout) == (0, "settled"), seen.stdout + seen.stderr
