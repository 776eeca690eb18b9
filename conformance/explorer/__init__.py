"""The explorer: generated scripts, played on a node by the thousand, and judged by the reference.

From bottom to top: ``script`` says what a script is, reads its text, and plays one step by step on any node; ``oracle``
asks the reference, or a model of an implementation, what has to be seen; ``generate`` draws scripts; ``play`` has a
node play them, an Erlang VM by itself and many at a time. In ``findings`` ``judge`` finds what differs, as values
(``differences``); ``attribution`` names the clause that speaks of it, ``known`` what is known of it, and ``words``
says it to people. ``shards`` shares that out among workers (``worker``) in several ``places``; ``session`` puts it
together.
"""
