%% A server of one process that never blocks: it asks for connections with prim_inet:async_accept/2. Run it: escript examples/acceptor_loop.erl
%%
%% The chapter async_recv says what it does. acceptor_loop.py is the same program on the reference; both print the same.
-module(acceptor_loop).
-export([main/1]).
-mode(compile).

%% ---- the server

server(Main) ->
    {ok, Listener} = gen_tcp:listen(0, [binary, {packet, line}, {nodelay, true}, {ip, {127, 0, 0, 1}}]),
    {ok, Port} = inet:port(Listener),
    {ok, Ref} = prim_inet:async_accept(Listener, -1),
    Main ! {port, Port},
    loop(Listener, Ref, [], Main).

loop(Listener, Ref, Sockets, Main) ->
    receive
        {inet_async, Listener, Ref, {ok, Socket}} ->
            say("server: a connection, for which gen_tcp:send raises ~p", [raised(fun() -> gen_tcp:send(Socket, "hello") end)]),
            true = inet_db:register_socket(Socket, inet_tcp),
            {ok, Options} = prim_inet:getopts(Listener, [active, nodelay, keepalive, delay_send]),
            ok = prim_inet:setopts(Socket, Options),
            say("server: it is registered, and has ~0p", [Options]),
            {ok, Next} = prim_inet:async_accept(Listener, -1),
            loop(Listener, Next, [Socket | Sockets], Main);
        {inet_async, Listener, Ref, {error, Reason}} ->
            say("server: no more connections: ~p", [Reason]),
            [ok = gen_tcp:close(Socket) || Socket <- Sockets];
        {tcp, Socket, Line} ->
            ok = gen_tcp:send(Socket, ["echo ", Line]),
            loop(Listener, Ref, Sockets, Main);
        {tcp_closed, Socket} ->
            say("server: a connection has ended", []),
            Main ! ended,
            loop(Listener, Ref, lists:delete(Socket, Sockets), Main);
        {how_many, From} ->
            From ! {connections, length(Sockets)},
            loop(Listener, Ref, Sockets, Main);
        stop ->
            ok = gen_tcp:close(Listener),
            loop(Listener, Ref, Sockets, Main)
    end.

raised(Fun) ->
    try Fun() catch error:Reason -> Reason end.

%% ---- its clients

main(_) ->
    Main = self(),
    Server = spawn_link(fun() -> server(Main) end),
    Port = receive {port, Number} -> Number end,
    First = client(Port),
    echoes(First, "one\n"),
    Second = client(Port),
    echoes(Second, "two\n"),
    echoes(First, "three\n"),
    say("client: ~p connections", [how_many(Server)]),
    ok = gen_tcp:close(First),
    receive ended -> say("client: ~p connection", [how_many(Server)]) end,
    echoes(Second, "four\n"),
    Server ! stop,
    say("client: ~p", [gen_tcp:recv(Second, 0)]).

client(Port) ->
    {ok, Socket} = gen_tcp:connect({127, 0, 0, 1}, Port, [binary, {active, false}, {packet, line}]),
    Socket.

echoes(Socket, Line) ->
    ok = gen_tcp:send(Socket, Line),
    {ok, Answer} = gen_tcp:recv(Socket, 0),
    say("client: ~s", [string:trim(Answer)]).

how_many(Server) ->
    Server ! {how_many, self()},
    receive {connections, Count} -> Count end.

say(Format, Args) ->
    io:format(Format ++ "~n", Args).
