"""Options of a socket that is there: set and asked."""

from __future__ import annotations

from typing import Any

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.mode import Mode
from gen_tck.reference.driver.options import DRIVER_OPTIONS, KERNEL_OPTIONS, BadOption
from gen_tck.reference.driver.raw import checked, kernel_option, of_kernel_option
from gen_tck.reference.driver.states import ALWAYS, DISCONNECTED, GONE, PASSIVE
from gen_tck.reference.driver.states import Mode as Modes
from gen_tck.reference.net.os_tcp import TAKEN_AT_ACCEPT
from gen_tck.spec.raw_options import NUMBERS, SIZE, asked_raw
from gen_tck.spec.terms import Atom, List, Term


class Settings(Mode):
    """Setting and asking."""

    def set_options(self, pairs: list[tuple[str, Term]]) -> None:
        """Apply valid options in order, then act on what they changed. Raises :class:`BadOption`.

        Clauses: modes/turning-active-delivers-what-waits, modes/packet-type-applies-to-what-waits,
            closing/noticed-end-is-told-when-activated
        OTP: inet_drv.c: inet_set_opts
        """
        before, packet = self.mode, self.options["packet"]
        for name, value in pairs:
            if name == "active":
                self.set_active(value)
            elif name in KERNEL_OPTIONS:
                self.set_kernel_option(name, value)
            elif name == "raw":
                self.set_raw_option(value)
            else:
                self.options[name] = _adjusted(name, value)
                _adjust_partner(name, self.options)
        if self.mode is not before:
            self.read_stopped = False
        same_framing = packet == self.options["packet"]
        if not same_framing:
            self.new_framing(before)
        if self.state is DISCONNECTED:  # every active mode that is set finds the connection gone
            news = any(name == "active" for name, _ in pairs)
        else:
            news = before is PASSIVE or not same_framing
        if news and self.mode is not PASSIVE:
            self.handle("activated", same_framing and self.mode is not ALWAYS)
        self.watch()

    def new_framing(self, before: Modes) -> None:
        """The framing is another one; the mode was ``before``, and may be another, too.

        Clauses: modes/packet-type-applies-to-what-waits
        """
        if self.mode is PASSIVE and self.receiving is None:
            self.forget_length()

    def forget_length(self) -> None:
        """A length that was read in another framing is no length."""
        self.bytes_wanted = 0

    def set_opening_options(self, pairs: list[tuple[str, Term]]) -> None:
        """The same for the options that a socket is opened with. Raises :class:`BadOption`."""
        self.set_options(pairs)
        self.buffer_size = 0  # an active one has looked for input already, but nothing has been asked of it yet

    def inherit(self, listener: Settings) -> None:
        """An accepted socket is passive as it is made; it gets its listener's mode, and what the kernel keeps of it."""
        for name in TAKEN_AT_ACCEPT:
            self.socket.set_option(name, listener.socket.get_option(name))
        if listener.mode is not PASSIVE:
            self.set_options([("active", listener.active)])

    def pause(self) -> Term:
        """Become passive without a word to anybody; the mode until now."""
        mode = self.active
        self.handle("set_false")
        return mode

    def go_on(self, mode: Term) -> None:
        """Have the mode again that :meth:`pause` took away."""
        if mode is not a.false:
            self.set_active(mode)
            self.handle("activated", mode is not a.true)
            self.watch()

    def set_kernel_option(self, name: str, value: Term) -> None:
        """One that the operating system keeps."""
        if self.state in (DISCONNECTED, GONE):
            return
        self.socket.set_option(name, value)
        if name == "recbuf" and "buffer" not in self.options["explicit"]:
            self.options["buffer"] = max(self.options["buffer"], value)

    def set_raw_option(self, raw: tuple[int, int, bytes]) -> None:
        """The same by its number; nothing comes of one that there is not."""
        found = kernel_option(raw)
        if found is not None and self.state not in (DISCONNECTED, GONE):
            self.socket.set_option(*found)

    def get_options(self, names: Term) -> List:
        """The values of those options that can be had now. Raises :class:`BadOption` for an unknown one.

        Clauses: modes/getopts-answers, closing/kernel-options-after-a-noticed-end
        OTP: inet_drv.c: inet_fill_opts
        """
        pairs: list[Term] = []
        for name in names:
            if not isinstance(name, Atom):
                pairs += self._raw_option(name)
                continue
            if name is a.active:
                pairs.append((name, self.active))
            elif name.name in DRIVER_OPTIONS:
                pairs.append((name, self.options[name.name]))
            elif name.name in KERNEL_OPTIONS:
                if self.state not in (DISCONNECTED, GONE):
                    value = self.socket.get_option(name.name)
                    pairs += [(name, value)] if value is not None else []
            else:
                raise BadOption
        return List(pairs)

    def _raw_option(self, name: Term) -> list[Term]:
        """What is told of ``{raw, Protocol, Number, Size}``; nothing of one that there is not."""
        raw = asked_raw(name)
        if raw is None:
            raise BadOption
        protocol, number, size = raw
        checked((protocol, number, bytes(SIZE)))
        if (protocol, number) not in NUMBERS or self.state in (DISCONNECTED, GONE):
            return []
        value = self.socket.get_option(NUMBERS[protocol, number])
        return [] if value is None else [(Atom("raw"), protocol, number, of_kernel_option(value, size))]


def default_options() -> dict[str, Any]:
    """What a socket starts with."""
    return dict(_DEFAULTS)


_DEFAULTS: dict[str, Any] = {name: default for name, (default, _) in DRIVER_OPTIONS.items()} | {"explicit": frozenset()}


def _adjusted(name: str, value: Term) -> Term:
    if name.endswith("watermark") and not 0 <= value < 1 << 31:
        return 0
    return 0 if value is a.raw else value


def _adjust_partner(name: str, options: dict[str, Any]) -> None:
    """A high watermark is never below its low one: whichever was set pulls the other along."""
    if name == "buffer":
        options["explicit"] = options["explicit"] | {"buffer"}
    elif name.startswith("high_"):
        low = "low_" + name.removeprefix("high_")
        options[low] = min(options[low], options[name])
    elif name.startswith("low_"):
        high = "high_" + name.removeprefix("low_")
        options[high] = max(options[high], options[name])
