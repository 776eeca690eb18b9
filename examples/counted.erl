%% Loops that take so many messages at a time, with {active, N}. Run it: escript examples/counted.erl
%%
%% counted.py is the same program on the reference; both print the same.
-module(counted).
-export([main/1]).
-mode(compile).

%% ---- when three have come it looks up, and asks for three more

in_threes(Socket, Seen) ->
    receive
        {tcp, Socket, Body} ->
            in_threes(Socket, [Body | Seen]);
        {tcp_passive, Socket} ->
            say("~s, and the socket is passive", [lists:join(" ", lists:reverse(Seen))]),
            ok = inet:setopts(Socket, [{active, 3}]),
            in_threes(Socket, []);
        {tcp_closed, Socket} ->
            say("~s, and the end", [lists:join(" ", lists:reverse(Seen))])
    end.

%% ---- the count adds up, and can be taken back

adding_up(Socket, []) ->
    Counts = [begin ok = inet:setopts(Socket, [{active, N}]), {ok, [Mode]} = inet:getopts(Socket, [active]), Mode end
              || N <- [2, 5, -3, -4]],
    say("~0p", [Counts]),
    receive {tcp_passive, Socket} -> say("the socket is passive", []) end,
    say("~0p", [inet:setopts(Socket, [{active, 32768}])]),
    ok = gen_tcp:close(Socket).

main(_) ->
    scene("three at a time", fun in_threes/2, 3, 7),
    scene("adding up", fun adding_up/2, false, 0).

%% The loop gets so many packets; if it gets any, then the end.
scene(Title, Loop, Mode, Count) ->
    io:format("~s~n", [Title]),
    {ok, Listener} = gen_tcp:listen(0, [binary, {active, false}, {packet, 1}, {ip, {127, 0, 0, 1}}]),
    {ok, Port} = inet:port(Listener),
    {ok, Peer} = gen_tcp:connect({127, 0, 0, 1}, Port, [binary, {packet, 1}]),
    {ok, Socket} = gen_tcp:accept(Listener),
    [ok = gen_tcp:send(Peer, integer_to_list(N)) || N <- lists:seq(1, Count)],
    [ok = gen_tcp:close(Peer) || Count > 0],
    ok = inet:setopts(Socket, [{active, Mode}]),
    Loop(Socket, []).

say(Format, Args) ->
    io:format("    " ++ Format ++ "~n", Args).
