"""What a socket of a simulated machine has been told by options, and what the machine makes of that."""

from __future__ import annotations

from typing import Any

from gen_tck.reference import atoms as a
from gen_tck.reference.net.addresses import is_six
from gen_tck.reference.net.os_tcp import Address

__all__ = ["SocketOptions"]


class SocketOptions:
    """Their values, by name."""

    options: dict[str, Any]
    address: Address

    def get_option(self, name: str) -> object:
        """The value of one; ``None`` if it is none of this socket's family."""
        return None if name == "ipv6_v6only" and not is_six(self.address[0]) else self.options[name]

    @property
    def reuses(self) -> bool:
        """Whether it takes a port that was used a moment ago."""
        return self.options["reuseaddr"] is a.true

    @property
    def shares(self) -> bool:
        """Whether it shares its port with others that do."""
        return a.true in (self.options["reuseport"], self.options["reuseport_lb"])
