"""The explorer: generated scripts, run on a node by the thousand and judged by the reference.

``script`` says what a script is and ``text`` reads one; ``generate`` makes them, ``walk`` those that come before the
random ones (over the reference's ``state``) and ``tours`` those through all its transitions. ``stage`` plays one on any
node, ``oracle`` asks the reference what has to be seen, ``beam`` has an Erlang VM play many by itself, ``judge`` names
what differs, ``shrink`` makes it small, ``explore`` is the whole of it.
"""
