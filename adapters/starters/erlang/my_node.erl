%% {{name}}: the hooks that gen_tck_node needs, for the sockets that are certified: here OTP's own, gen_tcp and inet.
-module(my_node).
-export([main/0, info/0, open/0, read/1, write/2, call/3, look/1, clear/1]).

main() ->
    gen_tck_node:serve(?MODULE),
    halt().

info() ->
    [{name, "{{name}}"}, {version, "0.1"}, {profiles, ["essentials", "packets"]},
     {calls, ["gen_tcp:listen/2", "gen_tcp:accept/2", "gen_tcp:connect/3", "gen_tcp:recv/2", "gen_tcp:recv/3",
              "gen_tcp:send/2", "gen_tcp:close/1", "gen_tcp:controlling_process/2", "inet:setopts/2",
              "inet:getopts/2", "inet:port/1"]}].

%% Transport: dial the kit.
open() ->
    Port = list_to_integer(os:getenv("GEN_TCK_PORT")),
    {ok, Kit} = gen_tcp:connect({127, 0, 0, 1}, Port, [binary, {active, false}, {nodelay, true}]),
    {Kit, os:getenv("GEN_TCK_TOKEN")}.

read(Kit) -> gen_tcp:recv(Kit, 0).

write(Kit, Line) -> gen_tcp:send(Kit, Line).

%% Call: what is asked of gen_tcp and inet goes to these sockets. Put yours in their place.
call(Module, Function, Args) ->
    apply(Module, Function, [taken(Each) || Each <- Args]).

%% The options that are passed on to them.
%% FIRST THING TO MEND: line_delimiter is not among them yet.
taken([Option | Rest]) when is_tuple(Option); is_atom(Option) ->
    [Each || Each <- [Option | Rest], lists:member(name(Each), [binary, list, mode, active, ip, packet, packet_size])];
taken(Argument) -> Argument.

name({Name, _}) -> Name;
name(Name) -> Name.

%% Look at a mailbox. A VM that cannot says drain.
look(Pid) ->
    case process_info(Pid, messages) of {messages, Messages} -> Messages; undefined -> [] end.

%% Clean up: what a socket has still to send would keep it open. A VM that cannot says restart = "at-clear".
clear(Pids) ->
    [exit(Port, kill) || Port <- erlang:ports(), {connected, Owner} <- [erlang:port_info(Port, connected)],
                         lists:member(Owner, Pids)].
