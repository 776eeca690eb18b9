"""What a file may have a node call: traces and scripts are data of strangers, and what they name is run.

A file may call what is in the catalogue (:mod:`gen_tck.spec.calls`), and nothing else. What it hands over is bounded,
too: addresses are those of this machine, options are options of sockets, files are in a folder of the node's own and
are only read once they are written, local sockets are there, too, no program is started, and whoever is
sent a message, an exit signal or a link is the file's own: a handle, which it can only have been given, or a name that
begins with :data:`OWN_NAMES`. :data:`RULES` has a rule for each argument of each call.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

from gen_tck.spec.calls import CALLS, OUT_OF_SCOPE
from gen_tck.spec.options import ADDRESSES, LOCAL_ADDRESSES, OPTIONS
from gen_tck.spec.own_files import own_file
from gen_tck.spec.raw_options import SIZE, asked_raw, is_known, raw_setting
from gen_tck.spec.terms import Atom, List, Map, Pid, Reference, Term, show
from gen_tck.spec.values import takes

__all__ = ["OWN_NAMES", "RULES", "NotAdmitted", "check"]

OWN_NAMES = "my_"
"""How names begin that a file may give to its processes and ports: nobody else's do."""

Rule: TypeAlias = Callable[[Term], str]
"""Why a term is not admitted, in words that go on after what it is; empty if it is."""


class NotAdmitted(ValueError):
    """A file calls what it may not; the message is one line."""


def check(module: str, function: str, args: Sequence[Term]) -> None:
    """Raise :class:`NotAdmitted` unless a file may have ``module:function(args…)`` called."""
    call = f"{module}.{function}/{len(args)}"
    if call in OUT_OF_SCOPE:
        raise NotAdmitted(f"{module}:{function}/{len(args)} is out of scope: {OUT_OF_SCOPE[call]}")
    if call not in CALLS:
        name = f"{show(_shortened(module))}:{show(_shortened(function))}/{len(args)}"
        raise NotAdmitted(f"{name} is no call of the catalogue, spec/calls.py")
    for number, (rule, argument) in enumerate(zip(RULES[call], args, strict=True), 1):
        why = rule(argument)
        if why:
            raise NotAdmitted(f"{module}:{function}/{len(args)}, argument {number}: {why}")


def _shortened(name: str) -> Atom:
    return Atom(name if len(name) <= 40 else f"{name[:40]}...")


def _anything(_: Term) -> str:
    return ""


def _socket(value: Term) -> str:
    """A tuple may name the module that is called for it: ``{'$inet', Module, _}``."""
    if type(value) is not tuple or value[:1] != (_INET,) or len(value) != 3:
        return ""
    match value:
        case (_, module, (Pid(), (kind, Reference()))) if (module, kind) == _BACKEND:
            return ""
    return "a socket that names a module of its own"


_INET, _BACKEND = Atom("$inet"), (Atom("gen_tcp_socket"), Atom("$socket"))


def _own(value: Term) -> str:
    """No process or port of anybody else; handles are the file's own, as there is no other way to come by one."""
    if isinstance(value, Atom) and not value.name.startswith(OWN_NAMES):
        return f"{show(value)} is no name of the file's own, which begin with {OWN_NAMES}"
    if type(value) is tuple and len(value) == 2:
        return "a name on another node"
    return _socket(value)


def _flag(value: Term) -> str:
    return "" if value is Atom("trap_exit") else "the one flag that a file sets is trap_exit"


def _loopback(value: Term) -> str:
    if takes(ADDRESSES, value) or takes(LOCAL_ADDRESSES, value):
        return ""
    if type(value) is tuple and value[:1] == (Atom("local"),):
        return f"{_in_short(value)} is no path of a socket of the node's own, my_..."
    return "the one address is that of this machine, {127,0,0,1}"


def _address(value: Term) -> str:
    """No word, and no text but an address: that would be the name of a host, to be looked up."""
    if isinstance(value, List):
        return _loopback(tuple(map(int, match.groups())) if (match := _IN_TEXT.fullmatch(_text(value))) else value)
    return _loopback(Atom("localhost") if isinstance(value, Atom) else value)


_IN_TEXT = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})", re.ASCII)


def _text(value: List) -> str:
    return "".join([chr(each) if isinstance(each, int) and 0 < each < 128 else "?" for each in value])


def _module(value: Term) -> str:
    """Calls of ``gen_tcp`` go to the module under which a socket is registered."""
    return f"{show(value)} is not inet_tcp" if isinstance(value, Atom) and value.name != "inet_tcp" else ""


def _map(value: Term) -> str:
    return _address(value.pairs.get(Atom("addr"), value) if isinstance(value, Map) else value)


_FLAGS = frozenset(map(Atom, ("binary", "list"))) | frozenset(Atom(each.name) for each in OPTIONS if each.flag)
_PAIRS = frozenset(Atom(each.name) for each in OPTIONS if each.name != "raw")
_NO_OPTION = Atom("foo")
"""Tests need one that there is not."""
_OPTIONS = _PAIRS | {_NO_OPTION}
_IP = frozenset(map(Atom, ("ip", "ifaddr")))


def _options(value: Term) -> str:
    """Those of the catalogue: others name descriptors, files, modules, or addresses of other machines."""
    if not isinstance(value, List):
        return "options are a list"
    for each in value:
        if each in _FLAGS or each is _NO_OPTION or _is_raw(each):
            continue
        if not (type(each) is tuple and len(each) == 2 and (each[0] in _OPTIONS or isinstance(each[0], int))):
            return f"{_in_short(each)} is no option of the catalogue, spec/options.py"
        if each[0] in _IP and _loopback(each[1]):
            return f"{_in_short(each)}: {_loopback(each[1])}"
    return ""


def _is_raw(setting: Term) -> bool:
    """Whether it is an option by a number that is known."""
    raw = raw_setting(setting)
    return raw is not None and is_known(*raw[:2]) and len(raw[2]) == SIZE


def _listening_options(value: Term) -> str:
    why = _options(value)
    if not why and all(type(each) is not tuple or each[0] not in _IP for each in value):
        return "options without {ip,{127,0,0,1}}, which would listen to other machines"
    return why


def _names(value: Term) -> str:
    """What is asked for: any term, and of the numbers in ``{raw, Protocol, Number, Size}`` those that are known."""
    for each in value if isinstance(value, List) else ():
        raw = asked_raw(each)
        if isinstance(each, tuple) and (raw is None or not is_known(*raw[:2]) or not 0 < raw[2] <= _MOST):
            return f"{_in_short(each)} is no name of an option"
    return ""


_MOST = 64
"""So many bytes are asked for at most."""


def _file(value: Term) -> str:
    return "" if own_file(value) is not None else f"{_in_short(value)} is no name of a file of the node's own, my_..."


def _descriptor(value: Term) -> str:
    """A tuple may name the module that is called for it, ``{file_descriptor, Module, _}``; what it holds was given."""
    if type(value) is not tuple:
        return ""
    match value:
        case (kind, module, Map(pairs=pairs)) if (kind, module) == _OPEN_FILE:
            return "" if isinstance(pairs.get(Atom("handle")), Reference) else "a file without a handle"
    return "an open file that names a module of its own"


_OPEN_FILE = (Atom("file_descriptor"), Atom("prim_file"))


def _modes(value: Term) -> str:
    if isinstance(value, List) and all(each in _READING for each in value):
        return ""
    return "a file is only opened to be read, [read,raw,binary]"


_READING = frozenset(map(Atom, ("read", "raw", "binary")))


def _in_short(value: Term) -> str:
    text = show(value)
    return text if len(text) <= 40 else f"{text[:40]}..."


RULES: dict[str, tuple[Rule, ...]] = {
    "gen_tcp.listen/2": (_anything, _listening_options),
    "gen_tcp.accept/1": (_socket,),
    "gen_tcp.accept/2": (_socket, _anything),
    "gen_tcp.connect/2": (_map, _options),
    "gen_tcp.connect/3": (_address, _anything, _options),
    "gen_tcp.connect/4": (_address, _anything, _options, _anything),
    "gen_tcp.recv/2": (_socket, _anything),
    "gen_tcp.recv/3": (_socket, _anything, _anything),
    "gen_tcp.send/2": (_socket, _anything),
    "gen_tcp.close/1": (_socket,),
    "gen_tcp.controlling_process/2": (_socket, _anything),
    "gen_tcp.unrecv/2": (_socket, _anything),
    "gen_tcp.shutdown/2": (_socket, _anything),
    "inet.setopts/2": (_socket, _options),
    "inet.getopts/2": (_socket, _names),
    "inet.port/1": (_socket,),
    "inet.sockname/1": (_socket,),
    "inet.peername/1": (_socket,),
    "inet.socknames/1": (_socket,),
    "inet.peernames/1": (_socket,),
    "inet.getstat/1": (_socket,),
    "inet.getstat/2": (_socket, _anything),
    "inet.info/1": (_socket,),
    "inet.format_error/1": (_anything,),
    "inet.monitor/1": (_socket,),
    "inet.cancel_monitor/1": (_anything,),
    "prim_inet.async_recv/3": (_socket, _anything, _anything),
    "prim_inet.async_accept/2": (_socket, _anything),
    "prim_inet.unrecv/2": (_socket, _anything),
    "file.sendfile/2": (_file, _socket),
    "file.sendfile/5": (_descriptor, _socket, _anything, _anything, _anything),
    "file.write_file/2": (_file, _anything),
    "file.open/2": (_file, _modes),
    "prim_inet.getopts/2": (_socket, _names),
    "prim_inet.setopts/2": (_socket, _options),
    "prim_inet.send/2": (_socket, _anything),
    "prim_inet.recv/3": (_socket, _anything, _anything),
    "prim_inet.close/1": (_socket,),
    "inet_db.register_socket/2": (_socket, _module),
    "inet_db.unregister_socket/1": (_socket,),
    "erlang.port_command/2": (_own, _anything),
    "erlang.port_command/3": (_own, _anything, _anything),
    "erlang.port_close/1": (_own,),
    "erlang.port_connect/2": (_own, _own),
    "erlang.port_info/1": (_own,),
    "erlang.port_info/2": (_own, _anything),
    "erlang.is_port/1": (_anything,),
    "erlang.ports/0": (),
    "erlang.send/2": (_own, _anything),
    "erlang.send/3": (_own, _anything, _anything),
    "erlang.system_monitor/0": (),
    "erlang.system_monitor/1": (_anything,),
    "erlang.system_monitor/2": (_anything, _anything),
    "erlang.exit/1": (_anything,),
    "erlang.exit/2": (_own, _anything),
    "erlang.link/1": (_own,),
    "erlang.unlink/1": (_own,),
    "erlang.monitor/2": (_anything, _own),
    "erlang.demonitor/1": (_anything,),
    "erlang.process_flag/2": (_flag, _anything),
    "erlang.register/2": (_own, _own),
    "erlang.unregister/1": (_own,),
    "erlang.monotonic_time/1": (_anything,),
}
"""By ``module.name/arity``: for each argument, why it is not admitted."""
