"""What a node has of what scripts are made of: calls, options and framings.

A node claims them by profile, and calls also one by one. Of a profile that it claims in part, as it lacks some of its
calls, it does not say which options it takes; whoever plays scripts finds that out, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

import msgspec

from gen_tck.adapters.interface import Capabilities
from gen_tck.conformance.explorer.script.script import (
    ACCEPTED,
    CLIENTS,
    LISTENER,
    NAMES,
    TRAPPER,
    Call,
    Exit,
    Peer,
    Setting,
    Step,
)
from gen_tck.spec.calls import CALLS
from gen_tck.spec.framings import FRAMINGS, framing_of
from gen_tck.spec.options import OPTIONS, Option, Place, asked, named
from gen_tck.spec.scope import ASKS, settings_of
from gen_tck.spec.terms import Atom, List, Term

Kind: TypeAlias = Literal["call", "option", "framing"]


class Feature(NamedTuple):
    """Something that a node has or lacks."""

    kind: Kind
    name: str
    """Of a call ``module.name/arity``; the option ``active`` with a number is ``active, N``."""

    def __str__(self) -> str:
        if self.kind == "call":
            return self.name.replace(".", ":", 1)
        return f"{{{self.name}}}" if "," in self.name else f"{self.kind} {self.name}"


Features: TypeAlias = frozenset[Feature]
Why: TypeAlias = Literal["not claimed", "not modelled", "not there", "refused"]
"""``not claimed``: its profile, or the call itself. ``not modelled``: the node has it, and the model of it says nothing
of that. ``not there``: its profile is claimed in part, and the node refuses it. ``refused``: the node claims it, and
refuses it all the same."""


class LeftOut(msgspec.Struct, frozen=True, order=True):
    """What no script asked of a node."""

    why: Why
    kind: Kind
    name: str

    @property
    def feature(self) -> Feature:
        """What it is."""
        return Feature(self.kind, self.name)


def call_feature(step: Call) -> Feature:
    """The call that ``step`` makes."""
    return _call(f"{step.module}.{step.function}/{len(step.args)}")


def _call(name: str) -> Feature:
    return Feature("call", name)


_OF_A_PROFILE = {
    ("active", "active-n"): "active, N",
    ("packet", "framings"): "packet of a protocol",
    ("packet", "http"): "packet of HTTP",
    ("ip", "local"): "ip of a path",
    ("ifaddr", "local"): "ifaddr of a path",
}
"""What options are called that have values of profiles of their own."""


def _option(option: Option) -> Feature:
    return Feature("option", _OF_A_PROFILE.get((option.name, option.profile), option.name))


_PROFILES: dict[Feature, str] = {
    **{_call(name): call.profile for name, call in CALLS.items()},
    **{_option(option): option.profile for option in OPTIONS},
    **{Feature("framing", each.name): each.profile for each in FRAMINGS},
}
"""All features, each with the profile of which it is a part."""
EVERYTHING: Features = frozenset(_PROFILES)


def profile_of(feature: Feature) -> str:
    """The profile of which it is a part; of a helper that of which it says nothing."""
    return _PROFILES[feature]


CONNECT, TRAP_EXITS = _call("gen_tcp.connect/3"), _call("erlang.process_flag/2")
"""Without the first there is no script; the second makes the trapper what it is."""
LOOK = _call("inet.getopts/2")
"""With it scripts end."""
LISTEN, COUNTS = _call("gen_tcp.listen/2"), Feature("option", "active, N")
PORT = _call("inet.port/1")
"""With it clients know where to connect to."""


def claimed(capabilities: Capabilities) -> Features:
    """What a node of these ``capabilities`` has by its own account: options of profiles claimed in part included."""
    calls = capabilities.calls
    return frozenset(
        feature
        for feature, profile in _PROFILES.items()
        if (profile in capabilities.profiles or (feature.kind == "call" and CALLS[feature.name].is_helper))
        and (calls is None or feature.kind != "call" or feature.name in calls)
    )


def unsaid(capabilities: Capabilities) -> Features:
    """The options and framings of which a node does not say whether it has them: of profiles that lack a call."""
    calls = capabilities.calls
    if calls is None:
        return frozenset()
    lacking = {each.profile for name, each in CALLS.items() if name not in calls and not each.is_helper}
    return frozenset(each for each, profile in _PROFILES.items() if each.kind != "call" and profile in lacking)


def not_modelled(capabilities: Capabilities) -> Features:
    """What a node has of which its model does not say what follows.

    Of OTP's socket backend that is files: ``gen_tcp_socket`` hands them to ``socket:sendfile``, which waits, is broken
    off and counts in its own way (``prim_socket:sendfile``), on a copy of the file's descriptor that may stay open.
    """
    return _FILES if capabilities.details.get("backend") == "socket" else frozenset()


_FILES = frozenset([_call("file.sendfile/2")])


def has_call(capabilities: Capabilities, name: str) -> bool:
    """Whether a node offers the call ``module.name/arity``, as far as it lists its calls."""
    return capabilities.calls is None or name in capabilities.calls


def needs(step: Step) -> Features:
    """What a node must have to be asked for ``step``."""
    return frozenset(_needs(step))


def _needs(step: Step) -> Iterator[Feature]:
    if isinstance(step, (Call, Exit)) and step.actor == TRAPPER:
        yield TRAP_EXITS
    if isinstance(step, Call):
        if NAMES[TRAPPER] in step.args:
            yield TRAP_EXITS
        if any(each in step.args for each in (LISTENER, *ACCEPTED)):
            yield LISTEN
        kind, name = call_feature(step)
        yield Feature(kind, name)
        settings = settings_of(name, step.args)
        if settings is not None:
            yield from of_options(*settings)
        elif name in ASKS:
            yield from map(_option, asked(step.args[1]))
    elif isinstance(step, Peer) and step.which in CLIENTS:
        yield from (LISTEN, PORT)


def of_options(place: Place, settings: Term) -> Iterator[Feature]:
    """What a list of options with values asks for."""
    for option, value in named(settings, place):
        yield _option(option)
        framing = framing_of(value) if option.name == "packet" else None
        if framing is not None:
            yield Feature("framing", framing.name)


@lru_cache(maxsize=4096)  # most scripts have one of a few settings
def setting_needs(setting: Setting) -> Features:
    """What a node must have to begin a script in ``setting``."""
    return frozenset([CONNECT, *of_options("connect", setting.options()), *([LISTEN] if setting.listening else [])])


def script_needs(setting: Setting, steps: Iterable[Step]) -> Features:
    """What a node must have to be asked for a whole script."""
    return setting_needs(setting).union(*map(needs, steps))


_FITTED = ("packet", "exit_on_close", "show_econnreset", "send_timeout_close", "send_timeout", "stalled", "listening")


def fitted(setting: Setting, features: Features) -> Setting:
    """``setting`` with the defaults in the place of what is not among ``features``."""
    if features.issuperset(setting_needs(setting)):
        return setting
    if COUNTS not in features and isinstance(setting.active, int):
        setting = setting._replace(active=Atom("once"))
    plain = Setting()
    has = [each for each in setting.further if features.issuperset(of_options("connect", List([each])))]
    setting = setting._replace(further=tuple(has))
    for field in _FITTED:
        alone = plain._replace(**{field: getattr(setting, field)})
        if not features.issuperset(setting_needs(alone)):
            setting = setting._replace(**{field: getattr(plain, field)})
    return setting


__all__ = [
    "CONNECT",
    "COUNTS",
    "EVERYTHING",
    "LISTEN",
    "LOOK",
    "PORT",
    "TRAP_EXITS",
    "Feature",
    "Features",
    "LeftOut",
    "call_feature",
    "claimed",
    "fitted",
    "has_call",
    "needs",
    "not_modelled",
    "profile_of",
    "script_needs",
    "setting_needs",
    "unsaid",
]
