"""The framings: how a socket cuts the stream into packets, by the option ``packet``."""

from __future__ import annotations

from dataclasses import dataclass

from gen_tck.spec.terms import Term
from gen_tck.spec.values import Value, takes

__all__ = ["FRAMINGS", "OUT_OF_SCOPE", "Framing", "framing_of"]


@dataclass(frozen=True)
class Framing:
    """A way to cut the stream."""

    name: str
    values: tuple[Value, ...]
    """The values of the option ``packet`` that ask for it."""
    profile: str
    """The profile of which it is a part."""
    clause: str
    """The clause that says that it is taken."""
    meaning: str
    """How it cuts, in a few words."""


FRAMINGS: tuple[Framing, ...] = (
    Framing("raw", (range(1), "raw"), "packets", "receiving/raw-is-taken", "not at all"),
    Framing("1", (range(1, 2),), "packets", "receiving/one-byte-header-is-taken", "at lengths of one byte"),
    Framing("2", (range(2, 3),), "packets", "receiving/two-byte-header-is-taken", "at lengths of two bytes"),
    Framing("4", (range(4, 5),), "packets", "receiving/four-byte-header-is-taken", "at lengths of four bytes"),
    Framing("line", ("line",), "packets", "receiving/line-is-taken", "at the ends of lines"),
    Framing("asn1", ("asn1",), "framings", "framing/asn1-is-taken", "at values of ASN.1 in BER"),
    Framing("tpkt", ("tpkt",), "framings", "framing/tpkt-is-taken", "at packets of RFC 1006"),
    Framing("cdr", ("cdr",), "framings", "framing/cdr-is-taken", "at messages of CORBA's GIOP"),
    Framing("sunrm", ("sunrm",), "framings", "framing/sunrm-is-taken", "at fragments of Sun's records"),
    Framing("fcgi", ("fcgi",), "framings", "framing/fcgi-is-taken", "at records of FastCGI"),
    Framing("http", ("http",), "http", "framing/http-is-taken", "at lines of HTTP, parsed, with strings"),
    Framing("http_bin", ("http_bin",), "http", "framing/http-bin-is-taken", "at lines of HTTP, parsed, with binaries"),
    Framing("httph", ("httph",), "http", "framing/httph-is-taken", "at headers of HTTP, parsed, with strings"),
    Framing("httph_bin", ("httph_bin",), "http", "framing/httph-bin-is-taken", "at headers of HTTP, with binaries"),
)

OUT_OF_SCOPE: dict[str, str] = {
    "ssl_tls": "records of TLS",
}
"""Values of the option ``packet`` that OTP takes and no clause speaks of: what they cut the stream into."""


def framing_of(value: Term) -> Framing | None:
    """The framing that a value of the option ``packet`` asks for, if it is one."""
    return next((each for each in FRAMINGS if takes(each.values, value)), None)
