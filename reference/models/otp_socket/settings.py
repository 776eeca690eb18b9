"""The options of a socket: which the server keeps, which the kernel, and which are accepted and ignored."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.options import KERNEL_OPTIONS, MAX_COUNT
from gen_tck.reference.errors import OutOfScope
from gen_tck.reference.models.otp_socket.esock import ESock
from gen_tck.reference.models.otp_socket.statem import Crashed, Event, Statem
from gen_tck.reference.models.otp_socket.states import CLOSED, CLOSED_READ, CLOSED_READ_WRITE
from gen_tck.reference.models.otp_socket.waiting import Failed
from gen_tck.spec.framings import framing_of
from gen_tck.spec.terms import Atom, List, Pid, Term

WRITE_OPTIONS: dict[str, Any] = {
    "packet": a.raw,
    "packet_size": 67108864,
    "show_econnreset": a.false,
    "send_timeout": a.infinity,
    "send_timeout_close": a.false,
    "delay_send": a.false,
}
"""Those that sending needs to know, with defaults. OTP: gen_tcp_socket.erl: server_write_opts/0"""
READ_OPTIONS: dict[str, Any] = {
    "active": a.false,
    "mode": a.list,
    "header": 0,
    "deliver": a.term,
    "line_delimiter": 10,
    "exit_on_close": a.true,
}
"""The others that the server keeps. OTP: gen_tcp_socket.erl: server_read_opts/0"""
DEFAULTS: dict[str, Any] = {**WRITE_OPTIONS, **READ_OPTIONS}
"""What a socket starts with."""
IGNORED = frozenset(["backlog", "high_msgq_watermark", "high_watermark", "low_msgq_watermark"])
"""Those that are accepted and mean nothing. OTP: gen_tcp_socket.erl: ignore_optname/1"""

KERNEL_NAMES = {"low_watermark": "rcvlowat"}
"""Those that the kernel is asked for by another name. OTP: gen_tcp_socket.erl: socket_opts/0"""

_SIZES = frozenset(["recbuf", "sndbuf", "low_watermark"])
"""Of these the kernel takes any number, and makes of it what it likes."""


def _is_value(name: str, value: Term) -> bool:
    """Whether an option of the kernel can have ``value``."""
    return isinstance(value, int) if name in _SIZES else KERNEL_OPTIONS[name](value)


class Settings(Statem):
    """What a server does about options."""

    options: dict[str, Any]
    sock: ESock | None
    owner: Pid
    write_options: ClassVar[dict[str, Any]] = WRITE_OPTIONS
    ignored = IGNORED

    @abstractmethod
    def tell(self, *message: Term) -> None:
        """Send ``{Tag, Socket, ...}`` to the owner."""

    def store(self) -> None:
        """Let those who send know what they need."""
        assert self.sock is not None
        self.sock.meta = {name: self.options[name] for name in self.write_options}

    # Setting

    def set_options(self, event: Event) -> None:
        """Set options in order until one is refused; those before it stay set.

        OTP: gen_tcp_socket.erl: state_setopts/4
        """
        answer = self._set_all(event.detail[0])
        self.reply(event.caller, answer)
        assert self.sock is not None
        if not self.sock.closed:
            self.store()
        elif answer != (a.error, a.einval):
            raise Crashed("badmatch")

    def look_again(self, event: Event) -> None:
        """A header that is peeked at is looked at with the new options."""
        assert self.sock is not None
        self.sock.look_again()

    def _set_all(self, pairs: list[tuple[str, Term]]) -> Term:
        for name, value in pairs:
            refused = self.set_option(name, value)
            if refused is not None:
                return (a.error, refused)
        return a.ok

    def set_option(self, name: str, value: Term) -> Term | None:
        """Set one; why it is refused."""
        assert self.sock is not None
        if name == "buffer" or self.of_kernel(name):
            return self._set_kernel_option(name, value)
        if self.is_kept(name):
            if self.is_read_only(name):
                return a.einval
            return self.set_kept(name, value)
        return None if name in self.ignored else a.einval

    def _set_kernel_option(self, name: str, value: Term) -> Term | None:
        assert self.sock is not None
        try:
            if name == "buffer":
                if self.sock.closed:
                    return a.closed
                if not isinstance(value, int) or value < 1:
                    return self.invalid(name, value)
                self.sock.buffer = value
            elif not _is_value(name, value):
                return self.invalid(name, value)
            else:
                self.sock.set_option(KERNEL_NAMES.get(name, name), value)
        except Failed as failed:
            return failed.reason
        return None

    def invalid(self, name: str, value: Term) -> Term:
        """Why an option of the kernel is refused that cannot have ``value``.

        OTP: prim_socket_nif.c: esock_setopt; gen_tcp_socket.erl: state_setopts/4
        """
        del name, value
        return a.einval

    def of_kernel(self, name: str) -> bool:
        """Whether the kernel keeps it."""
        return name in KERNEL_OPTIONS or (name in KERNEL_NAMES and name not in self.ignored)

    def is_kept(self, name: str) -> bool:
        """Whether the server keeps it."""
        return name in self.write_options or name in READ_OPTIONS

    def is_read_only(self, name: str) -> bool:
        """Whether it cannot be had in the present state."""
        if name in self.write_options:
            return self.state is CLOSED
        return self.state in (CLOSED, CLOSED_READ, CLOSED_READ_WRITE)

    def set_kept(self, name: str, value: Term) -> Atom | None:
        """Set one that the server keeps; why it is refused. Only two are looked at.

        OTP: gen_tcp_socket.erl: state_setopts_server/6
        """
        if name == "active":
            return self.set_active(value)
        if name == "packet":
            framing = framing_of(value)
            if framing is None:
                return a.einval
            if framing.profile != "packets":
                raise OutOfScope(f"the framing {framing.name}, in this model")
        self.options[name] = value
        return None

    def set_active(self, value: Term) -> Atom | None:
        """Set the mode: a count adds up, and its end is told, also when it is called off.

        OTP: gen_tcp_socket.erl: state_setopts_active/5
        """
        old = self.options["active"]
        counted = type(old) is int
        if type(value) is int:
            if not -MAX_COUNT - 1 <= value <= MAX_COUNT:
                return a.einval
            count = old + value if counted else value
            if count > MAX_COUNT:
                return a.einval
            if count <= 0:
                self.tell(a.tcp_passive)
            self.options["active"] = count if count > 0 else a.false
            return None
        if value not in (a.true, a.false, a.once):
            return a.einval
        if value is a.false and counted:
            self.tell(a.tcp_passive)
        self.options["active"] = value
        return None

    # Asking

    def get_options(self, event: Event) -> None:
        """Answer with the values of those that can be had.

        OTP: gen_tcp_socket.erl: state_getopts/5
        """
        self.reply(event.caller, self._get_all(event.detail[0]))

    def _get_all(self, names: list[str]) -> Term:
        assert self.sock is not None
        pairs: list[Term] = []
        for name in names:
            try:
                if name == "buffer":
                    if not self.sock.closed:
                        pairs.append((a.buffer, self.sock.buffer))
                elif self.of_kernel(name):
                    pairs.append((Atom(name), self.sock.get_option(KERNEL_NAMES.get(name, name))))
                elif self.is_kept(name):
                    if self.is_read_only(name):
                        return (a.error, a.einval)
                    pairs.append((Atom(name), self.options[name]))
                elif name not in self.ignored:
                    return (a.error, a.einval)
            except Failed:
                continue
        return (a.ok, List(pairs))
