"""Whether what was seen at a step is as good as what a run lets follow from it.

Choice points say what else may happen. Free besides, as no model of the operating system is exact enough, is

* how much of a great lot gets through a connection that ends: that is how full the kernel's buffers happen to be;
* which end it is, and how much comes before a reset, when a peer that was stalled reads late: the kernel answers what
  it has of the socket's, and a reset destroys what was not read;
* in which order processes are served that a busy port lets go at once: they run on several schedulers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Set

from gen_tck.conformance.explorer.script.script import PEERS, Change, Changes


def equal(allowed: Changes, seen: Changes, stalled: bool = False) -> bool:
    """Whether ``seen`` is as good as ``allowed``. ``stalled``: whether the peer read nothing at first."""
    if allowed == seen:
        return True
    let_go = {each[1] for each in allowed if each[0] == "status" and each[2] == "running"}
    one, other = (
        [_blurred(each, bool(let_go), stalled) for each in _dealt(these, let_go)] for these in (allowed, seen)
    )
    if one == other:
        return True
    resets = {each[0] for each in seen if each[0] in PEERS and each[2] == "reset"} if stalled else set()
    return len(one) == len(other) and all(
        each == its or (each[0] == its[0] and each[0] in resets and _is_cut(each, its, bool(let_go)))
        for each, its in zip(one, other, strict=True)
    )


def _is_cut(allowed: Change, seen: Change, racing: bool) -> bool:
    """Whether a stream that was ``seen`` is the beginning of one that is ``allowed``; both are blurred."""
    zeros, small = _split(allowed)
    seen_zeros, seen_small = _split(seen)
    cut = not Counter(seen_small) - Counter(small) if racing else small.startswith(seen_small)
    return allowed[2] == seen[2] and seen_zeros <= zeros and cut


def _split(blurred: Change) -> tuple[int, bytes]:
    """Lots of zeros in a stream, and the rest of it."""
    pieces = blurred[1]
    assert isinstance(pieces, tuple)
    return len(pieces) - 1, pieces[-1]


def _dealt(changes: Changes, actors: Set[object]) -> Iterator[Change]:
    """``changes``, with what came of the calls of ``actors`` in some fixed order."""
    outcomes = iter(sorted((each[2] for each in changes if each[0] == "call" and each[1] in actors), key=repr))
    for each in changes:
        yield (*each[:2], next(outcomes)) if each[0] == "call" and each[1] in actors else each


def _blurred(change: Change, racing: bool, stalled: bool) -> Change:
    if change[0] not in PEERS or (change[2] == "open" and not racing):
        return change
    name, pieces, end = change
    assert isinstance(pieces, tuple)
    zeros = ["zeros" for each in pieces if isinstance(each, tuple)]
    small = b"".join(each for each in pieces if isinstance(each, bytes))
    if end != "open" and stalled:
        end = "ended"
    if racing:  # then lots may also have come one after the other, or not
        small, zeros = bytes(sorted(small.replace(b"\0", b""))), zeros[:1]
    return (name, (*zeros, small), end)
