"""Whether what was seen at a step is as good as what a run lets follow from it.

Choice points say what else may happen: in which order processes are served that a busy port lets go at once, for one.
Free besides, as no model of the operating system is exact enough, is

* how much of a great lot gets through a connection that ends: that is how full the kernel's buffers happen to be;
* which end it is, and how much comes before a reset, when a peer that was stalled reads late: the kernel answers what
  it has of the socket's, and a reset destroys what was not read.
"""

from __future__ import annotations

from gen_tck.conformance.explorer.script.script import PEERS, Change, Changes


def equal(allowed: Changes, seen: Changes, stalled: bool = False) -> bool:
    """Whether ``seen`` is as good as ``allowed``. ``stalled``: whether the peer read nothing at first."""
    return allowed == seen or (
        len(allowed) == len(seen)
        and all(each == its or _agree(each, its, stalled) for each, its in zip(allowed, seen, strict=True))
    )


def _agree(allowed: Change, seen: Change, stalled: bool) -> bool:
    """Whether both are of a stream that has ended, and as much of it was ``seen`` as can be told."""
    name, end = seen[0], seen[2]
    if name != allowed[0] or name not in PEERS or "open" in (allowed[2], end):
        return False
    zeros, small = _split(allowed)
    seen_zeros, seen_small = _split(seen)
    if stalled and end == "reset":
        return seen_zeros <= zeros and small.startswith(seen_small)
    return (stalled or allowed[2] == end) and (zeros, small) == (seen_zeros, seen_small)


def _split(stream: Change) -> tuple[int, bytes]:
    """How often there are lots of zeros in a stream, and the rest of it."""
    pieces = stream[1]
    assert isinstance(pieces, tuple)
    small = [each for each in pieces if isinstance(each, bytes)]
    return len(pieces) - len(small), b"".join(small)
