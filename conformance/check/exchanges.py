"""All exchanges, in the order in which they are played."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gen_tck.conformance.check import calls, clearing, ending, lines, processes, waiting
from gen_tck.conformance.check.exchange import Exchange, Finding
from gen_tck.conformance.check.terms import TERMS

TALKS: tuple[Exchange, ...] = (
    lines.answers_each_request_once,
    lines.takes_any_id,
    lines.takes_requests_together,
    lines.takes_a_request_in_pieces,
    processes.spawn_gives_a_new_pid,
    processes.a_new_process_is_idle,
    processes.an_unknown_process_fails,
    lines.an_unknown_request_fails,
    processes.exit_ends_a_process,
    processes.exit_normal_ends_nobody,
    calls.exit_1_ends_with_its_reason,
    calls.a_call_after_the_end_is_noproc,
    calls.an_unknown_function_fails,
    calls.an_unknown_handle_fails,
    *TERMS,
    lines.takes_long_lines,
    calls.send_reaches_the_mailbox,
    calls.reading_removes_nothing,
    calls.draining_removes_what_it_gives,
    calls.mailbox_is_oldest_first,
    calls.take_removes_the_oldest,
    calls.a_pid_keeps_its_number,
    calls.an_exception_leaves_the_process,
    processes.exit_can_be_trapped,
    waiting.a_call_that_waits_blocks_nothing,
    waiting.settle_does_not_wait_for_calls,
    waiting.settle_does_not_wait_for_timers,
    waiting.a_call_under_way_is_waiting,
    waiting.the_mailbox_shows_during_a_call,
    waiting.draining_during_a_call_loses_nothing,
    waiting.a_call_comes_back_by_itself,
    waiting.exit_ends_a_call,
    waiting.settle_waits_for_the_results_of_calls,
    waiting.settle_waits_for_messages,
    clearing.clear_forgets_the_processes,
    clearing.numbers_are_not_used_again,
    clearing.clear_ends_calls,
    clearing.clear_closes_sockets,
    clearing.a_spare_bears_to_wait,
)
"""Those for which one program will do, as long as none is broken."""
ENDS: tuple[Exchange, ...] = (ending.stop_ends_the_program, ending.the_end_of_the_connection_ends_the_program)
"""Those that end the program."""
ALL = (ending.SHAKES_HANDS, *TALKS, ending.CLAIMS_THE_SAME, *ENDS)
"""All of them."""
EXCHANGES = tuple([each for each in ALL if each.way in (None, "look", "clear")])
"""Those for a program that clears, and whose mailboxes can be looked at."""
QUICK = tuple([each for each in TALKS if each.quick])
"""Those that ``certify`` plays before anything else."""
_WITH_SOCKETS: Mapping[str, tuple[Exchange, ...]] = {
    "calls that wait": (
        waiting.a_call_that_waits_blocks_nothing,
        waiting.a_call_under_way_is_waiting,
        waiting.a_call_comes_back_by_itself,
        waiting.exit_ends_a_call,
    ),
    "what settle waits for": (waiting.settle_waits_for_the_results_of_calls, waiting.settle_waits_for_messages),
    "sockets at clear": (clearing.clear_closes_sockets,),
}
"""What cannot be seen without sockets, and the exchanges that show it."""


def not_yet_seen(found: Iterable[Finding]) -> list[str]:
    """What nothing is known of, since exchanges about it were skipped: the hardest of the protocol may be among it."""
    skipped = {each.exchange for each in found if each.verdict == "skipped"}
    return [what for what, own in _WITH_SOCKETS.items() if any(each.name in skipped for each in own)]
