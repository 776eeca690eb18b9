"""The explorer: generated scripts, run on a node by the thousand and judged by the reference.

``script`` says what a script is, ``generate`` makes them, ``stage`` plays one on any node, ``oracle`` asks the
reference what has to be seen, ``beam`` has an Erlang VM play many by itself, ``judge`` names what differs, ``shrink``
makes it small, ``explore`` is the whole of it.
"""
