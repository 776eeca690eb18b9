"""The framings of HTTP (``http``, ``http_bin``, ``httph``, ``httph_bin``): as ``erlang:decode_packet/3`` parses.

A *start line* is a request or a response; what follows are headers, up to an empty line. ``httph`` and ``httph_bin``
know headers only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from gen_tck.reference import atoms as a
from gen_tck.spec.terms import Atom, List, Term

HTTP = frozenset([a.http, a.http_bin, a.httph, a.httph_bin])
HEADERS_ONLY = frozenset([a.httph, a.httph_bin])

METHODS = ("OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE", "TRACE")
"""Methods that are atoms."""

HEADERS = (
    *("Cache-Control", "Connection", "Date", "Pragma", "Transfer-Encoding", "Upgrade", "Via", "Accept"),
    *("Accept-Charset", "Accept-Encoding", "Accept-Language", "Authorization", "From", "Host", "If-Modified-Since"),
    *("If-Match", "If-None-Match", "If-Range", "If-Unmodified-Since", "Max-Forwards", "Proxy-Authorization", "Range"),
    *("Referer", "User-Agent", "Age", "Location", "Proxy-Authenticate", "Public", "Retry-After", "Server", "Vary"),
    *("Warning", "Www-Authenticate", "Allow", "Content-Base", "Content-Encoding", "Content-Language"),
    *("Content-Length", "Content-Location", "Content-Md5", "Content-Range", "Content-Type", "Etag", "Expires"),
    *("Last-Modified", "Accept-Ranges", "Set-Cookie", "Set-Cookie2", "X-Forwarded-For", "Cookie", "Keep-Alive"),
    "Proxy-Connection",
)
"""Names of headers that are atoms, each with its number, which counts from 1."""

_LONGEST_NAME = 50
"""Bytes of a name whose letters are put in order."""

_TOKEN = rb"[!#$%&'*+\-.0-9A-Z^_`a-z|~\x7f]"
_STATUS = re.compile(rb"HTTP/(\d+)\.(\d+)[ \t]+(?![ \t])(\d*)(?:[ \t]+(?![ \t])(.*))?", re.DOTALL)
_REQUEST = re.compile(rb"(%s+)[ \t]+([^ \t]+)[ \t]*(.*)" % _TOKEN, re.DOTALL)
_VERSION = re.compile(rb"HTTP/(\d+)\.(\d+)")
_HEADER = re.compile(rb"(%s*):[ \t]*(.*)" % _TOKEN, re.DOTALL)

Text: TypeAlias = Callable[[bytes], Term]
"""What makes a term of a piece of a line."""


class TooLong(Exception):
    """A line is longer than allowed."""


def line_length(data: bytearray, headers: bool, limit: int) -> int:
    """The bytes of the first line of ``data``, with the lines that go on with it if it is a header; 0: not known yet.

    Raises :class:`TooLong` if they are more than ``limit``, or will be.

    Clauses: framing/http-header-may-go-on, framing/http-line-over-its-size-limit
    OTP: packet_parser.c: packet_get_length
    """
    end = data.find(b"\n") + 1
    while end and _may_go_on(data, end, headers):
        if end == len(data):  # what comes next says whether it does
            _check(end, limit)
            return 0
        end = data.find(b"\n", end) + 1
    _check(end or len(data) + 1, limit)
    return end


def _may_go_on(data: bytearray, end: int, headers: bool) -> bool:
    """Whether a line that ends at ``end`` is a header that the next line may go on with."""
    if not headers or bytes(data[:end]) in (b"\n", b"\r\n"):
        return False
    return end == len(data) or (end > 2 and data[end] in b" \t")


def _check(size: int, limit: int) -> None:
    if size > limit:
        raise TooLong


def parse(line: bytes, kind: Term, headers: bool) -> tuple[Term, bool]:
    """What a line says, as ``kind`` tells it, and whether headers follow; ``headers``: whether it is one of them.

    Clauses: framing/http-request-is-parsed, framing/http-response-is-parsed, framing/http-header-is-parsed,
        framing/http-ends-and-begins-again, framing/bad-line-is-http-error, framing/http-gives-strings-or-binaries
    OTP: packet_parser.c: packet_parse_http
    """
    text: Text = List if kind in (a.http, a.httph) else bytes
    rest = line[:-2] if line[-2:-1] == b"\r" else line.removesuffix(b"\n")
    if headers and not rest:
        return a.http_eoh, False
    found = _header(rest, text) if headers else _start_line(rest, text)
    return ((a.http_error, text(line)), headers) if found is None else (found, True)


def _start_line(line: bytes, text: Text) -> Term | None:
    if line.startswith(b"HTTP/"):
        status = _STATUS.fullmatch(line)
        if status is None:
            return None
        major, minor, code, phrase = status.groups(b"")
        return (a.http_response, (int(major), int(minor)), int(code or 0), text(phrase))
    request = _REQUEST.fullmatch(line)
    if request is None:
        return None
    method, uri, rest = request.groups()
    version = _VERSION.match(rest) if rest else None
    if rest and (version is None or len(rest) < len(b"HTTP/1.1")):
        return None
    numbers = (0, 9) if version is None else tuple(map(int, version.groups()))
    name = method.decode("ascii")
    return (a.http_request, Atom(name) if name in METHODS else text(method), _uri(uri, text), numbers)


def _uri(uri: bytes, text: Text) -> Term:
    """``'*'``, or a string if it is no URI, or a tuple that says of which form it is."""
    if uri == b"*":
        return Atom("*")
    if len(uri) == 1 or uri.startswith(b"/"):
        return (a.abs_path, text(uri))
    for scheme in ("http", "https"):
        start = f"{scheme}://".encode()
        if uri[: len(start)].lower() == start:
            return (a.absoluteURI, Atom(scheme), *_address(uri[len(start) :], text))
    scheme_name, colon, rest = uri.partition(b":")
    return (a.scheme, text(scheme_name), text(rest)) if colon else text(uri)


def _address(rest: bytes, text: Text) -> tuple[Term, Term, Term]:
    """Host, port, and path."""
    host, slash, path = rest.partition(b"/")
    bracket = host.find(b"]") + 1 if host.startswith(b"[") else 0
    name, _, number = (host[:bracket], b"", host[bracket + 1 :]) if bracket else host.partition(b":")
    port = int(number) if number.isdigit() and int(number) else a.undefined
    return text(name), port, text(slash + path if slash else b"/")


def _header(line: bytes, text: Text) -> Term | None:
    found = _HEADER.fullmatch(line)
    if found is None:
        return None
    name, value = found.groups()
    if len(name) > _LONGEST_NAME:
        return (a.http_header, 0, text(name), text(name), text(value))
    ordered = _ordered(name)
    number = HEADERS.index(ordered) + 1 if ordered in HEADERS else 0
    return (a.http_header, number, Atom(ordered) if number else text(ordered.encode()), text(name), text(value))


def _ordered(name: bytes) -> str:
    """``name`` with a capital at the beginning of each word and no other."""
    letters, up = "", True
    for each in name.decode("ascii"):
        letters += each.upper() if up else each.lower()
        up = each == "-" and not up
    return letters
