"""What makes a network namespace, keeps it, and lets programs into it: run by the kit as programs of their own.

Nothing is in a new namespace but a loopback interface that is down, and no way leads out of it. ``keep`` makes one and
does there what it is asked to on its standard input, one request a packet; ``enter PID COMMAND...`` becomes ``COMMAND``
in the namespace of that process. Who may not make a network namespace may make one in a user namespace of its own,
where user and group stay what they are.

This file stands alone, as it is run without the kit's packages: what it knows of addresses it is told.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import sys
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_NEWUSER, _NEWNET = 0x10000000, 0x40000000  # linux/sched.h
_GETFLAGS, _SETFLAGS, _UP = 0x8913, 0x8914, 0x1  # linux/sockios.h, linux/if.h
_REQUEST = struct.Struct("16sH14x")
_ADD, _DELETE, _ERROR = 24, 25, 2  # linux/rtnetlink.h: RTM_NEWROUTE, RTM_DELROUTE; linux/netlink.h: NLMSG_ERROR
_ACKNOWLEDGED, _NEW = 0x1 | 0x4, 0x200 | 0x400  # linux/netlink.h: NLM_F_REQUEST | NLM_F_ACK, NLM_F_EXCL | NLM_F_CREATE
_LOCAL_TABLE, _STATIC, _DST, _OIF = 255, 4, 1, 4
_HOST, _LINK, _UNIVERSE = 254, 253, 0
_KINDS = {
    "silent": (1, _LINK),
    "local": (2, _HOST),
    "unreachable": (7, _UNIVERSE),
    "prohibit": (8, _UNIVERSE),
    "throw": (9, _UNIVERSE),
}
"""Kinds of routes, as ip-route(8) calls them, and how far each goes; ``silent``: to whom nobody answers."""


def _call(number: int) -> None:
    if number < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _unshare() -> None:
    try:
        _call(_LIBC.unshare(_NEWNET))
    except PermissionError:
        user, group = os.getuid(), os.getgid()
        _call(_LIBC.unshare(_NEWUSER | _NEWNET))
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def _flags(name: str) -> int:
    with socket.socket() as any_socket:
        answer = fcntl.ioctl(any_socket, _GETFLAGS, _REQUEST.pack(name.encode(), 0))
    flags: int = _REQUEST.unpack(answer)[1]
    return flags


def _bring_up(name: str) -> None:
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, _SETFLAGS, _REQUEST.pack(name.encode(), _flags(name) | _UP))


def _route(do: int, kind: str, network: str) -> None:
    """Add a route to ``network``, which is an address and the length of its prefix, or delete it."""
    address, _, length = network.partition("/")
    type_, scope = _KINDS[kind]
    asked = struct.pack("=BBBBBBBBI", socket.AF_INET, int(length), 0, 0, _LOCAL_TABLE, _STATIC, scope, type_, 0)
    asked += struct.pack("=HH4s", 8, _DST, socket.inet_aton(address))
    if kind in ("silent", "local"):
        asked += struct.pack("=HHI", 8, _OIF, socket.if_nametoindex("lo"))
    flags = _ACKNOWLEDGED | (_NEW if do == _ADD else 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
        kernel.send(struct.pack("=IHHII", 16 + len(asked), do, flags, 1, 0) + asked)
        answer = kernel.recv(8192)
    (kind_of_answer,) = struct.unpack_from("=H", answer, 4)
    (code,) = struct.unpack_from("=i", answer, 16)
    if kind_of_answer != _ERROR or code:
        raise OSError(-code, os.strerror(-code))


def _make() -> None:
    _unshare()
    _bring_up("lo")
    # Who does not answer is asked twice, and given up after about three seconds.
    Path("/proc/sys/net/ipv4/tcp_syn_retries").write_text("1")


def _do(control: socket.socket, words: list[str]) -> bytes:
    """Do as asked; what is said of it. Raises ``OSError``."""
    match words:
        case ["socket", family, kind, protocol]:
            with socket.socket(int(family), int(kind), int(protocol)) as made:
                socket.send_fds(control, [b"ok"], [made.fileno()])
            return b""
        case ["add", kind, network]:
            _route(_ADD, kind, network)
        case ["delete", kind, network]:
            _route(_DELETE, kind, network)
        case ["up"]:
            names = [name for _, name in socket.if_nameindex() if _flags(name) & _UP]
            return " ".join(["ok", *names]).encode()
        case _:
            return b"no such request"
    return b"ok"


def keep(control: socket.socket) -> None:
    """Make a namespace, say ``ok`` or why there is none, and do as asked until nobody asks any more."""
    try:
        _make()
    except OSError as reason:
        control.send(f"{reason.strerror}{f' ({reason.filename})' if reason.filename else ''}".encode())
        return
    control.send(b"ok")
    while request := control.recv(4096):
        try:
            answer = _do(control, request.decode().split())
        except OSError as reason:
            answer = (reason.strerror or str(reason)).encode()
        if answer:
            control.send(answer)


def enter(pid: int, command: list[str]) -> None:
    """Become ``command`` where the process ``pid`` is. Raises ``OSError``."""
    for name in ("user", "net"):
        there, here = Path(f"/proc/{pid}/ns/{name}"), Path(f"/proc/self/ns/{name}")
        if there.stat().st_ino != here.stat().st_ino:
            descriptor = os.open(there, os.O_RDONLY | os.O_CLOEXEC)
            _call(_LIBC.setns(descriptor, 0))
            os.close(descriptor)
    os.execvp(command[0], command)


if __name__ == "__main__":
    if sys.argv[1] == "keep":
        keep(socket.socket(fileno=os.dup(0)))
    else:
        try:
            enter(int(sys.argv[2]), sys.argv[3:])
        except OSError as _reason:
            sys.exit(f"cannot enter the network namespace: {_reason.strerror}")
