"""What stands behind references, in an implementation whose sockets are no ports."""

from __future__ import annotations

from typing import Protocol

from gen_tck.reference.state_key import Namer, StateKey


class Resource(Protocol):
    """Something that is neither a process nor a port, and has to do with sockets."""

    def state_key(self, name: Namer) -> StateKey:
        """All of it that what happens next depends on, but for what the network knows."""

    def awaits_kernel(self) -> bool:
        """Whether it waits for the kernel to say that something can be read, or written."""
