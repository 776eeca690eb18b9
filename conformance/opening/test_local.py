"""Local sockets: where they are, what they tell of themselves, and what opens none."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import Inconclusive, Unexpected, error, expect, matches, ok, value_of
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import LOOPBACK, Scenario
from gen_tck.conformance.opening.local import PATH, SECOND, TOO_LONG, at, connecting, listening
from gen_tck.conformance.opening.steps import OTHER, refusal, settings
from gen_tck.spec.terms import Atom, Term, string

NAMELESS = ok(at(b""))


@pytest.mark.parametrize("timeout", [[], [5000]], ids=["connect-3", "connect-4"])
@clause("opening/local-sockets-connect")
def test_local_sockets_do_not_connect(scenario: Scenario, timeout: list[int]) -> None:
    owner, client = scenario.processes("owner", "client")
    listener = listening(owner)
    passive = settings("binary", ("active", False))
    socket = value_of(client.gen_tcp.connect(at(PATH), 0, passive, *timeout))
    accepted = value_of(owner.gen_tcp.accept(listener, 5000))
    expect(client.gen_tcp.send(socket, b"abc"), ok())
    expect(owner.gen_tcp.recv(accepted, 3, 5000), ok(b"abc"))
    expect(owner.gen_tcp.send(accepted, b"defg"), ok())
    expect(client.gen_tcp.recv(socket, 4, 5000), ok(b"defg"))


@clause("opening/local-sockets-connect")
def test_connection_goes_to_another_path(scenario: Scenario) -> None:
    owner, client = scenario.processes("owner", "client")
    one, other = listening(owner), listening(owner, path=SECOND)
    for listener, path in ((other, SECOND), (one, PATH)):
        socket = connecting(client, path=path)
        accepted = value_of(owner.gen_tcp.accept(listener, 5000))
        expect(client.gen_tcp.send(socket, path), ok())
        expect(owner.gen_tcp.recv(accepted, len(path), 5000), ok(path))


@clause("opening/ip-may-be-a-path")
def test_ip_is_no_path(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener = value_of(owner.gen_tcp.listen(0, settings(("ip", at(PATH)))))
    expect(owner.inet.sockname(listener), ok(at(PATH)))
    socket = connecting(owner, ("ip", at(SECOND)))
    expect(owner.inet.sockname(socket), ok(at(SECOND)))
    expect(owner.inet.peername(value_of(owner.gen_tcp.accept(listener, 5000))), ok(at(SECOND)))


@clause("opening/local-is-a-word")
def test_word_changes_what_a_path_says(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener = listening(owner, "local")
    expect(owner.inet.sockname(listener), ok(at(PATH)))
    socket = connecting(owner, "local")
    expect(owner.inet.peername(socket), ok(at(PATH)))
    value_of(owner.gen_tcp.accept(listener, 5000))


@pytest.mark.parametrize(
    ("there", "here"), [(string("my_path"), PATH), (PATH, string("my_path"))], ids=["text", "binary"]
)
@clause("opening/path-is-text-or-a-binary")
def test_text_and_a_binary_are_two_paths(scenario: Scenario, there: object, here: object) -> None:
    owner = scenario.process("owner")
    listener = listening(owner, path=there)
    expect(owner.inet.sockname(listener), ok(at(PATH)))
    expect(owner.inet.peername(connecting(owner, path=here)), ok(at(PATH)))
    value_of(owner.gen_tcp.accept(listener, 5000))


@clause("opening/local-names-are-paths")
def test_path_is_not_told(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener = listening(owner)
    client = connecting(owner)
    accepted = value_of(owner.gen_tcp.accept(listener, 5000))
    for name in (owner.inet.sockname(listener), owner.inet.sockname(accepted), owner.inet.peername(client)):
        expect(name, ok(at(PATH)))
    for name in (owner.inet.sockname(client), owner.inet.peername(accepted)):
        expect(name, NAMELESS)


@clause("opening/port-of-a-local-socket-is-its-path")
def test_local_socket_has_another_port(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener = listening(owner)
    client = connecting(owner)
    accepted = value_of(owner.gen_tcp.accept(listener, 5000))
    expect(owner.inet.port(listener), ok(PATH))
    expect(owner.inet.port(accepted), ok(PATH))
    expect(owner.inet.port(client), ok(b""))


@clause("opening/socknames-of-a-local-socket")
def test_list_has_another_name_than_the_path(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener = listening(owner)
    client = connecting(owner)
    accepted = value_of(owner.gen_tcp.accept(listener, 5000))
    expect(owner.inet.socknames(listener), ok([at(PATH)]))
    expect(owner.inet.socknames(accepted), ok([at(PATH)]))
    expect(owner.inet.socknames(client), ok([at(b"")]))


@clause("opening/local-connection-has-a-path-of-its-own")
def test_own_path_is_not_seen(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener = listening(owner)
    client = connecting(owner, ("ifaddr", at(SECOND)))
    accepted = value_of(owner.gen_tcp.accept(listener, 5000))
    expect(owner.inet.sockname(client), ok(at(SECOND)))
    expect(owner.inet.peername(accepted), ok(at(SECOND)))
    expect(owner.inet.peername(client), ok(at(PATH)))


@clause("opening/local-connection-has-a-path-of-its-own")
def test_two_are_at_one_path(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listening(owner)
    connecting(owner, ("ifaddr", at(SECOND)))
    for path in (SECOND, PATH):
        expect(owner.gen_tcp.connect(at(PATH), 0, settings(("ifaddr", at(path)))), error("eaddrinuse"))
    expect(owner.gen_tcp.listen(0, settings(("ifaddr", at(SECOND)))), error("eaddrinuse"))


@pytest.mark.parametrize("both", [[], [("reuseaddr", True)]], ids=["plain", "reuseaddr"])
@clause("opening/taken-path-is-refused")
def test_two_listen_at_one_path(scenario: Scenario, both: list[object]) -> None:
    owner, other = scenario.processes("owner", "other")
    listener = listening(owner, *both)
    expect(other.gen_tcp.listen(0, settings(*both, ("ifaddr", at(PATH)))), error("eaddrinuse"))
    connecting(other)  # as before, to the first
    value_of(owner.gen_tcp.accept(listener, 5000))


@pytest.mark.parametrize("both", [[], [("reuseaddr", True)]], ids=["plain", "reuseaddr"])
@clause("opening/path-outlives-its-listener")
def test_path_is_free_again(scenario: Scenario, both: list[object]) -> None:
    owner = scenario.process("owner")
    expect(owner.gen_tcp.close(listening(owner, *both)), ok())
    expect(owner.gen_tcp.listen(0, settings(*both, ("ifaddr", at(PATH)))), error("eaddrinuse"))


@clause("opening/nobody-listens-at-a-path")
def test_path_is_connected_to_nobody(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    expect(owner.gen_tcp.close(listening(owner)), ok())
    expect(owner.gen_tcp.connect(at(PATH), 0, []), error("econnrefused"))


@clause("opening/nobody-listens-at-a-path")
def test_path_of_a_connection_is_connected_to(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listening(owner)
    connecting(owner, ("ifaddr", at(SECOND)))
    expect(owner.gen_tcp.connect(at(SECOND), 0, []), error("econnrefused"))


@clause("opening/missing-path-is-told")
def test_missing_path_is_connected_to(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listening(owner)
    expect(owner.gen_tcp.connect(at(SECOND), 0, []), error("enoent"))


def _is_refused(scenario: Scenario, result: object, where: str) -> None:
    scenario.varies(refusal(result, where), raises="raises", error="error")


@clause("opening/path-too-long-opens-nothing")
def test_long_path_is_cut_short(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listening(owner)
    _is_refused(scenario, owner.gen_tcp.listen(0, settings(("ifaddr", at(TOO_LONG)))), "listening")
    _is_refused(scenario, owner.gen_tcp.connect(at(TOO_LONG), 0, []), "connecting to it")
    _is_refused(scenario, owner.gen_tcp.connect(at(PATH), 0, settings(("ifaddr", at(TOO_LONG)))), "connecting from it")


@pytest.mark.parametrize("path", ["my_path", 7], ids=["atom", "integer"])
@clause("opening/wrong-local-arguments-open-nothing")
def test_what_is_no_path_is_one(scenario: Scenario, path: object) -> None:
    owner = scenario.process("owner")
    listening(owner)
    _is_refused(scenario, owner.gen_tcp.listen(0, settings(("ifaddr", at(path)))), "listening")
    _is_refused(scenario, owner.gen_tcp.connect(at(path), 0, []), "connecting to it")
    _is_refused(scenario, owner.gen_tcp.connect(at(PATH), 0, settings(("ifaddr", at(path)))), "connecting from it")


@clause("opening/wrong-local-arguments-open-nothing")
def test_number_beside_a_path_is_ignored(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listening(owner)
    for number in (1, 65536, -1, "my_port"):
        _is_refused(scenario, owner.gen_tcp.connect(at(PATH), number, []), f"connecting, {number}")
        _is_refused(scenario, owner.gen_tcp.listen(number, settings(("ifaddr", at(SECOND)))), f"listening, {number}")


@clause("opening/wrong-local-arguments-open-nothing")
def test_path_is_one_of_ip(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listening(owner)
    for family in ("inet", "inet6"):
        _is_refused(scenario, owner.gen_tcp.connect(at(PATH), 0, settings(family)), f"connecting, {family}")
        result = owner.gen_tcp.listen(0, settings(family, ("ifaddr", at(SECOND))))
        _is_refused(scenario, result, f"listening, {family}")


@clause("opening/wrong-local-arguments-open-nothing")
def test_address_of_ip_is_connected_to_a_path(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listening(owner)
    _is_refused(scenario, owner.gen_tcp.connect(at(PATH), 0, settings(("ip", OTHER))), "connecting from an address")
    result = owner.gen_tcp.connect(LOOPBACK, scenario.port(), settings(("ifaddr", at(SECOND))))
    _is_refused(scenario, result, "connecting from a path")


def _crowd(client: Actor) -> list[Term]:
    """Who is connected of those who connect at a listener with room for one."""
    made: list[Term] = []
    for _ in range(4):
        match client.gen_tcp.connect(at(PATH), 0, settings(("active", False)), 5000):
            case (Atom(name="ok"), socket):
                made.append(socket)
    if not made:
        raise Inconclusive("nobody is connected")
    return made


@clause("opening/local-connect-is-a-connection")
def test_socket_is_connected_to_nobody(scenario: Scenario) -> None:
    owner, client = scenario.processes("owner", "client")
    listener = listening(owner, ("backlog", 0))
    sockets = _crowd(client)
    for socket in sockets:
        expect(client.inet.peername(socket), ok(at(PATH)))
    for socket in sockets:
        expect(client.gen_tcp.send(socket, b"abc"), ok())
        accepted = value_of(owner.gen_tcp.accept(listener, 5000))
        expect(owner.gen_tcp.recv(accepted, 3, 5000), ok(b"abc"))


CROWD = 8
"""Many more than a backlog of 0 lets wait."""


@clause("opening/local-backlog-bounds-who-waits")
def test_local_backlog_has_no_end(scenario: Scenario) -> None:
    owner, client = scenario.processes("owner", "client")
    listener = listening(owner, ("backlog", 0))
    for _ in range(CROWD):
        pending = client.begin.gen_tcp.connect(at(PATH), 0, settings(("active", False)))
        if not pending.has_returned():
            return
    for _ in range(CROWD):  # a node may say of those who found no room, too, that they are connected
        if matches(owner.gen_tcp.accept(listener, 20), error("timeout")):
            return
    raise Unexpected("fewer connections", f"{CROWD} of them were made", "a backlog of 0")
