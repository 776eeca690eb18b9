"""``erlang:system_monitor``: who is told of suspended processes, and which options it takes."""

from __future__ import annotations

from gen_tck.reference import atoms as a
from gen_tck.reference.errors import badarg
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import List, Pid, Term

MONITOR_FLAGS = (a.busy_dist_port, a.busy_port)
MONITOR_LIMITS = {a.large_heap: 16384, a.long_schedule: 1, a.long_gc: 1}
"""Options that take a number, in the order in which settings show them, with the least it may be."""


async def system_monitor(process: Process, *args: Term) -> Term:
    """Read (``/0``) or replace (``/1``, ``/2``) the settings; the previous ones.

    Errors: ``error:badarg`` for a monitor that is no living process, and for options that are none; nothing is changed
        then.
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
    """Options in normal form: fixed order, no duplicates, numbers raised to their least."""
    if not isinstance(options, List):
        raise badarg()
    numbers: dict[Term, int] = {}
    for option in options:
        if option in MONITOR_FLAGS:
            continue
        if not _is_pair(option) or option[0] not in MONITOR_LIMITS:
            raise badarg()
        if not isinstance(option[1], int) or not 0 <= option[1] < 1 << 64:
            raise badarg()
        numbers[option[0]] = max(option[1], MONITOR_LIMITS[option[0]])
    flags = [flag for flag in MONITOR_FLAGS if flag in options]
    return List([*flags, *((name, numbers[name]) for name in MONITOR_LIMITS if name in numbers)])
