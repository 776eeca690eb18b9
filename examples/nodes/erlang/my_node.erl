%% beam-sockets: what gen_tck_node has to be told of these sockets, and of the VM that they live in. Here they are OTP's.
-module(my_node).
-export([main/0, info/0, open/0, read/1, write/2, call/3, look/1, clear/1]).

main() ->
    gen_tck_node:serve(?MODULE),
    halt().

info() ->
    [{name, "beam-sockets"}, {version, "0.1"}, {homepage, "https://www.erlang.org"},
     {profiles, ["essentials", "packets", "modes-extra", "ownership-extra", "listeners", "sending-extra", "inspection",
                 "active-n"]},
     {calls, ["gen_tcp:listen/2", "gen_tcp:accept/1", "gen_tcp:accept/2", "gen_tcp:connect/3", "gen_tcp:connect/4",
              "gen_tcp:recv/2", "gen_tcp:recv/3", "gen_tcp:send/2", "gen_tcp:close/1", "gen_tcp:controlling_process/2",
              "inet:setopts/2", "inet:getopts/2", "inet:port/1", "inet:sockname/1", "inet:peername/1",
              "inet:getstat/1", "inet:getstat/2", "inet:info/1", "inet:monitor/1", "inet:cancel_monitor/1"]}].

%% Transport: how lines come from the kit, and go to it. It waits at a port that it names in the environment.
open() ->
    Port = list_to_integer(os:getenv("GEN_TCK_PORT")),
    {ok, Kit} = gen_tcp:connect({127, 0, 0, 1}, Port, [binary, {active, false}, {nodelay, true}]),
    {Kit, os:getenv("GEN_TCK_TOKEN")}.

read(Kit) -> gen_tcp:recv(Kit, 0).

write(Kit, Line) -> gen_tcp:send(Kit, Line).

%% Call: what does a call of Erlang's. Put your own functions here.
call(Module, Function, Args) -> apply(Module, Function, Args).

%% Look at the mailbox of a process. On a VM where nobody can: look(_) -> drain.
look(Pid) ->
    case process_info(Pid, messages) of
        {messages, Messages} -> Messages;
        undefined -> []
    end.

%% Clean up behind these processes, before they are killed: what a socket has still to send would keep it open. On a VM
%% that cannot: restart = "at-clear" in node.toml, and clear(_) -> ok.
clear(Pids) ->
    [exit(Port, kill) || Port <- erlang:ports(), {connected, Owner} <- [erlang:port_info(Port, connected)],
                         lists:member(Owner, Pids)].
