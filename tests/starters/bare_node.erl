%% The portable SDK on a VM of which nothing is asked that OTP's has and a small BEAM has not: nobody looks at mailboxes,
%% finds sockets, or halts the VM with an option. bare.toml starts it anew for each case.
-module(bare_node).
-export([main/0, info/0, open/0, read/1, write/2, call/3, look/1, clear/1]).

main() ->
    gen_tck_node:serve(?MODULE),
    halt().

info() ->
    [{name, "bare"}, {version, "1"}, {profiles, ["essentials"]},
     {calls, ["gen_tcp:listen/2", "gen_tcp:accept/2", "gen_tcp:connect/3", "gen_tcp:recv/2", "gen_tcp:recv/3",
              "gen_tcp:send/2", "gen_tcp:close/1", "gen_tcp:controlling_process/2", "inet:setopts/2",
              "inet:getopts/2", "inet:port/1"]}].

open() -> {open_port({fd, 0, 1}, [binary, eof]), ""}.

read(Kit) -> receive {Kit, {data, Data}} -> {ok, Data}; {Kit, eof} -> closed end.

write(Kit, Line) ->
    port_command(Kit, Line),
    ok.

call(Module, Function, Args) -> apply(Module, Function, Args).

look(_) -> drain.

clear(_) -> ok.
