"""Scripts: those of a small alphabet to a depth, then tours and witnesses of departures, then at random.

The same seed gives the same scripts, always.

Random scripts are drawn with :class:`random.Random`, not with Hypothesis. Drawing one takes 30 microseconds; the same
from a composite strategy of Hypothesis takes 1.8 milliseconds (20,000 and 2,000 scripts drawn, CPU time of one core),
three times as much as telling, playing and judging it may take altogether. A script must also be had by its number
alone, so that shards can be cut anywhere; and what shrinks here is judged by a node, many candidates at once. The tests
of the explorer itself draw from the same alphabet with Hypothesis.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate
from random import Random

from gen_tck.conformance.explorer.generate.alphabet import (
    ASYNC_ACCEPT,
    FRAMED,
    PIECES,
    SYSTEM_MONITOR,
    alphabet,
    system_monitor,
)
from gen_tck.conformance.explorer.generate.parts import PORT_COMMAND, without_parts
from gen_tck.conformance.explorer.generate.tours import tours_with
from gen_tck.conformance.explorer.generate.vm_enders import without_lost_queues
from gen_tck.conformance.explorer.generate.walk import exhaustive
from gen_tck.conformance.explorer.generate.witnesses import witnesses_with
from gen_tck.conformance.explorer.script.offer import EVERYTHING, PORT, TRAP_EXITS, Features, fitted
from gen_tck.conformance.explorer.script.script import (
    BULK,
    CLIENTS,
    LISTENER,
    NAMES,
    OTHER,
    OWNER,
    PLAYERS,
    SHORT,
    TRAPPER,
    UNSAID,
    Peer,
    Setting,
    Step,
    call,
)
from gen_tck.conformance.explorer.script.settings import FURTHER, FURTHER_LISTENING
from gen_tck.spec.terms import term

MOST_STEPS = 12
LEAST_STEPS = 6
STALLED = 0.06
"""The share of settings in which the peer reads nothing."""
OTHERWISE = 0.2
"""The share of settings with further options."""
ACCEPTED_AT_FIRST = 0.7
"""The share of the scripts with a listener that begin with somebody who accepts a connection."""
MOST_TOURS = 0.3
"""The share of the scripts beyond the small ones that tours and witnesses may have; else there is no room for them."""
MONITORED = 0.01
"""The share of those in which the script sets the system monitor: each is played alone in its VM."""

_PACKETS, _PACKETS_SHARES = tuple(PIECES), tuple(accumulate(FRAMED))
_MODES, _MODES_SHARES = (False, True, "once", 2, UNSAID), tuple(accumulate((6, 3, 3, 1, 0.5)))
_FURTHER, _FURTHER_SHARES = ("", "second", "listening"), tuple(accumulate((86, 4, 10)))


def drawn_setting(random: Random) -> Setting:
    """A setting at random: most often raw, passive and with the defaults."""
    stalled = random.random() < STALLED
    packet = random.choices(_PACKETS, cum_weights=_PACKETS_SHARES)[0] if not stalled else random.choice((0, 4))
    active = random.choices(_MODES, cum_weights=_MODES_SHARES)[0]
    limited = stalled and random.random() < 0.4
    further = random.choices(_FURTHER, cum_weights=_FURTHER_SHARES)[0] if not stalled else ""
    others = FURTHER if further != "listening" else FURTHER_LISTENING
    return Setting(
        packet=term(packet),
        active=term(active),
        exit_on_close=random.random() < 0.8,
        show_econnreset=random.random() < 0.2,
        stalled=stalled,
        send_timeout=SHORT if limited else term("infinity"),
        send_timeout_close=limited and random.random() < 0.5,
        second=further == "second",
        listening=further == "listening",
        binary=random.random() < (0.9 if active is not UNSAID else 0.5),
        further=tuple(random.sample(others, random.randint(1, 3))) if random.random() < OTHERWISE else (),
    )


class Generator:
    """The scripts of a seed, by number.

    First come those of ``exhaustive`` to ``depth``; then, if there is room for them in an exploration of so many
    ``scripts``, tours through the reference and the witnesses of departures; then scripts at random.
    """

    def __init__(self, seed: int, features: Features = EVERYTHING, depth: int = 0, scripts: int = 0) -> None:
        """``features``: what the node has; a node that has everything gets the scripts that others get parts of."""
        self._seed, self._features = seed, features
        self._whole = features == EVERYTHING
        self._depth, self._scripts = depth, scripts

    @cached_property
    def fixed(self) -> Sequence[tuple[Setting, tuple[Step, ...]]]:
        """What comes first, whatever the seed is."""
        small = exhaustive(self._depth, self._features)
        rounds = (*tours_with(self._features), *witnesses_with(self._features))
        room = len(rounds) <= MOST_TOURS * (self._scripts - len(small))
        return (*small, *(rounds if room else ()))

    def script(self, number: int) -> tuple[Setting, Sequence[Step]]:
        """Script ``number``."""
        return self.fixed[number] if number < len(self.fixed) else self.random(number - len(self.fixed))

    def random(self, number: int) -> tuple[Setting, list[Step]]:
        """Script ``number`` of this seed: it does not depend on those before it, so that shards can be cut anywhere."""
        random = Random(self._seed << 64 | number)  # no script of one seed is one of another, however many there are
        setting = drawn_setting(random)
        if not self._whole:
            setting = fitted(setting, self._features)
        monitored = setting.stalled and SYSTEM_MONITOR in self._features and random.random() < MONITORED
        steps = alphabet(setting, self._features, monitored).draw(random, random.randint(LEAST_STEPS + 2, MOST_STEPS))
        if setting.stalled:
            self._make_busy(random, steps)
        if setting.listening and PORT in self._features and random.random() < ACCEPTED_AT_FIRST:
            self._let_in(random, steps)
        if setting.stalled:
            steps = without_lost_queues(setting, without_parts(setting, steps, self._features))
        if monitored:
            steps.insert(0, system_monitor(random.choice(PLAYERS), random.choice(NAMES[:3]), ["busy_port"]))
        return setting, steps

    def _let_in(self, random: Random, steps: list[Step]) -> None:
        """Let a client connect and somebody accept it among the first steps, whichever comes first."""
        actor = random.choice(PLAYERS if TRAP_EXITS in self._features else (OWNER, OTHER))
        accept = call(actor, "gen_tcp", "accept", "infinity", socket=LISTENER)
        if actor == TRAPPER and ASYNC_ACCEPT in self._features and random.random() < 0.5:
            accept = call(actor, "prim_inet", "async_accept", -1, socket=LISTENER)
        both: list[Step] = [Peer("connect", which=CLIENTS[0]), accept]
        for step in random.sample(both, 2):
            steps.insert(random.randrange(3), step)

    def _make_busy(self, random: Random, steps: list[Step]) -> None:
        """Let the first steps be, as often as not, three senders: one fills the queue, one waits, one is suspended."""
        first, second, third = random.sample(PLAYERS, 3)
        suspended = [call(third, "gen_tcp", "send", b"abc")]
        if PORT_COMMAND in self._features:
            suspended.append(call(third, "erlang", "port_command", b"pc"))
        sends = [call(each, "gen_tcp", "send", BULK) for each in (first, second)] + [random.choice(suspended)]
        places = sorted(random.choices(range(5), k=3))
        for place, send in zip(reversed(places), reversed(sends), strict=True):
            steps.insert(place, send)
