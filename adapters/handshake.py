"""The handshake: how a child introduces itself, in its first line, and what it may claim there."""

from __future__ import annotations

import hmac
from difflib import get_close_matches

from msgspec import UNSET, UnsetType

from gen_tck.adapters import interrupts, wire
from gen_tck.adapters.bounded import TooMuch
from gen_tck.adapters.client import WireClient
from gen_tck.adapters.interface import Capabilities, NodeUnavailable
from gen_tck.adapters.json_terms import WireError
from gen_tck.adapters.program import FLUSH
from gen_tck.adapters.starting import LOOK_SECONDS, Clock
from gen_tck.spec.calls import CALLS, OUT_OF_SCOPE
from gen_tck.spec.printable import MOST_SHOWN, shown
from gen_tck.spec.profiles import PROFILES, expand

_HELPERS = frozenset({name for name, each in CALLS.items() if each.is_helper})
_OLD_PLAYERS_DETAILS = frozenset({"backend", "erts", "release"})
"""What the details of the kit's agent said before it could say that it plays scripts."""
_STDIO_HINT = "; standard output is for the protocol alone: print to standard error"


def shake_hands(client: WireClient, token: str | None) -> Capabilities:
    """What the child offers, if its first line repeats ``token`` and claims nothing that does not exist.

    ``token``: ``None`` for a child that talks over standard input and output, where nobody else can.
    Raises ``NodeUnavailable`` if the line does not come in the seconds of the limit ``start``, ``AdapterError`` if it
    is wrong. Whoever called ends the child then.
    """
    hello = _hello(client, token)
    if hello.minor == 0:
        _check_is_older(client, hello)
    _spell(hello)
    if hello.minor > wire.MINOR:
        _leave_unknown_out(hello)
    _check_claims(client, hello)
    client.minor = hello.minor
    manners = wire.Manners() if isinstance(hello.capabilities, UnsetType) else hello.capabilities
    profiles = frozenset(hello.profiles)
    return Capabilities(
        hello.name,
        hello.version,
        profiles,
        hello.clock,
        hello.homepage,
        _offered(hello),
        hello.details,
        settle=manners.settle,
        mailbox=manners.mailbox,
        plays_scripts=_plays_scripts(client, hello, manners),
        burst=manners.burst,
    )


def _hello(client: WireClient, token: str | None) -> wire.Hello:
    """The first line, of a child that speaks this version and may talk to us."""
    line = _first_line(client)
    try:
        hello = wire.read_hello(line, client.limits)
    except TooMuch as reason:
        raise client.over(f"its handshake: {reason.what}", reason.limit) from None
    except WireError as reason:
        # It quotes the line, which may have the token in it.
        hint = _STDIO_HINT if token is None and not line.lstrip().startswith(b"{") else ""
        why = str(reason) + hint if token is None else str(reason).replace(token, "...")
        raise client.broke(f"its handshake: {why}") from None
    if hello.gen_tck != wire.VERSION:
        raise client.broke(f"it speaks version {hello.gen_tck}, this kit version {wire.VERSION}")
    if token is not None and not hmac.compare_digest(hello.token.encode(), token.encode()):
        raise client.broke("its handshake does not repeat the token it was given")
    return hello


def _first_line(client: WireClient) -> bytes:
    seconds, most = client.limits.start, client.limits.handshake
    child, channel, what = client.child, client.channel, client.what
    clock = Clock(child.pid)
    while (line := channel.line()) is None:
        client.check_unfinished("its handshake", "handshake", most)
        if channel.ended:
            child.check_output(what)
            raise NodeUnavailable(f"{what} ended before the handshake ({child.ending()})")
        if clock() >= seconds:
            said = channel.unfinished
            words = child.output_tail()
            how = f"{said} bytes came without a newline" if said else f"it printed {words!r}{'' if words else FLUSH}"
            raise NodeUnavailable(f"{what} sent no handshake in {seconds:g} s; {how}")
        interrupts.check()
        channel.pump(LOOK_SECONDS)
    if len(line) > most:
        raise client.over(f"its handshake has over {most} bytes", "handshake")
    return line


def _check_is_older(client: WireClient, hello: wire.Hello) -> None:
    """Raise the error of a child that says what only later minors have, and not that it speaks one of those."""
    for name in ("capabilities", "helpers"):
        if getattr(hello, name) is not UNSET:
            raise client.broke(f'its handshake has `{name}`, which minor 0 has not: say "minor": 1')


def _listed(names: list[str] | UnsetType | None) -> list[str]:
    return [] if names is None or isinstance(names, UnsetType) else names


def _spell(hello: wire.Hello) -> None:
    """Write ``module:function/arity`` as ``module.function/arity``."""
    if hello.calls is not None:
        hello.calls = [each.replace(":", ".", 1) for each in hello.calls]
    if not isinstance(hello.helpers, UnsetType):
        hello.helpers = [each.replace(":", ".", 1) for each in hello.helpers]


def _offered(hello: wire.Hello) -> frozenset[str] | None:
    """The calls that a child offers, helpers among them; ``None``: all.

    In minor 0 helpers are calls like any other. Since then they are listed apart, and offered if they are not.
    """
    if hello.calls is None and hello.helpers is UNSET:
        return None
    claimed = frozenset(CALLS) - _HELPERS if hello.calls is None else frozenset(hello.calls)
    if hello.minor == 0:
        return claimed
    return claimed | (_HELPERS if hello.helpers is UNSET else frozenset(_listed(hello.helpers)))


def _plays_scripts(client: WireClient, hello: wire.Hello, manners: wire.Manners) -> bool:
    """Whether the child says that it plays scripts. Older agents can only be guessed by their details."""
    if hello.minor == 0:
        return hello.details.keys() >= _OLD_PLAYERS_DETAILS
    told = hello.details.get("backend") in ("inet", "socket") and "release" in hello.details
    if manners.plays_scripts and not told:
        why = "its handshake says that it plays scripts, and its details not on which `backend` and `release`"
        raise client.broke(why)
    return manners.plays_scripts


def _leave_unknown_out(hello: wire.Hello) -> None:
    """Forget what a node of a later minor claims that this kit has never heard of: nobody is judged by it."""
    hello.profiles = sorted(expand(hello.profiles).intersection(PROFILES))
    if hello.calls is not None:
        hello.calls = [each for each in hello.calls if each in CALLS]
    if not isinstance(hello.helpers, UnsetType):
        hello.helpers = [each for each in hello.helpers if each in _HELPERS]


def _check_claims(client: WireClient, hello: wire.Hello) -> None:
    """Raise the error of a child that claims what does not exist: its author meant something else."""
    for kind, claimed, known, where in (
        ("profile", expand(hello.profiles), PROFILES, "gen-tck calls names them all"),
        ("call", hello.calls or (), {*CALLS, *OUT_OF_SCOPE}, "gen-tck calls lists them all"),
        ("helper", _listed(hello.helpers), _HELPERS, "gen-tck calls says which are helpers"),
    ):
        unknown = sorted(set(claimed) - set(known))
        if unknown:
            name = unknown[0]
            near = get_close_matches(name, known, 1) if len(name) < MOST_SHOWN else ()
            hint = f"did you mean {near[0]}?" if near else where
            raise client.broke(f"its handshake claims an unknown {kind}, {shown(repr(name))}: {hint}")
