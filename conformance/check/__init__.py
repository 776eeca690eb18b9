"""Whether a program speaks the wire protocol: exchanges that are played with it alone, before any clause is judged.

:mod:`exchanges` is the table of them, in order; :mod:`checking` plays them. What each asks for stands in
``adapters/PROTOCOL.md``, which it quotes.
"""
