"""What the framings make of bytes is what ``erlang:decode_packet/3`` makes of them: OTP itself is asked."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

from gen_tck.reference.driver.framings import SIZES
from gen_tck.reference.driver.http import HEADERS, HEADERS_ONLY, HTTP, METHODS, parse
from gen_tck.reference.driver.packet import BadPacket, body, packet_length
from gen_tck.spec.term_text import read_all
from gen_tck.spec.terms import Atom, Term

ASK = """
{ok, File} = file:read_file("FILE"),
Answer = fun({ok, Packet, Rest}) -> {ok, Packet, byte_size(Rest)}; ({Other, _}) -> Other end,
[begin
     [Kind, Size, Hex] = binary:split(Line, <<" ">>, [global]),
     Options = [{packet_size, binary_to_integer(Size)}],
     Data = << <<(binary_to_integer(<<Digits:2/binary>>, 16))>> || <<Digits:2/binary>> <= Hex >>,
     io:format("~w~n", [Answer(erlang:decode_packet(binary_to_atom(Kind), Data, Options))])
 end || Line <- binary:split(File, <<"\\n">>, [global, trim])],
halt().
"""

NO_BUFFER = 1 << 30
PIECES = (
    *(b"GET", b"/", b"*", b" ", b"  ", b"\t", b"HTTP/1.1", b"HTTP/", b"1", b".", b"0", b"http://", b"HTTPS://", b"h"),
    *(b":", b":80", b"[::1]", b"\r\n", b"\r\n", b"\n", b"\r", b"x-y", b"Host: ", b"cOOkie:", b"a" * 51, b"200", b"OK"),
    *(b"\xe4", b"--", b"POST a HTTP/1.0", b"HTTP/1.1 404 Not Found", b"urn:x", b"\x7f", b"{"),
)

Question = tuple[Atom, int, bytes]


def questions() -> list[Question]:
    """A framing, ``packet_size``, and bytes."""
    draw = random.Random(1)
    asked: list[Question] = []
    for kind in sorted(HTTP, key=str):
        lines = [*map(str.encode, METHODS), *(f"{each}: x\r\n".encode() for each in HEADERS)]
        lines += [b"GET / HTTP/1.1\r\nHost", b"A: b\r\n c\r\nd", b"\n", b"\r\n", b"a\n b\nc", b"A: b\r\n", b"GET /\r\n"]
        lines += [b"GET %s HTTP/1.1\r\n" % uri for uri in (b"*", b"/a", b"http://h:81/p", b"https://h", b"a:b", b"ab")]
        lines += [b"".join(draw.choices(PIECES, k=draw.randrange(1, 9))) + b"\r\n-" for _ in range(600)]
        asked += [(kind, draw.choice((0, 0, 10, 30)), each) for each in lines]
    heads = [b"\x03\0\0\5", b"GIOP\1\0\0\0\0\0\0\1", b"GIOP\1\0\1\0\2\0\0\0", b"\1\5\0\1\0\1\2\0"]
    heads += [b"\x80\0\0\3", b"\x30\3", b"\x1f\x81\1\2", b"\4\x82\0\2", b"\4\x84\x7f\xff\xff\xff", b"\4\x80"]
    heads += [b"\4\x85\0\0\0\0\1"]
    for kind in sorted(SIZES, key=str):
        for _ in range(400):
            data = bytearray(draw.choice(heads) + bytes(draw.randrange(6)))
            for _ in range(draw.choice((0, 0, 1, 2))):
                data[draw.randrange(len(data))] = draw.randrange(256)
            asked.append((kind, draw.choice((0, 0, 2, 3)), bytes(data[: draw.randrange(1, len(data) + 1)])))
    return asked


def answer(kind: Atom, size: int, data: bytes) -> Term:
    """What ``decode_packet`` should say, in the form of ``ASK``."""
    try:
        length = packet_length(kind, bytearray(data), size, NO_BUFFER)
    except BadPacket:
        return Atom("error")
    if not 0 < length <= len(data):
        return Atom("more")
    packet = data[:length]
    said = parse(packet, kind, kind in HEADERS_ONLY)[0] if kind in HTTP else body(kind, packet)
    return (Atom("ok"), said, len(data) - length)


def test_framing_is_not_otps(tmp_path: Path, erl: str) -> None:
    asked, file = questions(), tmp_path / "questions"
    file.write_text("".join(f"{kind.name} {size} {data.hex()}\n" for kind, size, data in asked))
    ask = ASK.replace("FILE", str(file)).replace("\n", " ")
    told = subprocess.run([erl, "-noshell", "-eval", ask], capture_output=True, text=True, check=True).stdout
    answers = [read_all(line) for line in told.splitlines()]
    assert len(answers) == len(asked)
    wrong = [(each, answer(*each), said) for each, said in zip(asked, answers, strict=True) if answer(*each) != said]
    assert not wrong, wrong[:5]
    assert {said if isinstance(said, Atom) else said[0] for said in answers} == {*map(Atom, ("ok", "more", "error"))}
