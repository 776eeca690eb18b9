"""The command ``gen-tck check``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gen_tck.conformance.commands import options
from gen_tck.conformance.commands.errors import COULD_NOT_TELL, Failed
from gen_tck.conformance.output.documents import in_json
from gen_tck.conformance.output.files import FileError
from gen_tck.conformance.output.screen import Screen, Styled
from gen_tck.conformance.output.streams import STDERR, STDOUT

if TYPE_CHECKING:
    from gen_tck.conformance.check.exchange import Finding

_STYLES = {"ok": "green", "broken": "bold red", "skipped": "yellow"}
_INDENT = " " * 9


@click.command()
@click.argument("node")
@options.erl
@options.limit
@click.option("--json", is_flag=True, help="Print what became of each exchange as JSON.")
def check(node: str, erl: str, limits: tuple[str, ...], json: bool) -> int:
    """See whether the program of NODE speaks the wire protocol, before any clause is judged.

    The page *The wire protocol* of the site has all of it.

    Exit status: 0 it does, 1 it breaks it, 2 could not tell.
    """
    from gen_tck.adapters.interface import NodeError
    from gen_tck.adapters.limits import LimitError, settings
    from gen_tck.adapters.registry import find
    from gen_tck.conformance.check.checking import NoAdapter
    from gen_tck.conformance.check.checking import check as play

    screen = Screen(STDERR if json else STDOUT)
    found: list[Finding] = []
    try:
        for each in play(find(node, erl=erl, limits=settings(limits)).open):
            found.append(each)
            _show(screen, each)
    except (NodeError, LimitError) as reason:
        raise Failed(str(reason)) from reason
    except NoAdapter as reason:
        screen.line(f"{node} {reason}")
        return COULD_NOT_TELL
    if json:
        _print(found)
    return _conclude(screen, node, found)


def _show(screen: Screen, found: Finding) -> None:
    why = f": {found.saw}" if found.verdict == "skipped" else ""
    screen.line(Styled(f"{found.verdict:<7}", _STYLES[found.verdict]), f"  {found.exchange}{why}")
    if found.verdict == "broken":
        screen.line(f"{_INDENT}saw       {found.saw}")
        screen.line(f"{_INDENT}protocol  {found.says}")
        screen.line(f"{_INDENT}to mend   {found.mend}")


def _print(found: list[Finding]) -> None:
    try:
        STDOUT.document(in_json(found))
    except FileError as reason:
        raise Failed(str(reason)) from reason


def _conclude(screen: Screen, node: str, found: list[Finding]) -> int:
    from gen_tck.conformance.check.exchanges import not_yet_seen

    verdicts = [each.verdict for each in found]
    broken, skipped, ok = (verdicts.count(each) for each in ("broken", "skipped", "ok"))
    words = Styled("BREAKS THE PROTOCOL", "bold red") if broken else Styled("SPEAKS THE PROTOCOL", "bold green")
    counts = f"{ok} exchanges ok, {broken} broken, {skipped} skipped"
    unseen = [] if broken else not_yet_seen(found)
    if unseen:
        counts += f"; not yet seen, for want of sockets: {', '.join(unseen)}"
    screen.line(Styled(node, "bold"), ": ", words, f" ({counts})")
    return 1 if broken else 0
