"""``file:sendfile``: what of a file is sent, and what is refused."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import describe, error, expect, fields, ok, raised
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.conformance.sending.files import DIGITS, MISSING, NAME, opened, sent, written
from gen_tck.spec.terms import Atom, term

HEADERS = pytest.mark.parametrize("size", [1, 2, 4])
WRONG = ("chunk_size", "large")


@clause("sending/sendfile-answers")
def test_file_is_not_sent(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.file.sendfile(written(owner), socket), ok(len(DIGITS)))
    peer.receives(DIGITS)
    peer.sees_nothing()


@clause("sending/sendfile-of-a-part-answers")
def test_other_part_is_sent(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(sent(owner, socket, 2, 3), ok(3))
    peer.receives(DIGITS[2:5])
    peer.sees_nothing()


@clause("sending/name-of-a-file-is-text-or-a-binary")
@pytest.mark.parametrize("name", [NAME, b"my_file"], ids=["text", "binary"])
def test_name_is_refused(scenario: Scenario, name: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    written(owner)
    expect(owner.file.sendfile(name, socket), ok(len(DIGITS)))
    peer.receives(DIGITS)


@clause("sending/empty-file-is-sent")
def test_empty_file_is_refused(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.file.sendfile(written(owner, b""), socket), ok(0))
    peer.sees_nothing()


@clause("sending/missing-file-is-told")
def test_missing_file_is_sent(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    written(owner)
    expect(owner.file.sendfile(MISSING, socket), error("enoent"))
    expect(owner.gen_tcp.send(socket, b"still here"), ok())
    peer.receives(b"still here")


@clause("sending/missing-file-is-told-before-the-socket")
def test_closed_socket_is_told_first(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    written(owner)
    expect(owner.gen_tcp.close(socket), ok())
    expect(owner.file.sendfile(MISSING, socket), error("enoent"))


@clause("sending/missing-file-is-told-before-the-socket")
def test_other_owner_is_told_first(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, _ = scenario.connect(owner)
    written(owner)
    expect(other.file.sendfile(MISSING, socket), error("enoent"))


@clause("sending/length-zero-is-the-rest-of-a-file")
@pytest.mark.parametrize("offset", [0, 3])
def test_length_of_zero_is_nothing(scenario: Scenario, offset: int) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(sent(owner, socket, offset, 0), ok(len(DIGITS) - offset))
    peer.receives(DIGITS[offset:])
    peer.sees_nothing()


@clause("sending/part-beyond-the-end-of-a-file")
@pytest.mark.parametrize(("offset", "length"), [(5, 100), (10, 0), (10, 1), (100, 5)])
def test_end_of_the_file_is_passed(scenario: Scenario, offset: int, length: int) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    part = DIGITS[offset:]
    expect(sent(owner, socket, offset, length), ok(len(part)))
    peer.receives(part)
    peer.sees_nothing()


@clause("sending/offset-counts-from-the-beginning-of-a-file")
def test_offset_counts_from_what_was_sent(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    file = opened(owner)
    for offset, length in ((4, 3), (0, 2), (4, 1)):
        expect(owner.file.sendfile(file, socket, offset, length, term([])), ok(length))
    peer.receives(b"456014")
    peer.sees_nothing()


@clause("sending/negative-offset-in-a-file")
@pytest.mark.parametrize("offset", [-1, -10])
def test_offset_counts_from_the_end(scenario: Scenario, offset: int) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(sent(owner, socket, offset, 2), error("einval"))
    peer.sees_nothing()


@clause("sending/negative-length-of-a-part")
def test_negative_length_is_the_rest(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    scenario.varies(_refusal(sent(owner, socket, 0, -1)), einval="einval", badarg="badarg")
    peer.sees_nothing()


@clause("sending/part-of-a-file-is-told-by-integers")
@pytest.mark.parametrize(("offset", "length"), [("foo", 2), (0, "all"), (1.0, 2), (0, 2.0)])
def test_part_is_guessed(scenario: Scenario, offset: object, length: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(sent(owner, socket, offset, length), error("badarg"))
    peer.sees_nothing()


@clause("sending/file-to-send-a-part-of-is-open")
def test_file_is_opened_by_its_name(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.file.sendfile(Atom("my_file"), socket, 0, 0, term([])), error("badarg"))
    expect(owner.file.sendfile(written(owner), socket, 0, 0, term([])), error("badarg"))
    peer.sees_nothing()


@clause("sending/options-change-nothing-of-a-file")
@pytest.mark.parametrize(
    "option",
    [("chunk_size", 3), ("use_threads", True), ("use_threads", False)],
    ids=["chunk-size", "threads", "no-threads"],
)
def test_option_changes_what_is_sent(scenario: Scenario, option: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(sent(owner, socket, 1, 8, option), ok(8))
    peer.receives(DIGITS[1:9])
    peer.sees_nothing()


@clause("sending/bad-options-send-no-file")
@pytest.mark.parametrize("options", [[WRONG], [("other", 1), WRONG], "chunk_size"], ids=["size", "last", "no-list"])
def test_bad_options_are_passed_over(scenario: Scenario, options: object) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.file.sendfile(opened(owner), socket, 0, 4, term(options)), error("badarg"))
    peer.sees_nothing()


@clause("sending/only-the-owner-sends-a-file")
def test_anybody_sends_a_file(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, peer = scenario.connect(owner)
    expect(other.file.sendfile(written(owner), socket), error("not_owner"))
    peer.sees_nothing()


@clause("sending/only-the-owner-sends-a-file")
def test_anybody_sends_a_part(scenario: Scenario) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, peer = scenario.connect(owner)
    expect(sent(other, socket, 0, 4), error("not_owner"))
    peer.sees_nothing()


@clause("sending/only-the-owner-sends-a-file")
def test_new_owner_sends_no_file(scenario: Scenario) -> None:
    owner, heir = scenario.processes("owner", "heir")
    socket, peer = scenario.connect(owner)
    expect(owner.gen_tcp.controlling_process(socket, heir), ok())
    expect(owner.file.sendfile(written(owner), socket), error("not_owner"))
    expect(heir.file.sendfile(NAME, socket), ok(len(DIGITS)))
    peer.receives(DIGITS)


@clause("sending/file-to-no-socket-raises")
def test_atom_is_a_socket(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    expect(owner.file.sendfile(written(owner), "nothing"), raised("error", ("case_clause", "nothing")))
    expect(sent(owner, "nothing", 0, 4), raised("error", ("case_clause", "nothing")))


@clause("sending/closed-socket-sends-no-file")
@pytest.mark.parametrize("who", ["owner", "other"])
def test_closed_socket_sends_a_file(scenario: Scenario, who: str) -> None:
    owner, other = scenario.processes("owner", "other")
    socket, _ = scenario.connect(owner)
    expect(owner.gen_tcp.close(socket), ok())
    name = written(owner)
    answer = {"owner": owner, "other": other}[who].file.sendfile(name, socket)
    scenario.varies(_refusal(answer), einval="einval", closed="closed")


@clause("sending/listener-sends-no-file")
def test_listener_sends_a_file(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    listener, _ = scenario.listen(owner)
    scenario.varies(_refusal(owner.file.sendfile(written(owner), listener)), enotconn="enotconn", epipe="epipe")


@clause("sending/file-after-shutdown-is-not-sent")
def test_file_comes_after_the_end(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.gen_tcp.shutdown(socket, "write"), ok())
    peer.sees_fin()
    scenario.varies(_refusal(owner.file.sendfile(written(owner), socket)), closed="closed", epipe="epipe")


@clause("sending/file-to-a-reset-peer-fails")
def test_file_is_sent_to_nobody(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    peer.reset()
    answer = owner.file.sendfile(written(owner), socket)
    scenario.varies(_refusal(answer), closed="closed", econnreset="econnreset")


@clause("sending/file-has-no-header")
@HEADERS
def test_file_gets_a_header(scenario: Scenario, size: int) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, packet=size)
    expect(owner.file.sendfile(written(owner), socket), ok(len(DIGITS)))
    expect(owner.gen_tcp.send(socket, b"a"), ok())
    peer.receives(DIGITS + (1).to_bytes(size, "big") + b"a")
    peer.sees_nothing()


@clause("sending/file-goes-behind-what-was-sent")
@pytest.mark.parametrize("delay_send", [False, True], ids=["at-once", "delayed"])
def test_file_overtakes_a_send(scenario: Scenario, delay_send: bool) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, delay_send=delay_send)
    expect(owner.gen_tcp.send(socket, b"<"), ok())
    expect(owner.file.sendfile(written(owner), socket), ok(len(DIGITS)))
    expect(owner.gen_tcp.send(socket, b">"), ok())
    peer.receives(b"<" + DIGITS + b">")
    peer.sees_nothing()


@clause("sending/sendfile-leaves-the-mode")
def test_file_spends_the_mode(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active="once")
    expect(owner.file.sendfile(written(owner), socket), ok(len(DIGITS)))
    peer.receives(DIGITS)
    expect(owner.inet.getopts(socket, ["active"]), ok([("active", "once")]))
    peer.send(b"in")
    owner.receives(("tcp", socket, b"in"))


@clause("sending/files-are-not-counted")
def test_file_is_counted(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner)
    expect(owner.gen_tcp.send(socket, b"abc"), ok())
    expect(owner.file.sendfile(written(owner), socket), ok(len(DIGITS)))
    peer.receives(b"abc" + DIGITS)
    counted = owner.inet.getstat(socket, ["send_oct", "send_cnt"])
    expect(counted, ok([("send_oct", 3), ("send_cnt", 1)]))


@clause("sending/file-to-a-half-open-peer")
def test_half_open_peer_gets_no_file(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, exit_on_close=False)
    peer.finish()
    expect(owner.gen_tcp.recv(socket, 0), error("closed"))
    expect(owner.file.sendfile(written(owner), socket), ok(len(DIGITS)))
    peer.receives(DIGITS)


def _refusal(answer: object) -> object:
    """``Reason`` of ``{error, Reason}``."""
    refused, reason = fields(answer, 2)
    expect(refused, "error", describe(answer))
    return reason
