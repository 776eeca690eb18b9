%% A receive loop that is often shown for prim_inet:async_recv/3, and what it does. Run it: escript examples/seed_loop.erl
%%
%% The chapter async_recv says why it does so. seed_loop.py is the same program on the reference; both print the same.
-module(seed_loop).
-export([main/1]).
-mode(compile).
-compile(nowarn_deprecated_catch). % the loop is shown as it is found

%% The loop as it is shown, but that it says what it was told instead of throwing it away.
loop(Socket, Say) ->
    Say("asked: ~p", [prim_inet:async_recv(Socket, 0, 1000)]),
    receive
        {inet_async, _, _, {ok, Msg}} ->
            Say("message received ~p", [Msg]),
            loop(Socket, Say);
        {inet_async, _, _, {error, timeout}} ->
            Say("timeout !", []),
            catch gen_tcp:close(Socket);
        {fake, Msg} ->
            Say("Message = ~p", [Msg]),
            loop(Socket, Say)
    end.

%% ---- what happens to it

main(_) ->
    Scenes = [{"data", fun data/0}, {"another message while a request is pending", fun fake/0},
              {"other messages all the time", fun flood/0}, {"the peer closes", fun peer_closes/0},
              {"an active socket", fun active/0}],
    Self = self(),
    Running = [{Title, spawn_link(fun() -> Self ! {self(), Scene()} end)} || {Title, Scene} <- Scenes],
    [io:format("~s~n~s~n", [Title, [["    ", Line, $\n] || Line <- receive {Pid, Lines} -> Lines end]])
     || {Title, Pid} <- Running].

data() ->
    {Loop, Peer} = start(false),
    Asked = said(Loop, 1),
    ok = gen_tcp:send(Peer, "hello"),
    Hello = said(Loop, 2),
    ok = gen_tcp:send(Peer, "world"),
    Asked ++ Hello ++ said(Loop, 3) ++ ending(Loop, Peer).

fake() ->
    {Loop, Peer} = start(false),
    Asked = said(Loop, 1),
    Loop ! {fake, news},
    News = said(Loop, 2),
    ok = gen_tcp:send(Peer, "real"),
    Asked ++ News ++ said(Loop, 3) ++ ending(Loop, Peer).

%% However many messages come, the loop closes when no data have come for a second. Each line is shown once, and not what
%% was asked: the last message may come before or after the timeout, and then the loop has asked once more or not.
flood() ->
    {Loop, Peer} = start(false),
    feed(Loop),
    once_each([Line || Line <- said_until_the_end(Loop), string:prefix(Line, "asked") =:= nomatch]) ++ ending(Loop, Peer).

feed(Loop) ->
    Loop ! {fake, again},
    case is_process_alive(Loop) of
        true -> receive after 20 -> feed(Loop) end;
        false -> ok
    end.

peer_closes() ->
    {Loop, Peer} = start(false),
    Asked = said(Loop, 1),
    ok = gen_tcp:close(Peer),
    Left = unread(Loop, 1),
    Loop ! {fake, anybody},
    Asked ++ Left ++ said(Loop, 2) ++ unread(Loop, 1).

active() ->
    {Loop, Peer} = start(true),
    Asked = said(Loop, 1),
    ok = gen_tcp:send(Peer, "hello"),
    Asked ++ unread(Loop, 1).

%% ---- the stage

%% The process of the loop, which owns an accepted socket, and the far end of the connection.
start(Active) ->
    Self = self(),
    Loop = spawn_link(fun() ->
        {ok, Listener} = gen_tcp:listen(0, [binary, {active, Active}, {ip, {127, 0, 0, 1}}]),
        {ok, Port} = inet:port(Listener),
        Self ! {port, Port},
        {ok, Socket} = gen_tcp:accept(Listener),
        loop(Socket, fun(Format, Args) -> Self ! {said, self(), io_lib:format(Format, Args)} end)
    end),
    Port = receive {port, Number} -> Number end,
    {ok, Peer} = gen_tcp:connect({127, 0, 0, 1}, Port, [binary, {active, false}]),
    {Loop, Peer}.

%% The next so many lines of the loop.
said(Loop, Count) ->
    [receive {said, Loop, Line} -> Line end || _ <- lists:seq(1, Count)].

said_until_the_end(Loop) ->
    receive {said, Loop, Line} -> [Line | said_until_the_end(Loop)] after 0 -> [] end.

once_each(Lines) ->
    lists:foldl(fun(Line, Seen) -> case lists:member(Line, Seen) of true -> Seen; false -> Seen ++ [Line] end end, [], Lines).

%% The loop's last words, and what its peer sees.
ending(Loop, Peer) ->
    {error, closed} = gen_tcp:recv(Peer, 0),
    said_until_the_end(Loop) ++ ["the peer sees the end"].

%% The loop waits with so many messages in its mailbox that it does not take.
unread(Loop, Count) ->
    case process_info(Loop, [status, messages]) of
        [{status, waiting}, {messages, Messages}] when length(Messages) =:= Count ->
            [io_lib:format("it waits, and leaves unread ~p", [setelement(2, Each, socket)]) || Each <- Messages];
        _ -> receive after 1 -> unread(Loop, Count) end
    end.
