"""The driver of ports to external programs, as far as it shows what is a port's doing and what its driver's.

No program is run: every command stands for one that never reads what it is sent.
"""

from __future__ import annotations

from gen_tck.reference.port import OpenPort
from gen_tck.spec.terms import Pid

HIGH_WATERMARK = 8192
"""The port is busy while so many bytes wait to be read."""


class DeafProgram:
    """A program that never reads. Unlike a socket it becomes busy with the first command, and sends no replies."""

    soft_busy = False

    def __init__(self, port: OpenPort, command: str) -> None:
        self.port = port
        self.name = command
        self.queued = 0

    def command(self, caller: Pid, data: bytes) -> None:
        """Keep ``data`` waiting."""
        self.queued += len(data)
        if self.queued >= HIGH_WATERMARK:
            self.port.set_busy(True)

    def stop(self) -> None:
        """What nobody will read is dropped."""
        self.queued = 0

    def release(self) -> None:
        """Nothing is kept."""
