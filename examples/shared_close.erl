%% A socket is closed that other processes use, and what each of them sees of it. Run it: escript examples/shared_close.erl
%%
%% shared_close.py is the same program on the reference; both print the same.
-module(shared_close).
-export([main/1]).
-mode(compile).

main(_) ->
    [scene(Title, End) || {Title, End} <- [
        {"its owner closes it", fun(Owner, _) -> Owner ! close end},
        {"somebody else closes it", fun(_, Socket) -> ok = gen_tcp:close(Socket) end},
        {"its owner ends", fun(Owner, _) -> Owner ! stop end},
        {"its owner is killed", fun(Owner, _) -> exit(Owner, kill) end}]].

scene(Title, End) ->
    io:format("~s~n", [Title]),
    Main = self(),
    {ok, Listener} = gen_tcp:listen(0, [binary, {active, false}, {ip, {127, 0, 0, 1}}]),
    {ok, Port} = inet:port(Listener),
    {ok, Peer} = gen_tcp:connect({127, 0, 0, 1}, Port, [binary, {active, false}]),
    Owner = spawn(fun() ->
        {ok, Socket} = gen_tcp:accept(Listener),
        Main ! {socket, Socket},
        owner(Socket)
    end),
    Socket = receive {socket, Accepted} -> Accepted end,
    [Reader, Watcher, Linked] = [user(Fun) || Fun <- [
        fun() -> started(Main), gen_tcp:recv(Socket, 0) end,
        fun() ->
            Ref = erlang:monitor(port, Socket),
            started(Main),
            receive {'DOWN', Ref, port, Socket, Reason} -> {'DOWN', Reason} end
        end,
        fun() ->
            process_flag(trap_exit, true),
            true = link(Socket),
            started(Main),
            receive {'EXIT', Socket, Reason} -> {'EXIT', Reason} end
        end]],
    End(Owner, Socket),
    say("the reader gets ~0p", [result(Reader)]),
    say("who watches it is told ~0p", [result(Watcher)]),
    say("who is linked to it is told ~0p", [result(Linked)]),
    say("the peer sees ~0p", [gen_tcp:recv(Peer, 0)]),
    say("send ~0p, recv ~0p, shutdown ~0p, getopts ~0p, close ~0p", [
        gen_tcp:send(Socket, "late"), gen_tcp:recv(Socket, 0), gen_tcp:shutdown(Socket, write),
        inet:getopts(Socket, [active]), gen_tcp:close(Socket)]).

owner(Socket) ->
    receive
        close -> ok = gen_tcp:close(Socket), owner(Socket);
        stop -> ok
    end.

%% A process that uses the socket: when it is here, it has begun to.
user(Fun) ->
    Main = self(),
    Pid = spawn(fun() -> Main ! {result, self(), Fun()} end),
    receive {started, Pid} -> Pid end.

started(Main) ->
    Main ! {started, self()}.

result(Pid) ->
    receive {result, Pid, Result} -> Result end.

say(Format, Args) ->
    io:format("    " ++ Format ++ "~n", Args).
