"""What the kit says of each bad node: the verdict of its case, and the words that tell why."""

from __future__ import annotations

from dataclasses import dataclass

from tests.hostile.run import SIMPLE

STATUS = {"pass": 0, "fail": 1}
"""The exit status for a verdict; for all others it is 2."""
CONCLUSIONS = {0: "CONFORMS", 1: "DOES NOT CONFORM", 2: "COULD NOT TELL"}
"""The conclusion for each exit status."""


@dataclass(frozen=True)
class Pin:
    """How a run on a bad node ends."""

    verdict: str
    """The verdict of its cases; empty if none was run, and there are no results."""
    says: str
    """Words among those that are printed: the limit that ended it, or what was wrong."""
    limits: tuple[str, ...] = ()
    """What is set by ``--limit``, so that nobody waits for the sick."""
    clause: str = SIMPLE
    """The clause that is asked about."""


def _refused(says: str, *limits: str) -> Pin:
    return Pin("", says, limits)


def _slow(says: str) -> Pin:
    return Pin("", says, ("start=2",))


def _broken(says: str, *limits: str, clause: str = SIMPLE) -> Pin:
    return Pin("adapter-error", says, limits, clause)


def _hangs(says: str, clause: str = SIMPLE) -> Pin:
    return Pin("adapter-error", says, ("answer=0.5",), clause)


def _fails(says: str, *limits: str) -> Pin:
    return Pin("fail", says, limits)


def _passes(says: str = "CONFORMS in", *limits: str, clause: str = SIMPLE) -> Pin:
    return Pin("pass", says, limits, clause)


_NO_JSON = "broke the wire protocol: JSON is malformed"
_ANOTHER = "which is not open"
_TOKEN = "had no token"
_NO_TERM = "is not a term of the protocol"
_DEEP = "nested deeper than"

PINS: dict[str, Pin] = {
    # dialling and shaking hands
    "sound": _passes(),
    "never-dials": _slow("did not dial back within 2 s"),
    "ends-at-once": _refused("ended before it dialled back (exit status 1, it printed: 'no licence')"),
    "mute": _slow("sent no handshake in 2 s"),
    "dials-twice": _passes(),
    "stranger-first": _passes(),
    "silent-stranger-first": _passes(),
    "many-strangers-first": _passes(),
    "strangers-without-end": _slow("sent no handshake in 2 s"),
    "wrong-token": _slow(_TOKEN),
    "no-token": _slow(_TOKEN),
    "empty-token": _slow(_TOKEN),
    "half-a-token": _slow(_TOKEN),
    "other-version": _refused("it speaks version 2, this kit version 1"),
    "version-as-text": _refused("Expected `int`, got `str` - at `$.gen_tck`"),
    "http-request": _slow(_TOKEN),
    "tls-hello": _slow("sent no handshake in 2 s"),
    "line-without-an-end": _refused("its handshake has over 16384 bytes (--limit handshake=N"),
    "half-a-handshake": _slow("sent no handshake in 2 s"),
    "dies-in-its-handshake": _refused("it printed: 'there was no more of it'"),
    "closes-and-lives-on": _slow("sent no handshake in 2 s"),
    "hello-a-byte-at-a-time": _slow("sent no handshake in 2 s"),
    "hello-twice": _broken("neither an answer's `id` nor an `event`"),
    "hello-again-later": _broken("without `pid` where it is due"),
    "answers-first": _slow(_TOKEN),
    "unsolicited-answers": _broken(_ANOTHER),
    "deep-hello": _refused("its handshake has over 16384 bytes (--limit handshake=N"),
    # what it says of itself
    "wrong-gen-tck-field": _refused("Expected `int`, got `array` - at `$.gen_tck`"),
    "wrong-token-field": _slow(_TOKEN),
    "wrong-name-field": _refused("Expected `str`, got `object` - at `$.name`"),
    "wrong-version-field": _refused("Expected `str`, got `null` - at `$.version`"),
    "wrong-profiles-field": _refused("Expected `array`, got `str` - at `$.profiles`"),
    "wrong-clock-field": _refused("Invalid enum value 'sundial' - at `$.clock`"),
    "wrong-homepage-field": _refused("Expected `str`, got `bool` - at `$.homepage`"),
    "wrong-calls-field": _refused("Expected `array | null`, got `object` - at `$.calls`"),
    "wrong-details-field": _refused("Expected `object`, got `array` - at `$.details`"),
    "wrong-minor-field": _refused("Expected `int`, got `str` - at `$.minor`"),
    "wrong-capabilities-field": _refused("Expected `object`, got `array` - at `$.capabilities`"),
    "wrong-helpers-field": _refused("Expected `array`, got `object` - at `$.helpers`"),
    "negative-minor": _refused("Expected `int` >= 0 - at `$.minor`"),
    "speaks-of-what-its-minor-has-not": _refused('which minor 0 has not: say "minor": 1'),
    "slip-in-its-handshake": _refused("Object contains unknown field `profile`"),
    "unknown-capability": _refused("Object contains unknown field `telepathy`"),
    "settles-in-a-way-that-is-none": _refused("Invalid enum value 'by-prayer' - at `$.capabilities.settle`"),
    "later-minor": _passes(),
    "plays-scripts-on-nothing": _refused("says that it plays scripts, and its details not on which"),
    "echoes-and-never-rests": _fails("the node kept running"),
    "drains-with-ok": _broken("an answer without `messages` where it is due"),
    "drains-without-end": _broken("a mailbox with over 8 messages (--limit mailbox=N", "mailbox=8"),
    "returns-a-float-that-is-none": _broken(_NO_TERM),
    "unknown-profile": _refused("claims an unknown profile, 'quantum-sockets'"),
    "unknown-call": _refused("claims an unknown call, 'gen_tcp.teleport/2'"),
    "profiles-without-end": _refused("its handshake has over 16384 bytes (--limit handshake=N"),
    "unknown-profiles-without-end": _refused("its handshake has over 16384 bytes (--limit handshake=N"),
    "long-details": _refused("its handshake has over 16384 bytes (--limit handshake=N"),
    "many-details": _refused("its handshake has over 16384 bytes (--limit handshake=N"),
    "long-name": _refused("its handshake has over 16384 bytes (--limit handshake=N"),
    "no-name": _passes(),
    "claims-all-offers-nothing": Pin("inconclusive", "could not make a call: no"),
    "says-yes": _broken("without `pid` where it is due: ok True"),
    "all-calls-return-ok": _fails("saw       ok"),
    "plays-scripts-by-its-word-alone": _passes(),
    "pretends-to-be-the-reference": _refused("Invalid enum value 'virtual' - at `$.clock`"),
    "another-name-later": Pin("flaky", "for the first time"),
    "other-profiles-later": _broken("started again, the node claims other profiles or calls than before"),
    # words that do something where they are shown
    "escapes-in-its-name": _passes(),
    "escapes-in-a-profile": _refused("claims an unknown profile"),
    "escapes-in-a-call": _refused("claims an unknown call"),
    "escapes-in-atoms": _fails("owned"),
    "escapes-in-strings": _fails("saw       {ok,[[27,93,48,59,"),
    "escapes-in-raised": _fails("owned"),
    "escapes-in-ended": _fails("owned"),
    "escapes-in-messages": _fails("owned"),
    "escapes-in-failed": _broken("owned"),
    "escapes-in-a-failed-call": Pin("inconclusive", "owned"),
    "escapes-in-what-it-prints": _fails("owned"),
    "escapes-in-what-is-no-line": _broken(_NO_JSON),
    "half-a-surrogate-pair": _refused("surrogate"),
    "novel": _broken("It was a dark and stormy night."),
    # lines that are none
    "garbage-invalid-utf8": _broken("broke the wire protocol"),
    "garbage-nul-bytes": _broken(_NO_JSON),
    "garbage-byte-order-mark": _broken(_NO_JSON),
    "garbage-utf16": _broken(_NO_JSON),
    "garbage-empty-line": _broken("Input data was truncated"),
    "garbage-xml": _broken(_NO_JSON),
    "garbage-python-literal": _broken(_NO_JSON),
    "garbage-array": _broken("Expected `object`, got `array`"),
    "garbage-number": _broken("Expected `object`, got `int`"),
    "garbage-null": _broken("Expected `object`, got `null`"),
    "garbage-two-objects": _broken(_NO_JSON),
    "garbage-half-an-object": _broken("Input data was truncated"),
    "garbage-empty-object": _broken("neither an answer's `id` nor an `event`"),
    "garbage-nothing-but-brackets": _broken(_DEEP),
    "garbage-terminal-escapes": _broken(_NO_JSON),
    "carriage-returns-alone": _hangs("`spawn` took over 0.5 s"),
    "carriage-returns-too": _passes(),
    "random-bytes": _broken("broke the wire protocol"),
    "same-key-twice": _passes(),
    # answers that are none
    "unknown-ids": _broken(_ANOTHER),
    "negative-ids": _broken(_ANOTHER),
    "fractional-ids": _broken("Expected `int`, got `float` - at `$.id`"),
    "float-ids": _broken("Expected `int`, got `float` - at `$.id`"),
    "ids-as-text": _broken("Expected `int`, got `str` - at `$.id`"),
    "huge-ids": _broken(_ANOTHER),
    "no-ids": _broken("neither an answer's `id` nor an `event`"),
    "true-as-an-id": _broken("Expected `int`, got `bool` - at `$.id`"),
    "answers-twice": _broken(_ANOTHER),
    "answers-the-wrong-way-round": _hangs("`spawn` took over 0.5 s"),
    "mailbox-where-a-pid-is-due": _broken("without `pid` where it is due"),
    "everything-at-once": _broken("an answer says one thing, this one pid and returned and raised"),
    "returned-and-failed": _broken("an answer says one thing, this one returned and failed"),
    "unknown-status": _broken("Invalid enum value 'asleep'"),
    "unknown-exception": _broken("Invalid enum value 'panic'"),
    "same-pid": _broken("two processes have the number 1", clause="ownership/transfer-*"),
    "port-for-a-pid": _broken("which is no pid"),
    "invented-handles": _fails("saw       {tcp,"),
    "negative-handle": _broken("is no number of a handle"),
    "huge-handle": _passes(),
    "float-handle": _broken(_NO_TERM),
    # terms that are none, or too much
    "returns-atom-of-300": _broken("an atom has at most 255 characters"),
    "returns-atom-of-a-million": _broken("an atom has at most 255 characters"),
    "returns-number-for-an-atom": _broken(_NO_TERM),
    "returns-bare-string": _broken(_NO_TERM),
    "returns-true": _broken(_NO_TERM),
    "returns-null": _broken(_NO_TERM),
    "returns-bad-base64": _broken(_NO_TERM),
    "returns-unknown-tag": _broken("unknown tag '$fun'"),
    "returns-two-tags": _broken(_NO_TERM),
    "returns-no-tag": _broken(_NO_TERM),
    "returns-handle-of-no-kind": _broken(_NO_TERM),
    "returns-tuple-of-no-list": _broken(_NO_TERM),
    "returns-tail-that-is-a-list": _broken(_NO_TERM),
    "returns-map-of-singles": _broken(_NO_TERM),
    "returns-map-with-one-key-twice": _fails("saw       #{1 => 3}"),
    "returns-nan": _broken(_NO_JSON),
    "returns-infinity": _broken(_NO_JSON),
    "returns-huge-exponent": _broken("Number out of range"),
    "returns-huge-integer": _broken("Integer value out of range"),
    "returns-immense-integer": _broken("Integer value out of range"),
    "returns-deep-json": _broken(_DEEP),
    "returns-deep-list": _broken(_DEEP),
    "returns-deep-tuple": _broken(_DEEP),
    "returns-deep-tail": _broken(_DEEP),
    "returns-deep-key": _broken(_DEEP),
    "returns-tuple-of-thirty": _fails("saw       {{{{"),
    "returns-wide-list": _broken("over 1000000 values (--limit message=N"),
    "returns-wide-map": _fails("saw       #{"),
    "returns-colliding-keys": _broken("over 100 keys of a map are the same, or look it"),
    "returns-huge-binary": _broken("a line has over 1000000 bytes (--limit line=N", "line=1000000"),
    # too much
    "events-without-end": _broken("over 100 events a second (--limit events=N", "events=100"),
    "events-between-answers": _broken("over 100 events a second (--limit events=N", "events=100"),
    "events-before-the-handshake": _slow(_TOKEN),
    "answers-without-end": _broken(_ANOTHER),
    "empty-lines-without-end": _broken("Input data was truncated"),
    "answer-without-an-end": _broken("a line has over 1000000 bytes (--limit line=N", "line=1000000"),
    "answer-a-byte-at-a-time": _hangs("`spawn` took over 0.5 s"),
    "slow-answers": Pin("not-run", "(--limit total)", ("total=1",), "ownership/*-answers"),
    "mailbox-of-a-million": _broken("over 1000000 values (--limit message=N", "answer=30"),
    "mailbox-that-grows": _broken("a mailbox with over 5000 messages (--limit mailbox=N", "mailbox=5000", "answer=30"),
    "never-rests": _fails("the node kept running", "answer=30"),
    "prints-without-end": _broken("printed over 1000000 bytes, so it was ended (--limit output=N", "output=1000000"),
    "prints-before-it-dials": _refused(
        "printed over 1000000 bytes, so it was ended (--limit output=N", "output=1000000"
    ),
    "prints-and-answers": _broken("printed over 1000000 bytes, so it was ended (--limit output=N", "output=1000000"),
    # hanging
    "hangs-in-spawn": _hangs("`spawn` took over 0.5 s"),
    "hangs-in-call": _hangs("`settle` took over 0.5 s"),
    "hangs-in-mailbox": _hangs("`mailbox` took over 0.5 s"),
    "hangs-in-settle": _hangs("`settle` took over 0.5 s"),
    "hangs-in-clear": _hangs("`clear` took over 0.5 s"),
    "hangs-in-stop": _passes(),
    "hangs-in-take": _hangs("took over 0.5 s", clause="modes/active-delivers-messages"),
    "hangs-in-exit": _hangs("took over 0.5 s", clause="ownership/killed-*"),
    "hangs-in-status": _hangs("`status` took over 0.5 s", clause="ownership/owners-end-closes-the-socket"),
    "stops-itself": _hangs("`spawn` took over 0.5 s"),
    # ending, and not ending
    "dies-mid-call": _fails("ended: killed by SIGKILL, it printed: 'no memory left'"),
    "dies-mid-line": _fails("ended: exit status 1"),
    "hangs-up-and-lives-on": _fails("ended: still running"),
    "half-closes": _fails("ended: still running"),
    "resets-the-connection": _fails("ended: still running"),
    "ignores-signals": _passes(),
    "leaves-a-child": _passes(),
    "leaves-a-session": _passes(),
    "leaves-a-daemon": _passes(),
    "leaves-a-daemon-and-hangs": _hangs("`spawn` took over 0.5 s"),
    "leaves-a-daemon-and-dies": _fails("ended: exit status 1"),
    "stops-its-keeper": _passes(),
    "leaves-its-connection": _hangs("`spawn` took over 0.5 s"),
    "keeps-forking": _passes(),
    "closes-what-it-inherited": _fails("it printed nothing"),
}

EXPLORED: dict[str, tuple[int, str]] = {
    "plays-scripts-by-its-word-alone": (2, "the node says that it plays scripts by itself, and does not"),
    "never-dials": (2, "did not dial back within 2 s"),
    "hangs-in-call": (2, "`settle` took over 0.5 s"),
    "leaves-a-daemon-and-hangs": (2, "`spawn` took over 0.5 s"),
    "says-yes": (2, "without `pid` where it is due"),
    "returns-deep-tuple": (2, _DEEP),
    "events-without-end": (2, "over 100 events a second (--limit events=N"),
    "escapes-in-atoms": (2, "owned"),
    "escapes-in-failed": (2, "owned"),
    "escapes-in-what-it-prints": (1, "owned"),
    "dies-mid-call": (1, "ended: killed by SIGKILL, it printed: 'no memory left'"),
}
"""What an exploration of some of them ends with: the exit status, and words among those that are printed."""

QUICK = (
    "stranger-first",
    "escapes-in-its-name",
    "returns-deep-tuple",
    "prints-and-answers",
    "leaves-a-daemon",
)
"""Those that are run in every run of the tests: what ends each is another thing."""
