"""What a function of the reference raises instead of answering."""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.spec.terms import Term


class ErlangError(Exception):
    """An Erlang exception: ``kind`` is ``error``, ``exit`` or ``throw``."""

    def __init__(self, kind: str, reason: Term) -> None:
        super().__init__(kind, reason)
        self.kind = kind
        self.reason = reason


class OutOfScope(Exception):
    """No clause says what follows, and the reference does not make it up. The message says what was asked for."""


def badarg() -> ErlangError:
    """``error:badarg``."""
    return ErlangError("error", a.badarg)


def function_clause() -> ErlangError:
    """``error:function_clause``."""
    return ErlangError("error", a.function_clause)
