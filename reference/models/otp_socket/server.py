"""The server process of one socket: what it keeps, and what it does that has nothing to do with reading."""

from __future__ import annotations

from typing import Any

from gen_tck.reference import atoms as a
from gen_tck.reference.driver.socket_vm import SocketVm
from gen_tck.reference.models.otp_socket.answers import CLOSED_SOCKET, error, named
from gen_tck.reference.models.otp_socket.counted import Counted
from gen_tck.reference.models.otp_socket.esock import ESock
from gen_tck.reference.models.otp_socket.statem import Crashed, Event, From
from gen_tck.reference.models.otp_socket.states import STEADY
from gen_tck.reference.models.otp_socket.waiting import Failed
from gen_tck.reference.state_key import Namer, StateKey
from gen_tck.reference.tables import State
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import Atom, Map, Pid, Reference, Term


class Server(Counted):
    """A server process, and its data.

    OTP: gen_tcp_socket.erl: init/1; gen_tcp_socket.erl: handle_event/4
    """

    esock: type[ESock] = ESock
    """What its socket is."""

    taken_at_accept: tuple[str, ...] = ()
    """Options of the kernel's that an accepted socket gets from its listener."""

    def __init__(self, process: Process, owner: Process, state: State, options: dict[str, Any]) -> None:
        super().__init__(process)
        self.moving, self.state = STEADY, state
        vm = process.vm
        assert isinstance(vm, SocketVm)
        self.vm, self.observer = vm, vm.observer
        self.reference = Reference(self.vm.number())
        self.vm.resources[self.reference] = self
        if vm.observer is not None:
            vm.observer.opened(self)
        self.options = options
        self.owner = owner.pid
        self.watch = self.vm.monitor(process, owner.pid)
        self.sock: ESock | None = None
        self.listener: ESock | None = None
        """What it accepts from."""
        self.accepter: From | None = None
        self.heir: Pid | None = None
        """Who is to be the owner when the transfer is done."""
        self.select_handle: Reference | None = None
        """What it waits with: the handle of its last select."""
        self.buffer = b""
        """What was read and not delivered."""
        self.undecoded = False
        """Whether that may begin with a whole packet: it is looked at before more is read."""
        self.length: int | None = None
        """Bytes that are still wanted, 0 for what there is; ``None`` while nothing is read."""
        self.receiver: From | None = None
        self.delayed: Atom | None = None
        """What a failed send has found out, and the next receive is told."""

    @property
    def active(self) -> Term:
        """The mode."""
        return self.options["active"]

    @property
    def socket(self) -> ESock:
        """The socket, when there must be one."""
        assert self.sock is not None
        return self.sock

    @property
    def named(self) -> Term:
        """The socket as its users know it."""
        return named(self.process.pid, self.socket)

    def kept(self) -> Any:
        return dict(self.options), self.buffer, self.undecoded, self.length, self.receiver

    def restore(self, kept: Any) -> None:
        self.options, self.buffer, self.undecoded, self.length, self.receiver = kept

    def tell(self, *message: Term) -> None:
        """Send ``{Tag, Socket, ...}`` to the owner."""
        self.vm.send(self.owner, (message[0], self.named, *message[1:]))

    def new_handle(self) -> Reference:
        """One for the next select."""
        self.select_handle = Reference(self.vm.number())
        return self.select_handle

    def ends(self) -> None:
        del self.vm.resources[self.reference]

    def has_told(self) -> bool:
        return self.sock is not None and self.sock.told

    def state_key(self, name: Namer) -> StateKey:
        """All of it that what happens next depends on."""
        waits = (self.receiver, self.accepter)
        return (
            (self.process.ended is None, self.moving.value, self.state.value, tuple(self.options.values())),
            (self.buffer, self.undecoded, self.length, self.delayed),
            tuple([None if each is None else name(each[0]) for each in waits]),
            (name(self.owner), None if self.heir is None else name(self.heir)),
            self.events_key(name),
        )

    def awaits_kernel(self) -> bool:
        """What it waits for its socket does."""
        return False

    # Guards

    def of_owner(self, event: Event) -> bool:
        """Whether it is the owner's end."""
        return bool(event.detail[0] == self.watch)

    def to_owner(self, event: Event) -> bool:
        """Whether the present owner is named."""
        return bool(event.detail[0] == self.owner)

    def by_owner(self, event: Event) -> bool:
        """Whether the owner calls."""
        return event.caller is not None and event.caller[0] == self.owner

    def is_call(self, event: Event) -> bool:
        """Whether somebody wants an answer."""
        return event.caller is not None

    def is_active(self, event: Event) -> bool:
        """Whether the mode is an active one."""
        return self.active is not a.false

    def is_current(self, event: Event) -> bool:
        """Whether it is what was waited for last."""
        detail = event.detail[1]
        return self.select_handle is not None and (detail == self.select_handle or detail[:1] == (self.select_handle,))

    def reads(self, event: Event) -> bool:
        """Whether reading is to be shut down."""
        return event.detail[0] is a.read

    def writes(self, event: Event) -> bool:
        """Whether writing is to be shut down."""
        return event.detail[0] is a.write

    def both(self, event: Event) -> bool:
        """Whether both directions are to be shut down."""
        return event.detail[0] is a.read_write

    def is_direction(self, event: Event) -> bool:
        """Whether what is to be shut down is any direction."""
        return event.detail[0] in (a.read, a.write, a.read_write)

    # Answers

    def ok(self, event: Event) -> None:
        """Answer ``ok``."""
        self.reply(event.caller, a.ok)

    def say_transfer(self, event: Event) -> None:
        """Answer ``transfer``: the caller is to send on what it has."""
        self.reply(event.caller, a.transfer)

    def say_not_owner(self, event: Event) -> None:
        """Answer ``{error, not_owner}``."""
        self.reply(event.caller, error(a.not_owner))

    def say_closed(self, event: Event) -> None:
        """Answer ``{error, closed}``."""
        self.reply(event.caller, error(a.closed))

    def say_einval(self, event: Event) -> None:
        """Answer ``{error, einval}``."""
        self.reply(event.caller, error(a.einval))

    def say_enotconn(self, event: Event) -> None:
        """Answer ``{error, enotconn}``."""
        self.reply(event.caller, error(a.enotconn))

    def say_delayed(self, event: Event) -> None:
        """Answer with what a failed send has found out."""
        assert self.delayed is not None
        self.reply(event.caller, error(self.delayed))
        self.delayed = None

    def say_options(self, event: Event) -> None:
        """Answer with the options that an accepted socket inherits."""
        self.reply(event.caller, (a.ok, dict(self.options)))

    def say_info(self, event: Event) -> None:
        """Answer with the owner and the mode."""
        self.reply(event.caller, Map({a.owner: self.owner, a.active: self.active}))

    def say_closed_info(self, event: Event) -> None:
        """Answer that it is closed."""
        self.reply(event.caller, CLOSED_SOCKET)

    # The owner

    def name_heir(self, event: Event) -> None:
        """Remember who is to be the owner."""
        self.heir = event.detail[0]

    def change_owner(self, event: Event) -> None:
        """Watch the new owner instead of the old one, be it dead."""
        assert self.heir is not None
        self.process.monitoring.pop(self.watch, None)
        self.vm.drop_monitor(self.owner, self.watch)
        self.owner = self.heir
        self.watch = self.vm.monitor(self.process, self.owner)

    def stop_for_owner(self, event: Event) -> None:
        """The owner has ended."""
        self.stopped = (a.shutdown, event.detail[1])

    # Connecting and accepting

    def say_socket(self, event: Event) -> None:
        """Answer that there is a connection."""
        self.reply(event.caller, (a.ok, self.socket.term))

    def accept(self, event: Event) -> None:
        """Take the next connection, or wait for one."""
        if event.caller is not None:
            self.accepter = event.caller
            self.listener = event.detail[0]
        try:
            if self.listener is None:
                raise Failed(a.closed)
            accepted = self.listener.accept(self.process, self.new_handle())
        except Failed as failed:
            self.cancel_timer("accept_timeout")
            self.reply(self.accepter, error(failed.reason))
            return
        if accepted is None:
            if event.caller is not None:
                self.start_timer("accept_timeout", event.detail[1])
            self.raises("accepts")
            return
        self.cancel_timer("accept_timeout")
        for name in self.taken_at_accept:
            accepted.set_option(name, self.listener.kernel.get_option(name))
        self.sock = self.esock(self.vm, accepted)
        self.sock.buffer = self.listener.buffer
        self.store()
        self.raises("open", None, self.accepter)

    def fail_accept(self, event: Event) -> None:
        """Answer with what has ended the waiting."""
        self.cancel_timer("accept_timeout")
        self.reply(self.accepter, error(event.detail[1][1]))

    def stop_accepting(self, event: Event) -> None:
        """Answer that nobody came in time."""
        assert self.listener is not None
        assert self.select_handle is not None
        self.listener.cancel(self.select_handle)
        self.reply(self.accepter, error(a.timeout))

    # The end

    def close_socket(self, event: Event) -> None:
        """Close the socket: whoever sends is told."""
        self.socket.close()

    def shut_down(self, event: Event) -> None:
        """Shut a direction down, and answer."""
        try:
            self.socket.shutdown(event.detail[0].name)
        except Failed as failed:
            self.reply(event.caller, error(failed.reason))
        else:
            self.reply(event.caller, a.ok)

    def shut_reading(self, event: Event) -> None:
        """The same; if it works nothing more is read."""
        try:
            self.socket.shutdown(event.detail[0].name)
        except Failed as failed:
            self.reply(event.caller, error(failed.reason))
        else:
            self.raises("shut", event.detail, event.caller)

    def crash(self, event: Event) -> None:
        """No clause is there for it."""
        raise Crashed(event.name)

    def unexpected(self, event: Event) -> None:
        """A warning is logged."""
        self.reply(event.caller, error(a.einval))
