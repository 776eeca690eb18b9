"""What a node refuses of what it seems to have: it is asked for everything once, before the first script.

Only a clear refusal counts: the adapter cannot make a call, there is no such function, an option is none there.
Whatever else happens is for the scripts to find out.
"""

from __future__ import annotations

from gen_tck.adapters.interface import CallFailed, Node, Raised
from gen_tck.conformance.explorer.generate.alphabet import PIECES, alphabet
from gen_tck.conformance.explorer.script.offer import Feature, Features, call_feature, setting_needs
from gen_tck.conformance.explorer.script.runner import Refused, ScriptRunner
from gen_tck.conformance.explorer.script.script import SHORT, Call, Setting
from gen_tck.conformance.explorer.script.settings import LAST_OF_EACH
from gen_tck.spec.terms import Atom, term

_SETTINGS = (
    *[Setting(active=term(each)) for each in (True, "once", 2)],
    *[Setting(packet=term(each)) for each in PIECES],
    Setting(exit_on_close=False),
    Setting(show_econnreset=True),
    Setting(send_timeout=SHORT),
    Setting(send_timeout_close=True),
    Setting(stalled=True),
    Setting(listening=True),
    *[Setting(further=(each,)) for each in LAST_OF_EACH],
)
"""Each is the plain one but in one thing."""
_LAST = ("shutdown", "close", "port_close")
"""After these a socket is good for nothing more."""
_UNDEF = Atom("undef")


def begin(node: Node) -> None:
    """Begin the plainest script, and no more. Raises ``NodeError``."""
    ScriptRunner(node, Setting()).discard()


def refused(node: Node, features: Features) -> Features:
    """What ``node``, which begins scripts, refuses of ``features``. Raises ``NodeError``."""
    taken, not_taken = set(setting_needs(Setting())), set[Feature]()
    for setting in _SETTINGS:
        own = setting_needs(setting)
        if own <= features:
            (taken if _takes(node, setting) else not_taken).update(own)
    return frozenset(not_taken - taken) | _not_called(node, features)


def _takes(node: Node, setting: Setting) -> bool:
    try:
        ScriptRunner(node, setting).discard()
    except (CallFailed, Refused):
        node.clear()
        return False
    return True


def _not_called(node: Node, features: Features) -> Features:
    """The calls that are not there."""
    found: set[Feature] = set()
    listening = Setting(listening=True)
    setting = listening if setting_needs(listening) <= features else Setting()
    runner: ScriptRunner | None = None
    for step in _steps(setting, features):
        if runner is not None and not runner.applies(step):
            runner.discard()
            runner = None
        runner = runner or ScriptRunner(node, setting)
        if not _answers(runner, step):
            found.add(call_feature(step))
        elif step.function in _LAST:
            runner.discard()
            runner = None
    if runner is not None:
        runner.discard()
    return frozenset(found)


def _steps(setting: Setting, features: Features) -> list[Call]:
    """A step for each call, one that comes back at once if there is one; the last calls last."""
    steps: dict[Feature, Call] = {}
    for step in alphabet(setting, features, True).steps:
        if isinstance(step, Call) and (call_feature(step) not in steps or 0 in step.args[-1:]):
            steps[call_feature(step)] = step
    return sorted(steps.values(), key=lambda each: each.function in _LAST)


def _answers(runner: ScriptRunner, step: Call) -> bool:
    """Whether there is such a call. One that has not come back when nothing more can come is there."""
    try:
        call = runner.begin(step)
        runner.node.wait(lambda: call.outcome is not None)
        outcome = call.outcome
    except CallFailed:
        return False
    return not (isinstance(outcome, Raised) and outcome.reason is _UNDEF)
