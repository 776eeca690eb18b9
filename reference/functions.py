"""What can be called in the reference: a function for each call of the catalogue, :mod:`gen_tck.spec.calls`."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeAlias

from gen_tck.reference import erlang, file, gen_tcp, inet, inet_db, port_command, prim_inet, system_monitor
from gen_tck.spec.terms import Term

__all__ = ["FUNCTIONS", "Function", "Functions"]

Function: TypeAlias = Callable[..., Coroutine[Any, None, Term]]
"""Takes the process that calls, then as many terms as the call has arguments."""
Functions: TypeAlias = Mapping[str, Function]
"""By ``module.name/arity``."""

FUNCTIONS: dict[str, Function] = {
    "gen_tcp.listen/2": gen_tcp.listen,
    "gen_tcp.accept/1": gen_tcp.accept,
    "gen_tcp.accept/2": gen_tcp.accept,
    "gen_tcp.connect/2": gen_tcp.connect,
    "gen_tcp.connect/3": gen_tcp.connect,
    "gen_tcp.connect/4": gen_tcp.connect,
    "gen_tcp.recv/2": gen_tcp.recv,
    "gen_tcp.recv/3": gen_tcp.recv,
    "gen_tcp.unrecv/2": gen_tcp.unrecv,
    "gen_tcp.send/2": gen_tcp.send,
    "gen_tcp.shutdown/2": gen_tcp.shutdown,
    "gen_tcp.close/1": gen_tcp.close,
    "gen_tcp.controlling_process/2": gen_tcp.controlling_process,
    "inet.setopts/2": inet.setopts,
    "inet.getopts/2": inet.getopts,
    "inet.port/1": inet.port,
    "inet.sockname/1": inet.sockname,
    "inet.peername/1": inet.peername,
    "inet.socknames/1": inet.socknames,
    "inet.peernames/1": inet.peernames,
    "inet.getstat/1": inet.getstat,
    "inet.getstat/2": inet.getstat,
    "inet.info/1": inet.info,
    "inet.format_error/1": inet.format_error,
    "inet.monitor/1": inet.monitor,
    "inet.cancel_monitor/1": inet.cancel_monitor,
    "prim_inet.async_recv/3": prim_inet.async_recv,
    "prim_inet.async_accept/2": prim_inet.async_accept,
    "prim_inet.unrecv/2": prim_inet.unrecv,
    "prim_inet.getopts/2": inet.getopts,
    "prim_inet.setopts/2": inet.setopts,
    "prim_inet.send/2": prim_inet.send,
    "prim_inet.recv/3": prim_inet.recv,
    "prim_inet.close/1": prim_inet.close,
    "inet_db.register_socket/2": inet_db.register_socket,
    "inet_db.unregister_socket/1": inet_db.unregister_socket,
    "file.sendfile/2": file.sendfile,
    "file.sendfile/5": file.sendfile,
    "file.write_file/2": file.write_file,
    "file.open/2": file.open,
    "erlang.port_command/2": port_command.port_command,
    "erlang.port_command/3": port_command.port_command,
    "erlang.port_close/1": port_command.port_close,
    "erlang.port_connect/2": port_command.port_connect,
    "erlang.port_info/1": port_command.port_info,
    "erlang.port_info/2": port_command.port_info,
    "erlang.is_port/1": port_command.is_port,
    "erlang.ports/0": port_command.ports,
    "erlang.send/2": erlang.send,
    "erlang.send/3": erlang.send,
    "erlang.system_monitor/0": system_monitor.system_monitor,
    "erlang.system_monitor/1": system_monitor.system_monitor,
    "erlang.system_monitor/2": system_monitor.system_monitor,
    "erlang.exit/1": erlang.exit,
    "erlang.exit/2": erlang.exit,
    "erlang.link/1": erlang.link,
    "erlang.unlink/1": erlang.unlink,
    "erlang.monitor/2": erlang.monitor,
    "erlang.demonitor/1": erlang.demonitor,
    "erlang.process_flag/2": erlang.process_flag,
    "erlang.register/2": erlang.register,
    "erlang.unregister/1": erlang.unregister,
    "erlang.monotonic_time/1": erlang.monotonic_time,
}
