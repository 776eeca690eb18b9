"""What ``socket`` and its NIF keep of one socket: who reads, writes and accepts, and who waits for that.

A socket is no port. A process that cannot read, write or accept at once becomes the *current* reader, writer or
acceptor, and gets a *select message* when it may be worth another try; further ones queue up behind it. Closing sends
all of them an *abort message*. Nobody is suspended, and nothing is ever busy.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import Any

from gen_tck.reference import atoms as a
from gen_tck.reference.counters import Counts
from gen_tck.reference.models.otp_socket.monitored import Monitored
from gen_tck.reference.models.otp_socket.waiting import Failed, Queue, Waiting, asked
from gen_tck.reference.net.os_tcp import Direction, KernelSocket, SocketError
from gen_tck.reference.net.patience import PROBING
from gen_tck.reference.net.simulated import SimulatedSocket
from gen_tck.reference.state_key import Namer, StateKey
from gen_tck.reference.vm import Process, Vm
from gen_tck.spec.terms import Atom, Reference, Term

SOCKET, SELECT, ABORT = Atom("$socket"), Atom("select"), Atom("abort")
EMPTY: dict[str, Any] = {}
BUFFER = 8192
"""Bytes that a receive of no certain length takes at once, unless the option ``{otp, rcvbuf}`` says otherwise."""


class ESock(Monitored):
    """One socket of ``socket``; ``term`` is its handle."""

    def __init__(self, vm: Vm, kernel: KernelSocket) -> None:
        self.vm = vm
        self.kernel = kernel
        self.reference = Reference(vm.number())
        self.term: Term = (SOCKET, self.reference)
        self.closed = self._writing = self._reading = False
        self.told = False
        """Whether somebody waited when it was closed."""
        self.meta: dict[str, Any] = EMPTY
        """What ``gen_tcp_socket`` stores for those who send."""
        self.buffer = BUFFER
        self.readers: Queue = deque()
        """Those who receive; on a listener, those who accept."""
        self.writers: Queue = deque()
        super().__init__()
        self.received, self.sent = Counts(), Counts()
        kernel.ready = self._ready
        if isinstance(kernel, SimulatedSocket):
            kernel.acknowledged = self._acknowledged
        vm.resources[self.reference] = self

    # Reading

    def receive(self, process: Process, length: int, handle: Reference) -> bytes | None:
        """``length`` bytes, with 0 what is there; less than ``length`` or ``None`` if there will be a select message.

        Raises :class:`Failed`: ``closed`` at the end of the stream and on a closed socket, or what the kernel says.

        OTP: prim_socket_nif.c: esock_recv; socket.erl: recv_nowait/5
        """
        self._check()
        data = asked(lambda: self.kernel.read(length or self.buffer))
        if data == b"":
            raise Failed(a.closed)
        if data:
            self.received.add(len(data))
        if data is None or len(data) < length:
            self._wait(self.readers, process, handle)
        return data

    def peek(self, process: Process, length: int, handle: Reference) -> bytes | None:
        """As :meth:`receive`, but what is read stays. If that is too little, the kernel goes on saying that something
        is there, so that the caller looks again and again: here only when there is more.

        OTP: prim_socket_nif.c: esock_recv, flag peek
        """
        self._check()
        data = asked(lambda: self.kernel.peek(length))
        if data == b"":
            raise Failed(a.closed)
        if data:
            self.received.add(len(data))  # again when it is read
        if data is None or len(data) < length:
            self._wait(self.readers, process, handle, beyond=len(data or b""))
        return data

    def look_again(self) -> None:
        """Who peeked looks again without a pause: here, when something may be different."""
        if self.kernel.peeked:
            self.kernel.peeked = 0
            self.kernel.watch(self._reading, self._writing)

    def accept(self, process: Process, handle: Reference) -> KernelSocket | None:
        """The next connection; ``None`` if there will be a select message. Raises :class:`Failed`.

        OTP: prim_socket_nif.c: esock_accept_listening; prim_socket_nif.c: esock_accept_accepting
        """
        self._check()
        if self.kernel.remote is not None:
            raise Failed(a.einval)
        if self.readers and self.readers[0].process is not process:
            self._wait(self.readers, process, handle)
            return None
        accepted = asked(self.kernel.accept)
        if accepted is None:
            self._wait(self.readers, process, handle)
            return None
        self._done(self.readers, process)
        return accepted

    # Writing

    def send(self, process: Process, data: bytes, handle: Reference) -> int | None:
        """How many bytes were written; if not all, there will be a select message. ``None`` if none was.

        Whoever comes while another writes waits for its turn. A failure ends the turn of all.

        OTP: prim_socket_nif.c: esock_send; unix_socket_syncio.c: send_check_writer
        """
        self._check()
        if self.writers and self.writers[0].process is not process:
            self._wait(self.writers, process, handle)
            return None
        if self.kernel.remote is None:
            raise Failed(a.epipe)
        try:
            written = self.kernel.write(data)
        except SocketError as error:
            reason = Atom(error.reason)
            self._done(self.writers, process)
            told = bool(self.writers)
            self._abort(self.writers, reason)
            raise Failed(reason, told=told) from None
        if written or not data:
            self.sent.add(written)
        if written == len(data):
            self._done(self.writers, process)
            return written
        self._wait(self.writers, process, handle)
        return written or None

    # Waiting

    def cancel(self, handle: Reference) -> None:
        """Whoever waits with this ``handle`` waits no more, and gets no message.

        OTP: prim_socket_nif.c: esock_cancel
        """
        for queue in (self.readers, self.writers):
            for waiting in queue:
                if waiting.handle == handle:
                    self._forget(waiting)
                    break

    def _wait(self, queue: Queue, process: Process, handle: Reference, beyond: int = 0) -> None:
        for waiting in queue:
            if waiting.process is process:
                waiting.handle = handle
                break
        else:
            queue.append(Waiting(process, handle, self._forget))
        if queue[0].process is process:
            self._select(queue, beyond)

    def _select(self, queue: Queue, beyond: int = 0) -> None:
        """Watch the kernel once for the first of the ``queue``."""
        if queue is self.readers:
            self._reading = True
            self.kernel.peeked = beyond
        else:
            self._writing = True
        self.kernel.watch(self._reading, self._writing)

    def _ready(self, reading: bool) -> None:
        queue = self.readers if reading else self.writers
        if reading:
            self._reading = False
            self.kernel.peeked = 0
        else:
            self._writing = False
        self.kernel.watch(self._reading, self._writing)
        if reading and self._writing:  # who writes has failed before who reads has closed
            self.vm.spawn(self._tell_later)
        elif queue:
            self._tell(queue[0], SELECT, queue[0].handle)

    async def _tell_later(self, poller: Process) -> None:
        if self.readers:
            self._tell(self.readers[0], SELECT, self.readers[0].handle)

    def _tell(self, waiting: Waiting, kind: Atom, detail: Term) -> None:
        waiting.process.deliver((SOCKET, self.term, kind, detail))

    def _done(self, queue: Queue, process: Process) -> None:
        """The turn of ``process`` is over: the next one is told when it may try."""
        if queue and queue[0].process is process:
            self._forget(queue[0])

    def _forget(self, waiting: Waiting) -> None:
        waiting.drop()
        for queue in (self.readers, self.writers):
            if waiting in queue:
                was_first = queue[0] is waiting
                queue.remove(waiting)
                if was_first and queue:
                    self._select(queue)
                    if queue is self.writers and (when := self.vm.choose("when a full kernel has room again", 3)):
                        self.vm.timers.start(PROBING, self._acknowledged) if when == 2 else self._ready(False)
                elif was_first:
                    self._unselect(queue)

    def _acknowledged(self) -> None:
        if self._writing and self.writers and self.vm.choose("a full kernel has room again", 2):
            self._ready(False)

    def _unselect(self, queue: Queue) -> None:
        if queue is self.readers:
            self._reading = False
        else:
            self._writing = False
        if not self.closed:
            self.kernel.watch(self._reading, self._writing)

    def _abort(self, queue: Queue, reason: Atom) -> None:
        while queue:
            waiting = queue.popleft()
            waiting.drop()
            self.vm.now_or_late(partial(self._tell, waiting, ABORT, (waiting.handle, reason)))

    # The end

    def shutdown(self, direction: Direction) -> None:
        """End one direction, or both. Raises :class:`Failed`.

        OTP: prim_socket_nif.c: esock_shutdown
        """
        self._check()
        asked(lambda: self.kernel.shutdown(direction))

    def close(self) -> None:
        """Close: everybody who waits is told. Idempotent.

        OTP: prim_socket_nif.c: esock_close_do; socket.erl: close/1
        """
        if self.closed:
            return
        self.closed = True
        self._reading = self._writing = False
        self.told = bool(self.readers or self.writers)
        for queue in (self.readers, self.writers):
            self._abort(queue, a.closed)
        self.kernel.close()
        del self.vm.resources[self.reference]
        self.tell_monitors(self.vm)

    # Options and names

    def set_option(self, name: str, value: Term) -> None:
        """Set one that the kernel keeps. Raises :class:`Failed`.

        OTP: prim_socket_nif.c: esock_setopt
        """
        self._check()
        asked(lambda: self.kernel.set_option(name, value))

    def get_option(self, name: str) -> Term:
        """One that the kernel keeps. Raises :class:`Failed`.

        OTP: prim_socket_nif.c: esock_getopt
        """
        self._check()
        value: Term = asked(lambda: self.kernel.get_option(name))
        return value

    def _check(self) -> None:
        if self.closed:
            raise Failed(a.closed)

    def state_key(self, name: Namer) -> StateKey:
        kernel = self.kernel
        ways = kernel.state_key() if isinstance(kernel, SimulatedSocket) else None
        return (
            ways,
            tuple([name(each.process.pid) for each in self.readers]),
            tuple([name(each.process.pid) for each in self.writers]),
            tuple([name(each.pid) for each in self.monitored_by()]),
            (self.buffer, tuple(self.meta.values()), self.kernel.peeked),
        )

    def awaits_kernel(self) -> bool:
        return self._reading or self._writing


def esock_of(vm: Vm, reference: Term) -> ESock | None:
    """The open socket of a ``reference``."""
    found = vm.resources.get(reference) if isinstance(reference, Reference) else None
    return found if isinstance(found, ESock) else None
