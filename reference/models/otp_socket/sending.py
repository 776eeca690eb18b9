"""``socket:send/3``: who sends waits by itself until the kernel has taken all."""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.reference.models.otp_socket.esock import ABORT, SOCKET, ESock
from gen_tck.reference.models.otp_socket.waiting import Failed
from gen_tck.reference.vm import INFINITY, Process
from gen_tck.spec.terms import Reference, Term


async def send_all(process: Process, sock: ESock, data: bytes, timeout: Term) -> None:
    """Write all of ``data``, waiting for room. Raises :class:`Failed`, with what is left if anything was written.

    OTP: socket.erl: send_deadline/4; socket.erl: send_common_deadline_result/8
    """
    timers = process.vm.timers
    deadline = timers.now + timeout if isinstance(timeout, int) else None
    began = False
    while True:
        handle = Reference(process.vm.number())
        try:
            written = sock.send(process, data, handle)
        except Failed as failed:
            if failed.told and process.vm.choose("who is slow", 2):
                process.wake()
                await process.give_way()
            raise Failed(failed.reason, data if began else b"") from None
        if written is not None:
            data = data[written:]
            began = began or bool(written)
            if not data:
                return

        def select(message: Term, handle: Reference = handle) -> Term:
            match message:
                case (kind, _, _, detail) if kind is SOCKET and (detail == handle or detail[:1] == (handle,)):
                    return message
            return None

        left = INFINITY if deadline is None else max(0, deadline - timers.now)
        message = await process.receive(select, left)
        if message is None:
            sock.cancel(handle)
            raise Failed(a.timeout, data if began else b"")
        if message[2] is ABORT:
            raise Failed(message[3][1], data if began else b"")
