"""Scripts: every one of a small alphabet to a depth, then at random. The same seed gives the same scripts, always.

Random scripts are drawn with :class:`random.Random`, not with Hypothesis: one script must cost microseconds (Hypothesis
takes about a millisecond an example), and what shrinks here is judged by a node and not by a predicate.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from random import Random

from gen_tck.conformance.explorer.script import (
    BULK,
    NAMES,
    OTHER,
    OWNER,
    PLAYERS,
    SHORT,
    SOCKET,
    TRAPPER,
    Call,
    Exit,
    Peer,
    Setting,
    Sleep,
    Step,
    call,
)
from gen_tck.spec.terms import Atom, List, term

MOST_STEPS = 12
LEAST_STEPS = 6

KILL, NORMAL, SHUTDOWN = Atom("kill"), Atom("normal"), Atom("shutdown")
_ACTIVE = (True, False, "once", 1, 2, -1, -2)
_LENGTHS = (0, 0, 0, 1, 3, 10)
_PIECES: dict[object, tuple[bytes, ...]] = {
    0: (b"a", b"bcd", b"efghij"),
    1: (b"\x01a", b"\x00", b"\x02", b"bc", b"\x01a\x02bc", b"\x03de"),
    2: (b"\x00\x01a", b"\x00", b"\x01", b"\x00\x02bc\x00\x01d"),
    4: (b"\x00\x00\x00\x01a", b"\x00\x00", b"\x00\x02bc", b"\x00\x00\x00\x00", b"\xff\xff\xff\xff"),
    "line": (b"a\n", b"bc", b"d\ne\n", b"\n"),
}


def _setopts(actor: int, *pairs: tuple[str, object]) -> Call:
    return call(actor, "inet", "setopts", list(pairs))


class Alphabet:
    """The steps that scripts in one setting are made of, with how often each is drawn."""

    def __init__(self, setting: Setting, profiles: frozenset[str]) -> None:
        self._weighted: list[tuple[float, Step]] = []
        packet = setting.packet.name if isinstance(setting.packet, Atom) else setting.packet
        for actor, share in ((OWNER, 1.0), (OTHER, 0.35), (TRAPPER, 0.35)):
            self._calls(actor, share, profiles, packet)
            for reason, weight in ((KILL, 0.25), (NORMAL, 0.05), (SHUTDOWN, 0.15)):
                self._add(weight * (1 if actor == OWNER else 0.8), Exit(actor, reason))
        for piece in _PIECES[packet]:
            self._add(6.0 / len(_PIECES[packet]), Peer("send", piece))
        self._add(0.9, Peer("fin"))
        self._add(0.3, Peer("close"))
        self._add(0.5, Peer("reset"))
        self._add(1.0, Sleep())
        if setting.stalled:
            self._add(3.0, Peer("read"))
            for actor in PLAYERS:
                self._add(1.5, call(actor, "gen_tcp", "send", BULK))
        self.steps = [step for _, step in self._weighted]
        self.totals = list(itertools.accumulate(weight for weight, _ in self._weighted))

    def _add(self, weight: float, step: Step) -> None:
        self._weighted.append((weight, step))

    def _calls(self, actor: int, share: float, profiles: frozenset[str], packet: object) -> None:
        counts = "active-n" in profiles
        modes = [each for each in _ACTIVE if counts or not isinstance(each, int) or isinstance(each, bool)]
        for mode in modes:
            self._add(3.5 * share / len(modes), _setopts(actor, ("active", mode)))
        self._add(0.4 * share, call(actor, "inet", "getopts", ["active"]))
        lengths = _LENGTHS if packet == 0 else (0, 0, 0, 3)
        for length in lengths:
            for timeout, weight in (("infinity", 3.0), (0, 1.0), (SHORT, 1.0)):
                self._add(weight * share / len(lengths), call(actor, "gen_tcp", "recv", length, timeout))
            if "async-recv" in profiles:
                for timeout, weight in ((-1, 1.0), (0, 0.4), (SHORT, 0.4)):
                    self._add(weight * share / len(lengths), call(actor, "prim_inet", "async_recv", length, timeout))
        self._add(1.2 * share, call(actor, "gen_tcp", "send", b"xyz"))
        self._add(0.1 * share, call(actor, "gen_tcp", "send", b""))
        for name in NAMES[:3]:
            self._add(0.5 * share, call(actor, "gen_tcp", "controlling_process", name))
        self._add(0.5 * share, call(actor, "gen_tcp", "close"))
        for how, weight in (("write", 0.4), ("read", 0.15), ("read_write", 0.15)):
            self._add(weight * share, call(actor, "gen_tcp", "shutdown", how))
        for option, weight in (("exit_on_close", 0.2), ("show_econnreset", 0.1)):
            for value in (True, False):
                self._add(weight * share / 2, _setopts(actor, (option, value)))
        self._add(0.2 * share, _setopts(actor, ("packet", 0 if packet != 0 else "line")))
        if "core" in profiles:
            self._add(0.15 * share, call(actor, "inet", "monitor"))
        if "port-command" in profiles:
            self._add(0.5 * share, call(actor, "erlang", "port_command", b"pc"))
            self._add(0.2 * share, call(actor, "erlang", "port_command", b"pn", ["nosuspend"]))
            self._add(0.1 * share, call(actor, "erlang", "port_command", b"pf", ["force"]))
            self._add(0.15 * share, call(actor, "erlang", "port_close"))
            self._add(0.1 * share, call(actor, "gen_tcp", "unrecv", b"un"))

    def draw(self, random: Random, count: int) -> list[Step]:
        """``count`` steps at random."""
        return random.choices(self.steps, cum_weights=self.totals, k=count)


def settings(random: Random) -> Setting:
    """A setting at random: most often raw, passive and with the defaults."""
    stalled = random.random() < 0.06
    packet = random.choices((0, 1, 4, 2, "line"), (10, 2, 2, 1, 2))[0] if not stalled else random.choice((0, 4))
    active = random.choices((False, True, "once", 2), (6, 3, 3, 1))[0]
    return Setting(
        packet=term(packet),
        active=term(active),
        exit_on_close=random.random() < 0.8,
        show_econnreset=random.random() < 0.2,
        stalled=stalled,
    )


class Generator:
    """The scripts of a seed, by number."""

    def __init__(self, seed: int, profiles: frozenset[str]) -> None:
        self._seed = seed
        self._profiles = profiles
        self._alphabets: dict[Setting, Alphabet] = {}

    def random(self, number: int) -> tuple[Setting, list[Step]]:
        """Script ``number`` of this seed: it does not depend on those before it, so that shards can be cut anywhere."""
        random = Random(self._seed * 1_000_003 + number)
        setting = settings(random)
        if "active-n" not in self._profiles and isinstance(setting.active, int):
            setting = setting._replace(active=Atom("once"))
        alphabet = self._alphabets.get(setting)
        if alphabet is None:
            alphabet = self._alphabets[setting] = Alphabet(setting, self._profiles)
        steps = alphabet.draw(random, random.randint(LEAST_STEPS + 2, MOST_STEPS))
        if setting.stalled:
            steps.insert(random.randint(0, 2), call(OWNER, "gen_tcp", "send", BULK))
        return setting, steps


SMALL: tuple[Step, ...] = (
    _setopts(OWNER, ("active", True)),
    _setopts(OWNER, ("active", "once")),
    _setopts(OWNER, ("active", False)),
    call(OWNER, "gen_tcp", "recv", 0, "infinity"),
    call(OTHER, "gen_tcp", "recv", 0, "infinity"),
    call(OTHER, "gen_tcp", "send", b"xyz"),
    call(OWNER, "gen_tcp", "controlling_process", NAMES[TRAPPER]),
    call(OTHER, "gen_tcp", "close"),
    Exit(OWNER, KILL),
    Exit(OTHER, KILL),
    Peer("send", b"abc"),
    Peer("fin"),
    Peer("reset"),
)
"""The small alphabet of exhaustive scripts: what is left of everything modulo symmetry. Other and trapper differ only
in what an exit signal does to them, bytes only in their number, and counts behave as ``once`` does."""

SMALL_SETTINGS = (Setting(), Setting(active=Atom("true")), Setting(exit_on_close=False))


def exhaustive(depth: int) -> Iterator[tuple[Setting, tuple[Step, ...]]]:
    """Every script of ``depth`` steps over :data:`SMALL`."""
    for setting in SMALL_SETTINGS:
        for steps in itertools.product(SMALL, repeat=depth):
            yield setting, steps


__all__ = ["LEAST_STEPS", "MOST_STEPS", "SMALL", "SOCKET", "Alphabet", "Generator", "List", "exhaustive"]
