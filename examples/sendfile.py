"""What a server does with ``file:sendfile``, and what is refused, on the reference.

Run it: ``python examples/sendfile.py``. ``sendfile.erl`` is the same program for Erlang; both print the same.
"""

from __future__ import annotations

from gen_tck.reference import file, gen_tcp
from gen_tck.reference.net.simulated import HOST
from gen_tck.reference.system import SimulatedSystem
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import Term, show, string, term

FILE = string("my_file")
PARTS = ((0, 4), (8, 0), (8, 100), (10, 1), (-1, 1))


class Scene:
    """A process with a connected socket, and the far end of its connection, with little room between them."""

    def __init__(self, data: bytes = b"0123456789") -> None:
        self.lines: list[str] = []
        self.system = SimulatedSystem()
        self.data = data
        self._listener = self.system.network.listen((HOST, 0), {"recbuf": 4096}, 1)
        self.socket: Term = None
        self.process = self.system.spawn(self._opens)
        self.system.settle()
        accepted = self._listener.accept()
        assert accepted is not None
        self.peer = accepted

    async def _opens(self, process: Process) -> None:
        """Write the file, open the socket, and go on with what the scene is about."""
        await file.write_file(process, FILE, self.data)
        options = term(["binary", ("active", False), ("sndbuf", 4096)])
        _, self.socket = await gen_tcp.connect(process, term((127, 0, 0, 1)), self._listener.address[1], options)
        await self.plays(process)

    async def plays(self, process: Process) -> None:
        """What the scene is about."""

    def say(self, value: Term) -> None:
        """A line."""
        self.lines.append(show(value))

    def all(self) -> bytes:
        """All that came to the peer, which reads until nothing comes any more."""
        seen = b""
        while data := self.peer.read(1 << 20):
            seen += data
            self.system.settle()
        return seen


class Whole(Scene):
    """A header, a file, and what follows."""

    async def plays(self, process: Process) -> None:
        self.say(await gen_tcp.send(process, self.socket, b"<"))
        self.say(await file.sendfile(process, FILE, self.socket))
        self.say(await gen_tcp.send(process, self.socket, b">"))


class Parts(Scene):
    """Parts of a file."""

    async def plays(self, process: Process) -> None:
        _, opened = await file.open(process, FILE, term(["read", "raw", "binary"]))
        for offset, length in PARTS:
            self.say(await file.sendfile(process, opened, self.socket, offset, length, term([])))


class Refused(Scene):
    """What is refused."""

    async def plays(self, process: Process) -> None:
        self.say(await file.sendfile(process, string("my_file_of_nobody"), self.socket))
        stranger = self.system.spawn(self._strange)
        watch = process.vm.monitor(process, stranger.pid)
        await process.receive(lambda message: message if watch in message else None)
        await gen_tcp.close(process, self.socket)
        self.say(await file.sendfile(process, FILE, self.socket))

    async def _strange(self, process: Process) -> None:
        self.say(await file.sendfile(process, FILE, self.socket))


class Slow(Scene):
    """A reader that takes its time."""

    async def plays(self, process: Process) -> None:
        answer = await file.sendfile(process, FILE, self.socket)
        self.say(answer)


def slow() -> list[str]:
    """What a scene says in which the peer reads when the file waits."""
    scene = Slow(b"0123456789" * 100_000)
    waits = ["it_waits"] if not scene.lines else []
    return [*waits, str(len(scene.all())), *scene.lines]


def played(kind: type[Scene]) -> list[str]:
    """What a scene says, and what its peer reads of it."""
    scene = kind()
    return [*scene.lines, show(scene.all())]


def main() -> None:
    """All scenes."""
    for title, lines in (
        ("a header, a file, and what follows", played(Whole)),
        ("parts of a file", played(Parts)),
        ("what is refused", played(Refused)),
        ("a reader that takes its time", slow()),
    ):
        print(title, *[f"    {line}" for line in lines], sep="\n")


if __name__ == "__main__":
    main()
