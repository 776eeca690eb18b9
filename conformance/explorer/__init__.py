"""The explorer: generated scripts, run on a node by the thousand and judged by the reference.

``script`` says what a script is, ``text`` reads one, and ``runner`` plays one on any node; ``generate`` makes them,
``walk`` those that come before the random ones (over the reference's ``state``) and ``tours`` those through all its
transitions. ``oracle`` asks the reference what has to be seen, ``beam`` has an Erlang VM play many by itself.

``judge`` finds what differs, as values (``differences``); ``attribution`` names the clause that speaks of it, ``known``
what is settled, and ``words`` says it to people. ``shrink`` makes it small, ``exploration`` is the whole of it.
"""
