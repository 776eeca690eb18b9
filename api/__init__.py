"""A conformance kit for Erlang's TCP sockets, for Python programs.

>>> import gen_tck
>>> gen_tck.certify("reference", clauses=["ownership/*"]).conclusion  # doctest: +SKIP
'CONFORMS'

The kit runs in a process of its own, so that it may be called anywhere, in a test under pytest, too. The rooms
(``gen_tck.spec``, ``reference``, ``adapters``, ``conformance``) are packages below this one. It is imported whenever
one of them is, so nothing that takes time is imported before somebody asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gen_tck.runs import CouldNotTell, Exploration, Results, certify, explore

    __version__: str
    """That of the distribution ``gen-tck``."""

__all__ = ["CouldNotTell", "Exploration", "Results", "__version__", "certify", "explore"]

if not TYPE_CHECKING:  # it would give every name a type

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        if name == "__version__":
            from importlib.metadata import version

            return version("gen-tck")
        from gen_tck import runs

        return getattr(runs, name)
