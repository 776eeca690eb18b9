"""A receive loop that is often shown for ``prim_inet:async_recv/3``, on the reference: what it does, and why it hangs.

Run it: ``python examples/seed_loop.py``. ``seed_loop.erl`` is the same program for Erlang; both print the same. The
chapter ``async_recv`` says why.
"""

from __future__ import annotations

from collections.abc import Callable

from gen_tck.reference import atoms as a
from gen_tck.reference import gen_tcp, inet, prim_inet
from gen_tck.reference.net.simulated import HOST
from gen_tck.reference.system import SimulatedSystem
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import Atom, Term, show, term

FAKE = Atom("fake")


async def loop(self: Process, socket: Term, say: Callable[[str], None]) -> None:
    """The loop as it is shown, but that it says what it was told instead of throwing it away.

    ::

        loop(Socket) ->
            prim_inet:async_recv(Socket, 0, 1000),
            receive
                {inet_async, _, _, {ok, Msg}} ->
                    io:format("message received ~p~n", [Msg]), loop(Socket);
                {inet_async, _, _, {error, timeout}} ->
                    io:format("timeout !"), catch gen_tcp:close(Socket);
                {fake, Msg} ->
                    io:format("Message = ~p~n", [Msg]), loop(Socket)
            end.
    """
    while True:
        say(f"asked: {show(await prim_inet.async_recv(self, socket, 0, 1000))}")
        match await self.receive(wanted):
            case (a.inet_async, _, _, (a.ok, message)):
                say(f"message received {show(message)}")
            case (a.inet_async, _, _, (a.error, a.timeout)):
                say("timeout !")
                await gen_tcp.close(self, socket)
                return
            case (kind, message) if kind is FAKE:
                say(f"Message = {show(message)}")


def wanted(message: Term) -> Term | None:
    """The patterns of the loop's ``receive``: a message that fits none of them stays in the mailbox."""
    match message:
        case (a.inet_async, _, _, (a.ok, _) | (a.error, a.timeout)):
            return message
        case (kind, _) if kind is FAKE:
            return message
    return None


class Scene:
    """A loop that owns an accepted socket, in a simulated system of its own, and the far end of the connection."""

    def __init__(self, active: bool = False) -> None:
        self.lines: list[str] = []
        self._system = SimulatedSystem()
        ports: list[int] = []
        self._loop = self._system.spawn(lambda self_: self._run(self_, active, ports.append))
        self._system.settle()
        self._peer = self._system.network.connect((HOST, ports[0]), {})
        self._system.settle()

    async def _run(self, process: Process, active: bool, announce: Callable[[int], None]) -> None:
        _, listener = await gen_tcp.listen(process, 0, term(["binary", ("active", active)]))
        _, port = await inet.port(process, listener)
        announce(port)
        _, socket = await gen_tcp.accept(process, listener)
        await loop(process, socket, self.lines.append)

    def sends(self, data: bytes) -> None:
        """The peer sends ``data``."""
        self._peer.write(data)
        self._system.settle()

    def closes(self) -> None:
        """The peer closes."""
        self._peer.close()
        self._system.settle()

    def tells(self, message: str) -> None:
        """Somebody sends ``{fake, Message}`` to the loop."""
        self._loop.deliver((FAKE, Atom(message)))
        self._system.settle()

    def passes(self, milliseconds: int) -> None:
        """So much time passes."""
        self._system.advance(milliseconds)

    @property
    def lives(self) -> bool:
        """Whether the loop goes on."""
        return self._loop.ended is None and not self._loop.idle

    def ends(self) -> list[str]:
        """What the loop has said, and what its peer sees of its end."""
        while self.lives and self._system.vm.timers.next_due() is not None:
            self.passes(1)
        self.lines.append("the peer sees the end" if self._peer.read(1) == b"" else "the peer sees nothing")
        return self.lines

    def waits(self) -> list[str]:
        """What the loop has said, and what it leaves unread, for ever: time passes and nothing comes of it."""
        self.passes(10_000)
        for message in self._loop.mailbox if self.lives else []:
            assert isinstance(message, tuple)
            left = show((message[0], Atom("socket"), *message[2:]))
            self.lines.append(f"it waits, and leaves unread {left}")
        return self.lines


def data() -> list[str]:
    """Data come, and then none."""
    scene = Scene()
    scene.sends(b"hello")
    scene.sends(b"world")
    return scene.ends()


def fake() -> list[str]:
    """Another message comes while a request is pending."""
    scene = Scene()
    scene.tells("news")
    scene.sends(b"real")
    return scene.ends()


def flood() -> list[str]:
    """However many messages come, the loop closes when no data have come for a second.

    Each line is shown once, and not what was asked: on OTP the last message may come before or after the timeout, and
    then the loop has asked once more or not.
    """
    scene = Scene()
    while scene.lives:
        scene.tells("again")
        scene.passes(20)
    return list(dict.fromkeys(line for line in scene.ends() if not line.startswith("asked")))


def peer_closes() -> list[str]:
    """The peer closes, and later another message comes."""
    scene = Scene()
    scene.closes()
    scene.waits()
    scene.tells("anybody")
    return scene.waits()


def active() -> list[str]:
    """The socket is active."""
    scene = Scene(active=True)
    scene.sends(b"hello")
    return scene.waits()


SCENES: dict[str, Callable[[], list[str]]] = {
    "data": data,
    "another message while a request is pending": fake,
    "other messages all the time": flood,
    "the peer closes": peer_closes,
    "an active socket": active,
}


if __name__ == "__main__":
    for title, scene in SCENES.items():
        print(title, *(f"    {line}" for line in scene()), "", sep="\n")
