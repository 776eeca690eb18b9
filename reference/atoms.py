"""Atoms by attribute: ``atoms.tcp_closed`` is the atom ``tcp_closed``, also in a ``case`` of a ``match`` statement."""

from gen_tck.spec.terms import Atom


def __getattr__(name: str) -> Atom:
    if name.startswith("__"):
        raise AttributeError(name)
    # Kept, so that Python finds it without asking here again: the explorer runs thousands of scripts a second.
    atom = globals()[name] = Atom(name)
    return atom
