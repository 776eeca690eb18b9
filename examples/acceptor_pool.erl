%% Several acceptors on one listener: first come, first served. Run it: escript examples/acceptor_pool.erl
%%
%% acceptor_pool.py is the same program on the reference; both print the same.
-module(acceptor_pool).
-export([main/1]).
-mode(compile).

%% ---- an acceptor: it serves the connection that it has taken to its end, and then asks for the next

acceptor(Name, Listener, Main) ->
    case prim_inet:async_accept(Listener, -1) of
        {ok, Ref} ->
            Main ! {asks, Name},
            receive
                {inet_async, Listener, Ref, {ok, Socket}} ->
                    true = inet_db:register_socket(Socket, inet_tcp),
                    serve(Name, Socket),
                    acceptor(Name, Listener, Main);
                {inet_async, Listener, Ref, {error, Reason}} ->
                    Main ! {ends, Name, Reason}
            end;
        {error, Reason} ->
            Main ! {ends, Name, Reason}
    end.

serve(Name, Socket) ->
    ok = gen_tcp:send(Socket, [Name, "\n"]),
    {error, closed} = gen_tcp:recv(Socket, 0),
    ok = gen_tcp:close(Socket).

%% ---- the pool, and its clients

main(_) ->
    {ok, Listener} = gen_tcp:listen(0, [binary, {active, false}, {packet, line}, {ip, {127, 0, 0, 1}}]),
    {ok, Port} = inet:port(Listener),
    Main = self(),
    [_, Ben, _] = [start(Name, Listener, Main) || Name <- ["Anna", "Ben", "Carl"]],
    First = served_by(client(Port)),
    Second = served_by(client(Port)),
    say("Ben is killed", []),
    true = exit(Ben, kill),
    {error, closed} = gen_tcp:recv(Second, 0),
    Third = served_by(client(Port)),
    Fourth = client(Port),
    say("the fourth waits until somebody has time", []),
    ok = gen_tcp:close(First),
    asks("Anna"),
    _ = served_by(Fourth),
    ok = gen_tcp:close(Fourth),
    asks("Anna"),
    say("the listener is closed", []),
    ok = gen_tcp:close(Listener),
    ends("Anna"),
    ok = gen_tcp:close(Third),
    ends("Carl"),
    say("~p", [gen_tcp:connect({127, 0, 0, 1}, Port, [])]).

%% A new acceptor: when it is here, it has asked for a connection.
start(Name, Listener, Main) ->
    Pid = spawn(fun() -> acceptor(Name, Listener, Main) end),
    asks(Name),
    Pid.

asks(Name) ->
    receive {asks, Name} -> say("~s asks for a connection", [Name]) end.

ends(Name) ->
    receive {ends, Name, Reason} -> say("~s ends: ~p", [Name, Reason]) end.

client(Port) ->
    {ok, Socket} = gen_tcp:connect({127, 0, 0, 1}, Port, [binary, {active, false}, {packet, line}]),
    Socket.

served_by(Socket) ->
    {ok, Name} = gen_tcp:recv(Socket, 0),
    say("a connection is served by ~s", [string:trim(Name)]),
    Socket.

say(Format, Args) ->
    io:format(Format ++ "~n", Args).
