"""What the arguments of calls mean."""

from __future__ import annotations

from connection import Connection
from gen_tck_node import Improper, Raised, Term
from listener import Listener
from options import Options


def a_socket(term: Term, otherwise: str = "function_clause") -> Connection | Listener:
    """A socket, open or not. Raises the error ``otherwise`` for anything else."""
    if not isinstance(term, (Connection, Listener)):
        raise Raised(otherwise)
    return term


def no_connection(listener: Listener) -> Term:
    """What a call that needs a connection returns for a listener."""
    return ("error", "closed" if listener.ended else "enotconn")


def a_length(term: Term) -> int:
    """A number of bytes."""
    if not isinstance(term, int) or term < 0:
        raise Raised("function_clause")
    return term


def a_timeout(term: Term, reason: str = "function_clause") -> Term:
    """Milliseconds, or ``infinity``."""
    if term != "infinity" and (not isinstance(term, int) or term < 0):
        raise Raised(reason)
    return term


def settings(terms: Term) -> dict[str, Term]:
    """``[binary, {active, false}]`` by name; of an option that is named twice the last one holds."""
    found: dict[str, Term] = {}
    for each in terms if isinstance(terms, list) else []:
        match each:
            case "binary" | "list":
                found["mode"] = each
            case (str(name), value):
                found[name] = value
            case _:
                found[str(each)] = each  # no option, which is refused
    return found


def first_options(named: dict[str, Term]) -> Options:
    """Those of a new socket."""
    options = Options().changed(named)
    if options is None:
        raise Raised("badarg", "exit")
    return options


def host(address: Term) -> str:
    """``127.0.0.1`` for ``{127, 0, 0, 1}``."""
    if not isinstance(address, tuple) or len(address) != 4:
        raise Raised("function_clause")
    return ".".join(map(str, address))


def flat(data: Term) -> bytes:
    """The bytes of an iolist."""
    match data:
        case bytes():
            return data
        case list() if all(not isinstance(each, int) or 0 <= each < 256 for each in data):
            return b"".join(bytes([each]) if isinstance(each, int) else flat(each) for each in data)
        case Improper(items, bytes(tail)):
            return flat(items) + tail
    raise Raised("badarg")


def name(address: tuple[str, int]) -> Term:
    """``{ok, {Address, Port}}``."""
    host, port = address
    return ("ok", (tuple(map(int, host.split("."))), port))
