"""The names of files: only those in a folder that is the node's own are written, opened, sent and listened at."""

from __future__ import annotations

import re

from gen_tck.spec.terms import List, Term

_NAME = re.compile(rb"my_[a-z0-9_]{1,60}", re.ASCII)
_PATH = re.compile(rb"my_[a-z0-9_]{1,250}", re.ASCII)


def own_file(name: Term) -> str | None:
    """The name of a file in the node's own folder, which leads nowhere else; ``None`` for what is none."""
    return _matching(_NAME, name)


def own_path(name: Term) -> str | None:
    """The path of a local socket, which is such a name; it may be longer than any system takes, to see that refused."""
    return _matching(_PATH, name)


def _matching(pattern: re.Pattern[bytes], name: Term) -> str | None:
    if isinstance(name, List) and all(type(each) is int and 0 < each < 128 for each in name):
        name = bytes(name)
    return name.decode() if isinstance(name, bytes) and pattern.fullmatch(name) else None
