"""``erlang:system_monitor``: who is told of suspended processes, and which options it takes."""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.reference.errors import OutOfScope, badarg
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import List, Pid, Term

EVENTS = (a.busy_dist_port, a.busy_port)
"""What can be asked for, in the order in which settings show it."""
OTHER_EVENTS = frozenset([a.large_heap, a.long_schedule, a.long_gc, a.long_message_queue])
"""What else OTP tells of, which is not about sockets."""


async def system_monitor(process: Process, *args: Term) -> Term:
    """Read (``/0``) or replace (``/1``, ``/2``) the settings; the previous ones.

    Errors: ``error:badarg`` for a monitor that is no living process, and for options that are none; nothing is changed
        then. Out of scope: events that are not about sockets.
    Clauses: system_monitor/reading-answers, system_monitor/setting-answers,
        system_monitor/setting-for-a-process-answers, system_monitor/setting-returns-the-previous,
        system_monitor/pair-is-two-arguments, system_monitor/one-order-in-settings,
        system_monitor/monitor-is-a-living-process, system_monitor/refused-settings-change-nothing
    OTP: erlang:system_monitor/0; erlang:system_monitor/1; erlang:system_monitor/2; erl_bif_trace.c: system_monitor
    """
    vm = process.vm
    previous = vm.monitor_settings if vm.monitor_settings is not None else a.undefined
    if not args:
        return previous
    if len(args) == 1:
        if args[0] is not a.undefined and not _is_pair(args[0]):
            raise badarg()
        args = args[0] if args[0] is not a.undefined else (a.undefined, List())
    pid, options = args
    if pid is a.undefined or options == List():
        vm.monitor_settings = None
        return previous
    if not isinstance(pid, Pid) or pid not in vm.processes:
        raise badarg()
    vm.monitor_settings = (pid, _monitor_options(options))
    return previous


def _is_pair(value: Term) -> bool:
    return isinstance(value, tuple) and not isinstance(value, List) and len(value) == 2


def _monitor_options(options: Term) -> List:
    """Options in normal form: fixed order, no duplicates."""
    if not isinstance(options, List):
        raise badarg()
    for option in options:
        name = option[0] if _is_pair(option) else option
        if name in OTHER_EVENTS:
            raise OutOfScope(f"the event {name}")
        if option not in EVENTS:
            raise badarg()
    return List([event for event in EVENTS if event in options])
