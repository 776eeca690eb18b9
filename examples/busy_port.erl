%% Who watches busy ports: erlang:system_monitor tells whom a slow client holds up. Run it: escript examples/busy_port.erl
%%
%% busy_port.py is the same program on the reference; both print the same.
-module(busy_port).
-export([main/1]).
-mode(compile).

-define(BIG, 1_000_000).

%% ---- the handler looks at the port: whose it is, and how much it has to send

handler(Main) ->
    undefined = erlang:system_monitor(self(), [busy_port]),
    Main ! ready,
    watch(Main).

watch(Main) ->
    receive
        {monitor, Pid, busy_port, Port} ->
            {name, Name} = erlang:port_info(Port, name),
            {connected, Owner} = erlang:port_info(Port, connected),
            {queue_size, Size} = erlang:port_info(Port, queue_size),
            {ok, [{send_pend, Pending}]} = inet:getstat(Port, [send_pend]),
            say("handler: a port ~s is busy, with bytes to send: ~p", [Name, Size > 0 andalso Pending > 0]),
            say("handler: its owner is held up: ~p", [Owner =:= Pid]),
            Main ! {held_up, Pid},
            watch(Main);
        stop ->
            {Self, Events} = erlang:system_monitor(undefined),
            say("handler: I was told of ~0p: ~p", [Events, Self =:= self()]),
            Main ! stopped
    end.

%% ---- a client that does not read, and who sends to it

main(_) ->
    Main = self(),
    Handler = spawn_link(fun() -> handler(Main) end),
    receive ready -> ok end,
    {ok, Listener} = gen_tcp:listen(0, [binary, {active, false}, {sndbuf, 4096}, {ip, {127, 0, 0, 1}}]),
    {ok, Port} = inet:port(Listener),
    {ok, Peer} = gen_tcp:connect({127, 0, 0, 1}, Port, [binary, {active, false}, {recbuf, 4096}]),
    {ok, Socket} = gen_tcp:accept(Listener),
    say("sender: ~p: the first bytes wait in the port", [gen_tcp:send(Socket, binary:copy(<<0>>, ?BIG))]),
    Senders = [spawn_link(fun() -> Main ! {sent, self(), gen_tcp:send(Socket, binary:copy(<<1>>, 10_000))} end)
               || _ <- [1, 2]],
    Pid = receive {held_up, Who} -> Who end,
    say("sender: one of two is suspended: ~p", [process_info(Pid, status) =:= {status, suspended}]),
    say("client: it reads at last", []),
    All = ?BIG + 20_000,
    All = read(Peer, All, 0),
    say("sender: ~0p", [[receive {sent, Sender, Answer} -> Answer end || Sender <- Senders]]),
    Handler ! stop,
    receive stopped -> ok end.

read(_, All, All) ->
    All;
read(Peer, All, Read) ->
    {ok, Bytes} = gen_tcp:recv(Peer, 0),
    read(Peer, All, Read + byte_size(Bytes)).

say(Format, Args) ->
    io:format(Format ++ "~n", Args).
