"""Files that are sent: one at a time has its place in the queue of output, without being in it.

What it has to send makes no port busy, is in no counter, and is no reason to wait when the port is closed.
"""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.fields import OutFile
from gen_tck.reference.driver.flow import Flow
from gen_tck.spec.terms import Pid, Term

_HALF = 0xFFFFFFFF


class FileSending(Flow):
    """What the rows about files do; those are in several tables."""

    def send_file(self, caller: Pid, data: bytes) -> None:
        """Send ``data`` as they are; ``caller`` gets ``{sendfile, S, Status}``, of two numbers if it is sent.

        Raises :class:`Refused`.

        OTP: inet_drv.c: tcp_inet_ctl; inet_drv.c: tcp_inet_sendfile
        """
        self.handle("send_file", OutFile(caller, data))
        self.watch()

    # Guards

    def sends_a_file(self, _: object) -> bool:
        """Whether a file is not sent to its end."""
        return self.file is not None

    # Actions

    def offer_file(self, file: OutFile) -> None:
        """The queue gets its place, unless there is nothing to wait for."""
        if file.data or self.output:
            self.handle("file_out", file)
        else:
            self.answer_file(file, (a.ok, 0))

    def append_file(self, file: OutFile) -> None:
        """It waits behind what is there."""
        file.behind = len(self.output)
        self.file = file

    def write_file(self) -> bool:
        """The kernel takes what it can of the file, and before that of the bytes in front of it.

        ``False`` if it has not taken all, and so nothing that comes behind. Raises ``SocketError``.
        """
        file = self.file
        if file is None:
            return True
        if file.behind:
            written = self.socket.write(self.output[: file.behind])
            del self.output[:written]
            file.behind -= written
        if not file.behind and file.data:
            file.sent += self.socket.write(file.data[file.sent :])
        if file.behind or file.sent < len(file.data):
            return False
        self.end_file((a.ok, file.sent))
        return True

    def abort_file(self, _: object) -> None:
        """Who sends it is told so before anybody is told of the connection."""
        self.end_file((a.error, a.closed))

    def end_file(self, status: Term) -> None:
        """It is sent, or will not be; if there is one."""
        file, self.file = self.file, None
        if file is not None:
            self.answer_file(file, status)

    def answer_file(self, file: OutFile, status: Term) -> None:
        """Tell who sends it, unless the port is closed: that is an answer, too. A number of bytes comes in two halves.

        OTP: inet_drv.c: tcp_sendfile_completed; inet_drv.c: tcp_sendfile_aborted
        """
        match status:
            case (a.ok, int(sent)):
                status = (a.ok, sent & _HALF, sent >> 32)
        if not self.port.closed:
            self.vm.send(file.caller, (a.sendfile, self.port.id, status))
