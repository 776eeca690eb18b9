"""Lines of HTTP, parsed."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.actor import Actor
from gen_tck.conformance.harness.expect import error, expect, ok, tcp_passive
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.terms import Atom, Term, term

GET = b"GET / HTTP/1.1\r\n"
METHODS = ("OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE", "TRACE")
KNOWN = {"Cache-Control": 1, "Host": 14, "Www-Authenticate": 33, "Content-Md5": 40, "Etag": 43, "Proxy-Connection": 52}
"""The numbers of some headers, among them the first and the last."""

kinds = pytest.mark.parametrize("kind", ["http", "http_bin", "httph", "httph_bin"])


def request(method: object, uri: object, version: tuple[int, int] = (1, 1)) -> Term:
    """``{http_request, Method, Uri, Version}``."""
    return term(("http_request", method, uri, version))


GOT = request("GET", ("abs_path", b"/"))


def header(number: int, field: object, name: object, value: object) -> Term:
    """``{http_header, Number, Field, Name, Value}``."""
    return term(("http_header", number, field, name, value))


def receives(owner: Actor, socket: Term, *lines: object) -> None:
    """Expect these to be received one by one."""
    for each in lines:
        expect(owner.gen_tcp.recv(socket, 0), ok(each))


def http(socket: Term, packet: object) -> Term:
    """``{http, Socket, Packet}``."""
    return (Atom("http"), socket, term(packet))


@clause("framing/http-request-is-parsed")
def test_request_is_parsed_otherwise(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    uris = (
        (b"*", "*"),
        (b"/a%20b?c=d", ("abs_path", b"/a%20b?c=d")),
        (b"http://h/p", ("absoluteURI", "http", b"h", "undefined", b"/p")),
        (b"HTTPS://h:8443", ("absoluteURI", "https", b"h", 8443, b"/")),
        (b"http://h:0x/p", ("absoluteURI", "http", b"h", "undefined", b"/p")),
        (b"urn:a:b", ("scheme", b"urn", b"a:b")),
        (b"h:80", ("scheme", b"h", b"80")),
        (b"http://h:0/p", ("absoluteURI", "http", b"h", "undefined", b"/p")),
        (b"x", ("abs_path", b"x")),
        (b"xy", b"xy"),
        (b"name", b"name"),
    )
    lines = [(b"GET %s HTTP/1.1\r\n\r\n" % uri, request("GET", said)) for uri, said in uris]
    lines += [(each.encode() + b" / HTTP/1.1\r\n\r\n", request(each, ("abs_path", b"/"))) for each in METHODS]
    lines += [
        (b"get / HTTP/1.1\n\n", request(b"get", ("abs_path", b"/"))),
        (b"PATCH  /\t HTTP/12.34\r\n\r\n", request(b"PATCH", ("abs_path", b"/"), (12, 34))),
        (b"GET /\n\n", request("GET", ("abs_path", b"/"), (0, 9))),
    ]
    socket, peer = scenario.connect(owner, packet="http_bin")
    peer.send(b"".join(line for line, _ in lines))
    for _, said in lines:
        receives(owner, socket, said, "http_eoh")


@clause("framing/http-address-in-brackets")
@pytest.mark.parametrize(("uri", "port"), [(b"http://[::1]:80/p", 80), (b"http://[::1]/p", "undefined")])
def test_address_in_brackets_is_parsed_otherwise(scenario: Scenario, uri: bytes, port: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="http_bin")
    peer.send(b"GET %s HTTP/1.1\r\n\r\n" % uri)
    whole = request("GET", ("absoluteURI", "http", b"[::1]", port, b"/p"))
    cut = request("GET", ("absoluteURI", "http", b"[", "undefined", b"/p"))
    scenario.varies(owner.gen_tcp.recv(socket, 0), whole=ok(whole), cut=ok(cut))


@clause("framing/http-response-is-parsed")
def test_response_is_parsed_otherwise(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="http_bin")
    peer.send(b"HTTP/1.0  404 Not  Found \r\n\r\nHTTP/2.10 200\n\nHTTP/1.1 204 \r\n\r\nHTTP/1.1 \r\n\r\n")
    lines = (((1, 0), 404, b"Not  Found "), ((2, 10), 200, b""), ((1, 1), 204, b""), ((1, 1), 0, b""))
    for version, status, phrase in lines:
        receives(owner, socket, ("http_response", version, status, phrase), "http_eoh")


@clause("framing/http-header-is-parsed")
def test_header_is_parsed_otherwise(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="http_bin")
    long, longest = b"x" * 51, b"x" * 50
    peer.send(GET + b"".join(each.upper().encode() + b": v\r\n" for each in KNOWN))
    peer.send(b"x-yz--W:\t b: c \r\nEmpty:\n" + long + b": l\r\n" + longest + b": l\r\n:\n y: z\n\n")
    receives(owner, socket, GOT, *(header(n, each, each.upper().encode(), b"v") for each, n in KNOWN.items()))
    receives(owner, socket, header(0, b"X-Yz--w", b"x-yz--W", b"b: c "), header(0, b"Empty", b"Empty", b""))
    receives(owner, socket, header(0, long, long, b"l"))
    receives(owner, socket, header(0, longest.capitalize(), longest, b"l"), header(0, b"", b"", b""))
    receives(owner, socket, ("http_error", b" y: z\n"), "http_eoh")


@clause("framing/http-ends-and-begins-again")
def test_next_message_is_taken_for_headers(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="http_bin")
    peer.send(GET + b"A: b\n\nHTTP/1.1 200 OK\r\nA: b\r\n\r\n" + GET)
    a_header = header(0, b"A", b"A", b"b")
    receives(owner, socket, GOT, a_header, "http_eoh")
    receives(owner, socket, ("http_response", (1, 1), 200, b"OK"), a_header, "http_eoh", GOT)


@clause("framing/http-header-may-go-on")
def test_header_ends_at_its_first_line(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="http_bin")
    peer.send(GET + b"A: b\r\n")
    receives(owner, socket, GOT)
    receive = owner.begin.gen_tcp.recv(socket, 0)
    receive.is_blocked()
    peer.send(b" c\r\n")
    receive.is_blocked()
    peer.send(b"\td\r\nE")
    expect(receive.result(), ok(header(0, b"A", b"A", b"b\r\n c\r\n\td")))
    peer.send(b": f\n\n")
    receives(owner, socket, header(0, b"E", b"E", b"f"), "http_eoh")


@clause("framing/header-at-the-end-is-lost")
def test_header_is_delivered_at_the_end(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="http_bin")
    peer.send(GET + b"A: b\r\n")
    receives(owner, socket, GOT)
    peer.finish()
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))


@clause("framing/bad-line-is-http-error")
def test_bad_line_changes_what_follows(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="http_bin")
    first = (
        b"\r\n",
        b"GET\r\n",
        b"G(T / HTTP/1.1\r\n",
        b"GET / HTTP/x.1\n",
        b"HTTP/1.1\r\n",
        b"HTTP/1.1 OK\r\n",
        b"A: b\n",
    )
    others = (b"no header\r\n", b"\xe4: b\n", b"a b: c\r\n")
    peer.send(b"".join(first) + GET + b"".join(others) + b"A: b\r\n\r\n" + GET)
    receives(owner, socket, *(("http_error", each) for each in first), GOT)
    receives(owner, socket, *(("http_error", each) for each in others), header(0, b"A", b"A", b"b"), "http_eoh", GOT)


@clause("framing/http-gives-strings-or-binaries")
@kinds
def test_texts_follow_the_mode(scenario: Scenario, kind: str) -> None:
    owner = scenario.process("owner")
    strings, binaries = (list(b"x-y"), list(b"X-Y"), list(b"b"), list(b"?\n")), (b"x-y", b"X-Y", b"b", b"?\n")
    wanted, other = (binaries, "list") if kind.endswith("_bin") else (strings, "binary")
    name, field, value, bad = wanted
    socket, peer = scenario.connect(owner, other, packet=kind, header=2)
    if kind.startswith("httph"):
        peer.send(b"x-y: b\n?\nC")
        receives(owner, socket, header(0, field, name, value), ("http_error", bad))
    else:
        peer.send(b"x-y b:b\nx-y: b\n?\nC")
        receives(owner, socket, request(name, ("scheme", value, value), (0, 9)), header(0, field, name, value))
        receives(owner, socket, ("http_error", bad))


@clause("framing/httph-begins-with-headers")
def test_first_line_is_no_header(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="httph_bin")
    peer.send(b"Host: a\r\n\r\n" + GET + b"B: c\r\n\r\n")
    receives(owner, socket, header(14, "Host", b"Host", b"a"), "http_eoh")
    receives(owner, socket, ("http_error", GET), header(0, b"B", b"B", b"c"), "http_eoh")


@clause("framing/http-lines-are-messages")
def test_line_is_no_message_of_its_own(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="http_bin", active=True)
    peer.send(GET + b"A: b\r\n\r\n")
    owner.receives(http(socket, GOT), http(socket, header(0, b"A", b"A", b"b")), http(socket, "http_eoh"))
    peer.send(b"?\n")
    owner.receives(http(socket, ("http_error", b"?\n")))
    peer.send(b"HTTP/1.1 200 OK\r\n")
    owner.receives(http(socket, ("http_response", (1, 1), 200, b"OK")))


@clause("framing/http-lines-are-messages")
def test_line_of_http_is_not_counted(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="http_bin", active="once")
    peer.send(GET + b"A: b\r\nB: c\r\n\r\n")
    owner.receives(http(socket, GOT))
    owner.receives_nothing()
    expect(owner.inet.setopts(socket, [("active", 2)]), ok())
    owner.receives(
        http(socket, header(0, b"A", b"A", b"b")), http(socket, header(0, b"B", b"B", b"c")), tcp_passive(socket)
    )
    receives(owner, socket, "http_eoh")


@clause("framing/body-is-raw")
def test_body_is_parsed(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="http_bin")
    peer.send(GET + b"\r\n" + b"bo\ndy" + GET)
    receives(owner, socket, GOT, "http_eoh")
    expect(owner.inet.setopts(socket, [("packet", "raw")]), ok())
    expect(owner.gen_tcp.recv(socket, 5), ok(b"bo\ndy"))
    expect(owner.inet.setopts(socket, [("packet", "http_bin")]), ok())
    receives(owner, socket, GOT)


@clause("framing/set-again-among-headers")
def test_setting_it_again_loses_a_line(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="http_bin")
    peer.send(GET + b"A: b\r\n\r\n")
    receives(owner, socket, GOT)
    expect(owner.inet.setopts(socket, [("packet", "http_bin")]), ok())
    seen = owner.gen_tcp.recv(socket, 0)
    scenario.varies(seen, goes_on=ok(header(0, b"A", b"A", b"b")), begins_anew=ok(("http_error", b"A: b\r\n")))


@clause("framing/http-delivered-as-of-a-port")
def test_line_of_http_is_delivered_otherwise(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet="http_bin", deliver="port", active="once")
    peer.send(GET)
    scenario.wait_while(lambda: not owner.mailbox())
    scenario.settle()
    forms = {"parsed": ((socket, ("data", GOT)),), "line": ((socket, ("data", GET)),)}
    owner.receives(*forms[scenario.varies(owner.mailbox(), **forms)])


@clause("framing/http-sends-what-it-is-given")
@kinds
def test_line_of_http_is_edited(scenario: Scenario, kind: str) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=kind)
    expect(owner.gen_tcp.send(socket, b"HTTP/1.1 200"), ok())
    peer.receives(b"HTTP/1.1 200")
    peer.sees_nothing()
