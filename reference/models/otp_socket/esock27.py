"""A receive of a certain length in OTP 27: its buffer outlives it, and all of it may be delivered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gen_tck.reference.models.otp_socket.esock import ESock
from gen_tck.reference.net.os_tcp import KernelSocket
from gen_tck.reference.state_key import Namer, StateKey
from gen_tck.reference.vm import Process, Vm
from gen_tck.spec.terms import Reference


class ChanceByte(int):
    """A byte that stood in memory: equal to any."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int) and other in range(256)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return 0


class Chance(bytes):
    """Bytes of which some are whatever stood in memory: equal to any of the same length."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, bytes) and len(other) == len(self)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return len(self)

    def __add__(self, other: Any) -> Chance:
        return Chance(bytes(self) + bytes(other))

    def __radd__(self, other: bytes) -> Chance:
        return Chance(other + bytes(self))

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return Chance(found) if isinstance(found, bytes) else ChanceByte(found)

    def __iter__(self) -> Iterator[ChanceByte]:
        return map(ChanceByte, super().__iter__())


class ESock27(ESock):
    """What the NIF reads for a length stays in its buffer until it is enough, or somebody asks for less."""

    chance: type[bytes] = Chance

    def __init__(self, vm: Vm, kernel: KernelSocket) -> None:
        super().__init__(vm, kernel)
        self.read_ahead = b""
        self.size = 0
        """The size of the buffer that this is in."""

    def receive(self, process: Process, length: int, handle: Reference) -> bytes | None:
        """As before. If exactly what is there already is asked for the whole buffer is taken for it.

        OTP: unix_socket_syncio.c: essio_recv
        """
        self._check()
        kept = self.read_ahead
        if kept and length <= len(kept):
            taken = kept[: length or len(kept)]
            self.read_ahead = kept[len(taken) :]
            size, self.size = self.size, len(self.read_ahead)
            return self.chance(taken + bytes(size - length)) if length == len(kept) < size else taken
        data = super().receive(process, max(0, length - len(kept)), handle)
        if data is None or len(data) < length - len(kept):
            if length:
                self.read_ahead = kept + (data or b"")
                self.size = length
                return None
            return data
        self.read_ahead, self.size = b"", 0
        return kept + data

    def state_key(self, name: Namer) -> StateKey:
        return super().state_key(name), self.read_ahead, self.size
