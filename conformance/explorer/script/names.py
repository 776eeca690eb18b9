"""What stands in a script for the handles of a node: names that mean the same on every node and in every run.

A script says ``socket``; the node has a port, or whatever else it takes for one: what ``connect`` and ``listen``
returned. What is seen is told in names again: those of the script for what it knows, ``$pid``, ``$port`` and ``$ref``
for all others. What is accepted gets the next of the names for that when it is seen first. The numbers of asynchronous
requests are told in the order in which they are met; of the number of a TCP port, whether it is that of a peer.
"""

from __future__ import annotations

from gen_tck.adapters.interface import Ended, Outcome, Raised, Returned
from gen_tck.conformance.explorer.script.script import ACCEPTED, BULK, BULK_DATA, GREAT_LOT, LISTENER, mapped
from gen_tck.spec.terms import Atom, Improper, List, Map, Pid, Port, Reference, Term

_ASYNC, _OK = Atom("inet_async"), Atom("ok")
_SOCKET_MODULE = Atom("$inet")
"""With what a socket begins that is no port but made with Erlang's module ``socket``."""
_PID, _PORT, _REFERENCE, _NUMBER = Atom("$pid"), Atom("$port"), Atom("$ref"), Atom("$number")
_PEER_PORT, _PORT_NUMBER = Atom("$peer_port"), Atom("$port_number")
_LOT, _CRASH = Atom("$lot"), Atom("$crash")
"""For so many bytes that how many they are is the kernel's business; for why a process crashed that had been called."""
_CALLED = (Atom("gen_statem"), Atom("call"))
_PLAIN = frozenset([Atom, bytes, int, float])
"""A socket may be a term of such a kind too, a number say, which elsewhere is no socket."""
_PLACES = {
    _ASYNC: 1,
    Atom("DOWN"): 3,
    **{
        Atom(each): 1
        for each in ("tcp", "tcp_closed", "tcp_error", "tcp_passive", "inet_reply", "EXIT", "ok", "monitor", "sendfile")
    },
}
"""Where in a tuple, by what it begins with, a socket stands, whatever kind of term it is."""

_OPENERS = frozenset(["accept", "connect", "listen"])
"""Functions that give a socket."""
_DATA, _OF_PORTS = Atom("data"), (Atom("closed"), Atom("connected"))
"""What ports send begins with the port: ``{Port, {data, Data}}``, ``{Port, closed}``, ``{Port, connected}``."""


class Names:
    """The names of one script on one node."""

    def __init__(self, names: dict[Term, Atom], peer_ports: frozenset[int] = frozenset()) -> None:
        """``names``: of the handles that the script knows; ``peer_ports``: the TCP ports where peers listen."""
        self._names, self._peer_ports = names, peer_ports
        self._handles: dict[Term, Term] = {name: handle for handle, name in names.items()}
        self._handles[BULK] = BULK_DATA
        kinds = frozenset(map(type, names))
        self._kinds, self._some_are_plain = kinds - _PLAIN, not kinds.isdisjoint(_PLAIN)
        self.to_meet: tuple[Atom, ...] = ACCEPTED
        """The names that no socket has yet."""
        self._numbers: dict[int, int] = {}
        self._known_numbers: dict[int, int] = {}

    def _meet(self, socket: Term, accepted: bool) -> Term:
        """A socket that the script may have no name for, whatever it is."""
        if accepted and socket not in self._names and self.to_meet:
            name, *others = self.to_meet
            self._names[socket], self._handles[name], self.to_meet = name, socket, tuple(others)
        self._names.setdefault(socket, _PORT)
        self._kinds |= frozenset([type(socket)]) - _PLAIN
        self._some_are_plain |= type(socket) in _PLAIN
        return self._names[socket]

    def real(self, values: tuple[Term, ...]) -> tuple[Term, ...]:
        """``values`` with handles for names, however deep they stand."""
        known = self._handles
        return tuple([mapped(each, lambda name: known.get(name, name)) for each in values])

    def forget_passing(self) -> bool:
        """Forget the numbers met since the last :meth:`commit`; whether there were any."""
        if self._numbers == self._known_numbers:
            return False
        self._numbers = dict(self._known_numbers)
        return True

    def commit(self) -> None:
        """The numbers met so far are known."""
        if len(self._known_numbers) != len(self._numbers):
            self._known_numbers = dict(self._numbers)

    def outcome(self, outcome: Outcome, called: str) -> tuple[object, ...]:
        """What came of a call of the function ``called``, in names."""
        if isinstance(outcome, Returned):
            value = outcome.value
            if isinstance(value, tuple) and len(value) == 2 and value[0] is _OK:
                if called in _OPENERS:
                    return ("returned", (_OK, self._meet(value[1], called == "accept")))
                if type(value[1]) is int and called != "sendfile":
                    return ("returned", (_OK, self._number(value[1])))  # the number of an asynchronous receive
            return ("returned", self.normal(value))
        if isinstance(outcome, Raised):
            if _is_crash(outcome.reason):
                return ("raised", outcome.kind, _CRASH)
            return ("raised", outcome.kind, self.normal(outcome.reason))
        assert isinstance(outcome, Ended)
        return ("ended", self.normal(outcome.reason))

    def _number(self, number: int) -> Term:
        """Numbers of requests are shown in the order in which they are met: the first is 1."""
        return (_NUMBER, self._numbers.setdefault(number, len(self._numbers) + 1))

    def normal(self, value: Term) -> Term:
        """``value`` with names for handles."""
        kind = type(value)
        if kind is bytes:
            return _LOT if len(value) >= GREAT_LOT else value
        if kind is Atom or kind is int:
            return value
        if kind in self._kinds and value in self._names:
            return self._names[value]
        if kind is Port or (kind is tuple and value and value[0] is _SOCKET_MODULE):
            return _PORT
        if self._some_are_plain and kind is tuple:
            value = self._with_plain(value)
        if kind is tuple or kind is List:
            if len(value) == 4 and value[0] is _ASYNC:
                self._meet_in_message(value)
                return (_ASYNC, self.normal(value[1]), self._number(value[2]), self.normal(value[3]))
            if len(value) == 2 and type(value[0]) is tuple and type(value[1]) is int and len(value[0]) == 4:
                return (value[0], _PEER_PORT if value[1] in self._peer_ports else _PORT_NUMBER)  # an address
            return kind([each if type(each) is Atom else self.normal(each) for each in value])
        if kind is Pid:
            return _PID
        if kind is Improper:
            return Improper(tuple([self.normal(each) for each in value.heads]), self.normal(value.tail))
        if kind is Map:
            return Map({self.normal(key): self.normal(each) for key, each in value.pairs.items()})
        if isinstance(value, bytes):  # of a kind of its own, as a model has them
            return _LOT if len(value) >= GREAT_LOT else value
        return _REFERENCE if kind is Reference else value

    def _meet_in_message(self, value: tuple[Term, ...]) -> None:
        """What is accepted may come in a message: ``{inet_async, Listener, Number, {ok, Socket}}``."""
        _, listener, _, answer = value
        if type(answer) is tuple and len(answer) == 2 and answer[0] is _OK and self.normal(listener) is LISTENER:
            self._meet(answer[1], accepted=True)

    def _with_plain(self, value: tuple[Term, ...]) -> tuple[Term, ...]:
        """``value`` with the name of the socket that stands in it, if that is a plain term."""
        place = _PLACES.get(value[0], len(value)) if value and type(value[0]) is Atom else len(value)
        if len(value) == 2 and (value[1] in _OF_PORTS or (type(value[1]) is tuple and value[1][:1] == (_DATA,))):
            place = 0
        if place >= len(value) or type(value[place]) not in _PLAIN or value[place] not in self._names:
            return value
        return (*value[:place], self._names[value[place]], *value[place + 1 :])


def _is_crash(reason: Term) -> bool:
    """Whether it is that of a call to a process which crashed meanwhile: it says where in the source, and the state."""
    if not (type(reason) is tuple and len(reason) == 2):
        return False
    where = reason[1]
    return type(where) is tuple and len(where) == 3 and where[:2] == _CALLED
