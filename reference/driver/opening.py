"""What only opening a socket understands: where it is to be, how many may wait there, and the words for families."""

from __future__ import annotations

from dataclasses import dataclass, field

from gen_tck.reference.driver.options import BadOption, refuse, setting
from gen_tck.reference.errors import OutOfScope
from gen_tck.reference.net.addresses import ANY, ANY_6, host_of, is_known, is_local, local_host_of
from gen_tck.reference.net.os_tcp import BACKLOG, Address
from gen_tck.spec import scope
from gen_tck.spec.terms import Atom, List, Term

__all__ = ["LOCAL", "Opening", "is_port_number", "opening"]

LOCAL = Atom("local")
_FAMILIES = frozenset([Atom("inet"), Atom("inet6"), LOCAL])
_SIX = Atom("inet6")
_OF_TCP = frozenset(["ipv6_v6only", "reuseport", "reuseport_lb"])


@dataclass
class Opening:
    """The options that a socket is opened with."""

    settings: list[tuple[str, Term]] = field(default_factory=list)
    """Those that it keeps, as pairs of a known name and a valid value."""
    family: Atom | None = None
    """``inet``, ``inet6`` or ``local``, if it was named."""
    host: str | None = None
    port: int | None = None
    backlog: int = BACKLOG

    def own(self, port: int = 0, *, six: bool = False) -> Address:
        """Its own address; ``port`` is that of ``listen``, which the option goes before."""
        host = self.host or (ANY_6 if six or self.family is _SIX else ANY)
        return host, port if self.port is None else self.port

    @property
    def is_bound(self) -> bool:
        """Whether it says anything of its own address."""
        return self.host is not None or self.port is not None

    @property
    def is_local(self) -> bool:
        """Whether it says that this is a local socket."""
        return self.family is LOCAL or (self.host is not None and is_local(self.host))

    def check_local(self) -> None:
        """Raise :class:`BadOption` for what says of a local socket that it is another; ``OutOfScope`` for its port."""
        if self.family not in (None, LOCAL) or not (self.host is None or is_local(self.host)):
            raise BadOption
        strange = ["port"] * (self.port is not None) + [name for name, _ in self.settings if name in _OF_TCP]
        if strange:
            raise OutOfScope(f"the option {strange[0]} of a local socket")


def opening(options: Term, *, listening: bool) -> Opening:
    """What a list of options says; of two with one name the later counts.

    Raises :class:`~gen_tck.reference.driver.options.BadOption` at the first that is none, and ``OutOfScope`` for those
    that no clause speaks of. OTP: inet.erl: con_opt/3; inet.erl: list_opt/3
    """
    if not isinstance(options, List):
        raise OutOfScope("a list of options that is none")
    refuse(map(scope.outside_setting, options))
    six = _SIX in options
    found = Opening()
    for option in options:
        match option:
            case Atom() if option in _FAMILIES:
                found.family = option
            case (Atom(name="ip" | "ifaddr"), address) if type(option) is tuple:
                found.host = _host(address, six=six)
            case (Atom(name="port"), number) if type(option) is tuple:
                if not is_port_number(number):
                    raise BadOption
                found.port = number
            case (Atom(name="backlog"), number) if type(option) is tuple and listening:
                found.backlog = _backlog(number)
            case (Atom(name="ipv6_v6only"), _) if type(option) is tuple and not listening:
                raise OutOfScope("ipv6_v6only of who connects")
            case _:
                found.settings.append(setting(option))
    return found


def _host(address: Term, *, six: bool) -> str:
    local = type(address) is tuple and address[:1] == (LOCAL,)
    host = local_host_of(address) if local else host_of(address, six=six)
    if host is None:
        raise BadOption
    if not (local or is_known(host) or host == ANY_6):
        raise OutOfScope(f"{host}, which is no address of loopback,")
    return host


def _backlog(number: Term) -> int:
    if not isinstance(number, int) or not 0 <= number < 1 << 31:
        raise OutOfScope("a backlog that is no length")
    return number


def is_port_number(value: Term) -> bool:
    """Whether it is the number of a TCP port, or 0."""
    return isinstance(value, int) and 0 <= value <= 65535
