%% An acceptor gives each connection to a process of its own, which takes one message at a time. Run it: escript examples/handover.erl
%%
%% handover.py is the same program on the reference; both print the same.
-module(handover).
-export([main/1]).
-mode(compile).

%% ---- the acceptor owns what it accepts until it has given it away

acceptor(Listener, Main) ->
    {ok, Socket} = gen_tcp:accept(Listener),
    Session = spawn(fun() -> session(Main) end),
    ok = gen_tcp:controlling_process(Socket, Session),
    Session ! {yours, Socket},
    acceptor(Listener, Main).

%% ---- a session uses its socket when it is told that it is its own: not before

session(Main) ->
    receive
        {yours, Socket} ->
            {connected, Self} = erlang:port_info(Socket, connected),
            say("session: the socket is mine: ~p", [Self =:= self()]),
            loop(Socket, Main)
    end.

loop(Socket, Main) ->
    ok = inet:setopts(Socket, [{active, once}]),
    receive
        {tcp, Socket, <<"crash\n">>} ->
            say("session: this one ends, and its socket with it", []),
            exit(crash);
        {tcp, Socket, Line} ->
            ok = gen_tcp:send(Socket, ["got ", Line]),
            loop(Socket, Main);
        {tcp_closed, Socket} ->
            Main ! the_client_has_gone
    end.

%% ---- clients

main(_) ->
    Main = self(),
    {ok, Listener} = gen_tcp:listen(0, [binary, {active, false}, {packet, line}, {ip, {127, 0, 0, 1}}]),
    {ok, Port} = inet:port(Listener),
    First = client(Port),
    ok = gen_tcp:send(First, "before anybody has accepted\n"),
    Acceptor = spawn_link(fun() -> acceptor(Listener, Main) end),
    answer(First),
    ok = gen_tcp:send(First, "two lines\nat once\n"),
    answer(First),
    answer(First),
    Second = client(Port),
    ok = gen_tcp:send(Second, "crash\n"),
    say("client: ~p", [gen_tcp:recv(Second, 0)]),
    ok = gen_tcp:send(First, "still here\n"),
    answer(First),
    unlink(Acceptor),
    true = exit(Acceptor, kill),
    ok = gen_tcp:send(First, "without the acceptor, too\n"),
    answer(First),
    ok = gen_tcp:shutdown(First, write),
    say("client: ~p", [gen_tcp:recv(First, 0)]),
    receive the_client_has_gone -> say("session: the client has gone", []) end.

client(Port) ->
    {ok, Socket} = gen_tcp:connect({127, 0, 0, 1}, Port, [binary, {active, false}, {packet, line}]),
    Socket.

answer(Socket) ->
    {ok, Line} = gen_tcp:recv(Socket, 0),
    say("client: ~s", [string:trim(Line)]).

say(Format, Args) ->
    io:format(Format ++ "~n", Args).
