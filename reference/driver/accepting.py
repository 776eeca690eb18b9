"""Those who wait for a connection of a listener: first come, first served."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.fields import Fields, Refused, Request
from gen_tck.reference.driver.states import CONNECTED, Acceptors
from gen_tck.reference.net.os_tcp import KernelSocket
from gen_tck.reference.tables import Row, Table
from gen_tck.reference.vm import Process

if TYPE_CHECKING:
    from gen_tck.reference.driver.inet_drv import TcpDriver

Accept: TypeAlias = tuple[Request, int | None]
"""What is asked for: the request, within so many ms."""

_NONE, _WAITING = Acceptors

ACCEPTORS = Table(
    "acceptors",
    "acceptors",
    (
        Row(
            (_NONE, _WAITING),
            "ask_connection",
            ("number_accept", "join_acceptors", "take_connections", "begin_accepts_time"),
            _WAITING,
            otp="inet_drv.c: tcp_inet_ctl; inet_drv.c: enq_multi_op",
            clauses=("async_recv/accept-is-there-on-return", "async_recv/accepts-are-served-in-order"),
        ),
        Row(
            (_WAITING,),
            "connection",
            ("hand_over",),
            _NONE,
            when="one_waits",
            otp="inet_drv.c: tcp_inet_input; inet_drv.c: deq_multi_op",
            clauses=("async_recv/accept-answers-with-a-socket",),
        ),
        Row((_WAITING,), "connection", ("hand_over",), otp="inet_drv.c: tcp_inet_input; inet_drv.c: deq_multi_op"),
        Row(
            (_WAITING,),
            "no_room",
            ("answer_acceptors_emfile",),
            _NONE,
            otp="inet_drv.c: tcp_inet_input",
            clauses=("opening/waiting-accept-without-room",),
        ),
        Row(
            (_WAITING,),
            "accept_expired",
            ("forget_acceptor", "answer_acceptor_timeout"),
            _NONE,
            when="one_waits",
            otp="inet_drv.c: tcp_inet_multi_timeout; inet_drv.c: remove_multi_op",
            clauses=("async_recv/accept-times-out",),
        ),
        Row(
            (_WAITING,),
            "accept_expired",
            ("forget_acceptor", "answer_acceptor_timeout"),
            otp="inet_drv.c: tcp_inet_multi_timeout; inet_drv.c: remove_multi_op",
            clauses=("async_recv/accept-that-times-out-is-the-one-asked",),
        ),
        Row(
            (_WAITING,),
            "acceptor_ended",
            ("forget_acceptor",),
            _NONE,
            when="one_waits",
            otp="inet_drv.c: tcp_inet_process_exit",
            clauses=("async_recv/accept-ends-with-its-caller",),
        ),
        Row((_WAITING,), "acceptor_ended", ("forget_acceptor",), otp="inet_drv.c: tcp_inet_process_exit"),
        Row(
            (_WAITING,),
            "listener_closed",
            ("answer_acceptors",),
            _NONE,
            otp="inet_drv.c: tcp_close_check",
            clauses=("async_recv/close-answers-an-accept",),
        ),
        Row((_NONE,), "listener_closed", ()),
    ),
)


class Accepting(Fields):
    """What the rows of :data:`ACCEPTORS` do."""

    def accept(self, caller: Process, timeout: int | None) -> int:
        """Ask for the next connection within ``timeout`` ms. The reference. Raises :class:`Refused`."""
        request = Request(caller, self.port, self._acceptor_ends)
        try:
            self.handle("accept", (request, timeout))
        except BaseException:
            request.drop()
            raise
        self.watch()
        return request.reference

    def _acceptor_ends(self, request: Request) -> None:
        self.handle("acceptor_ended", request)
        self.watch()

    def one_waits(self, _: object) -> bool:
        """Whether nobody waits but one."""
        return len(self.accepting) == 1

    def ask_for_connection(self, accept: Accept) -> None:
        """It waits with the others."""
        self.handle("ask_connection", accept)

    def number_accept(self, accept: Accept) -> None:
        """It has the next reference."""
        accept[0].reference = self.reference()

    def join_acceptors(self, accept: Accept) -> None:
        """It is the last to be served."""
        self.accepting.append(accept[0])

    def take_connections(self, _: object = None) -> None:
        """Connections that are there go to those who wait."""
        while self.accepting and not self.vm.is_full and (socket := self.socket.accept()) is not None:
            self.handle("connection", socket)

    def a_connection_comes(self) -> None:
        """The kernel says that there is one: without a descriptor for it nobody gets it, and it stays there."""
        if self.accepting and self.vm.is_full:
            self.handle("no_room")
        else:
            self.take_connections()

    def is_without_room(self, _: object) -> bool:
        """Whether there is no descriptor for another socket."""
        return self.vm.is_full

    def refuse_emfile(self, _: object) -> None:
        """There is no descriptor for a connection, be there one or not."""
        raise Refused(a.emfile)

    def answer_acceptors_emfile(self, _: object) -> None:
        """All who wait are told that there is no descriptor."""
        while self.accepting:
            self.accepting.popleft().answer((a.error, a.emfile))

    def hand_over(self, socket: KernelSocket) -> None:
        """Who has waited longest gets it.

        Clauses: async_recv/caller-owns-the-accepted-socket, async_recv/accepted-socket-takes-the-listeners-options
        OTP: inet_drv.c: tcp_inet_copy
        """
        request = self.accepting.popleft()
        driver = self.accepted_copy(request.caller, socket)
        driver.references_begin_again()
        request.answer((a.ok, driver.port.id))

    def accepted_copy(self, owner: Process, socket: KernelSocket) -> TcpDriver:
        """The driver of a new port with the options of this one."""
        return self.vm.attach(owner, self.vm.took(socket), CONNECTED, dict(self.options))

    def begin_accepts_time(self, accept: Accept) -> None:
        """It waits so long, if it still does."""
        request, timeout = accept
        if request in self.accepting and timeout is not None:
            if timeout == 0:
                self._accept_expires(request)
            else:
                request.timer = self.vm.timers.start(timeout, lambda: self._accept_expires(request))

    def _accept_expires(self, request: Request) -> None:
        self.handle("accept_expired", request)
        self.watch()

    def forget_acceptor(self, request: Request) -> None:
        """It waits no more."""
        request.drop()
        self.accepting.remove(request)

    def answer_acceptor_timeout(self, request: Request) -> None:
        """It is told that no connection came."""
        request.answer((a.error, a.timeout))

    def refuse_acceptors(self, _: object) -> None:
        """The port is closed."""
        self.handle("listener_closed")

    def answer_acceptors(self, _: object) -> None:
        """All who wait are told that it is closed."""
        while self.accepting:
            self.accepting.popleft().answer((a.error, a.closed))
