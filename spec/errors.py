"""The reasons for which calls on sockets fail, ``{error, Reason}``, that have a meaning in words."""

from __future__ import annotations

__all__ = ["MEANINGS", "UNKNOWN"]

MEANINGS: dict[str, str] = {
    "eacces": "permission denied",
    "eaddrinuse": "address already in use",
    "eaddrnotavail": "can't assign requested address",
    "eafnosupport": "address family not supported by protocol family",
    "ealready": "operation already in progress",
    "ebadf": "bad file number",
    "econnaborted": "software caused connection abort",
    "econnrefused": "connection refused",
    "econnreset": "connection reset by peer",
    "ehostunreach": "host is unreachable",
    "einval": "invalid argument",
    "emfile": "too many open files",
    "emsgsize": "message too long",
    "enetunreach": "network is unreachable",
    "enobufs": "no buffer space available",
    "enomem": "not enough memory",
    "enotconn": "socket is not connected",
    "epipe": "broken pipe",
    "etimedout": "connection timed out",
    "exbadport": "invalid port state",
    "exbadseq": "bad command sequence",
    "nxdomain": "non-existing domain",
    "system_limit": "a system limit was hit, probably not enough ports",
}
"""What ``inet:format_error/1`` says of each; ``closed`` and ``timeout`` it does not know."""

UNKNOWN = "unknown POSIX error"
"""What it says of all others, or begins with."""
