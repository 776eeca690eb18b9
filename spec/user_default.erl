%% The words in which the examples of the specification are written; EXAMPLES.md explains them.
%%
%% An Erlang shell takes a call without a module from the module `user_default', hence the name: compile this file, start
%% `erl' beside it, and an example can be pasted into the shell as it stands.

-module(user_default).
-export([connect/1, connect/2, accepted/1, listener/1, dial/1]).
-export([reset/1, drain/1, to_the_end/1]).
-export([start/1, result/1, another/1, blocks/1]).
-export([next/0, nothing/0, settle/0]).
-export([queued/0, queued/1, busy/0, busy/1, port_data/1, reply/1]).
-export([path/0, local/1]).

%% ---- connections: S is the socket that the example is about, Peer the other end of it

%% S is connected, binary and passive, with Opts on top. Both ends belong to the caller.
connect(Opts) ->
    connect(Opts, []).

connect(Opts, PeerOpts) ->
    {ok, L} = gen_tcp:listen(0, [{ip, loopback()} | peer_options()] ++ PeerOpts),
    {ok, Port} = inet:port(L),
    {ok, S} = gen_tcp:connect(loopback(), Port, [binary, {active, false} | Opts]),
    {ok, Peer} = gen_tcp:accept(L),
    ok = gen_tcp:close(L),
    {S, Peer}.

%% As connect/1, but S is accepted and has its options from its listener.
accepted(Opts) ->
    L = listener(Opts),
    Peer = dial(L),
    {ok, S} = gen_tcp:accept(L),
    ok = gen_tcp:close(L),
    {S, Peer}.

%% A listening socket, binary and passive, with Opts on top.
listener(Opts) ->
    {ok, L} = gen_tcp:listen(0, [binary, {active, false}, {ip, loopback()} | Opts]),
    L.

%% The peer's end of a new connection to a listener, which need not have accepted it yet.
dial(L) ->
    {ok, Port} = inet:port(L),
    {ok, Peer} = gen_tcp:connect(loopback(), Port, peer_options()),
    Peer.

loopback() ->
    {127, 0, 0, 1}.

%% A peer shows what is on the wire: bytes without framing, a reset as a reset, and it can be half-closed.
peer_options() ->
    [binary, {active, false}, {nodelay, true}, {exit_on_close, false}, {show_econnreset, true}].

%% Abort the connection: the network carries a reset.
reset(Peer) ->
    ok = inet:setopts(Peer, [{linger, {true, 0}}]),
    gen_tcp:close(Peer).

%% All that is still to come, and how it ends: {Bytes, closed | econnreset}.
to_the_end(Peer) ->
    to_the_end(Peer, <<>>).

to_the_end(Peer, Seen) ->
    case gen_tcp:recv(Peer, 0) of
        {ok, Data} -> to_the_end(Peer, <<Seen/binary, Data/binary>>);
        {error, End} -> {Seen, End}
    end.

%% From now on Peer reads all that comes and throws it away.
drain(Peer) ->
    start(fun() -> to_the_end(Peer) end),
    ok.

%% ---- local sockets

%% A path where no file is, for a local socket; the file that comes to be there goes with the caller.
path() ->
    Name = io_lib:format("gen-tck-~s-~b", [os:getpid(), erlang:unique_integer([positive])]),
    Path = iolist_to_binary([os:getenv("TMPDIR", "/tmp"), "/", Name]),
    Caller = self(),
    spawn(fun() ->
        Monitor = erlang:monitor(process, Caller),
        receive {'DOWN', Monitor, process, Caller, _} -> file:delete(Path) end
    end),
    Path.

%% As accepted/1, with a local connection; the peer has Opts, too.
local(Opts) ->
    Path = path(),
    Address = {ifaddr, {local, Path}},
    {ok, L} = gen_tcp:listen(0, [binary, {active, false}, Address | Opts]),
    {ok, Peer} = gen_tcp:connect({local, Path}, 0, [binary, {active, false} | Opts]),
    {ok, S} = gen_tcp:accept(L),
    ok = gen_tcp:close(L),
    {S, Peer}.

%% ---- processes

%% Run Fun in another process, whose pid this is. Nobody is told when it ends.
start(Fun) ->
    Self = self(),
    Keeper = spawn(fun() ->
        {Pid, Monitor} = spawn_monitor(fun() -> exit({result, catch Fun()}) end),
        Self ! {started, self(), Pid},
        Result = receive
            {'DOWN', Monitor, process, Pid, {result, Value}} -> Value;
            {'DOWN', Monitor, process, Pid, Reason} -> {'EXIT', Reason}
        end,
        erlang:monitor(process, Self),
        keep(Result)
    end),
    receive
        {started, Keeper, Pid} -> put({keeper, Pid}, Keeper), Pid
    end.

%% Only the process that called start/1 asks; the result is kept as long as it lives.
keep(Result) ->
    receive
        {result, From, Reference} -> From ! {Reference, Result}, keep(Result);
        {'DOWN', _, process, _, _} -> ok
    end.

%% What the Fun of a started process gave; waits for it. As with `catch', {'EXIT', Reason} if it raised or was ended.
result(Pid) ->
    Reference = make_ref(),
    get({keeper, Pid}) ! {result, self(), Reference},
    receive
        {Reference, Result} -> Result
    end.

%% What Fun gives when another process runs it.
another(Fun) ->
    result(start(Fun)).

%% ok if a started process is blocked in a call when everything that can happen has happened.
blocks(Pid) ->
    unchanged(Pid, state(Pid), 3).

%% One that still does something may be found waiting in the midst of it, for a port that another scheduler holds, say.
unchanged(Pid, {Blocked, _} = State, Rounds) when Blocked =:= waiting; Blocked =:= suspended ->
    settle(),
    case state(Pid) of
        State when Rounds =:= 1 -> ok;
        State -> unchanged(Pid, State, Rounds - 1);
        Other -> unchanged(Pid, Other, 3)
    end;
unchanged(Pid, ended, _) ->
    error({does_not_block, Pid});
unchanged(Pid, _, _) ->
    erlang:yield(),
    unchanged(Pid, state(Pid), 3).

state(Pid) ->
    case process_info(Pid, [status, reductions]) of
        [{status, Status}, {reductions, Reductions}] -> {Status, Reductions};
        undefined -> ended
    end.

%% ---- messages

%% The next message, whatever it is; waits for it.
next() ->
    receive
        Message -> Message
    end.

%% ok if the mailbox is empty when everything that can happen has happened.
nothing() ->
    settle(),
    receive
        Message -> error({unexpected, Message})
    after 0 -> ok
    end.

%% Wait until what is on its way has arrived: a byte on a connection of its own overtakes nothing.
settle() ->
    {S, Peer} = connect([{active, true}]),
    lists:foreach(
        fun(_) ->
            ok = gen_tcp:send(Peer, <<0>>),
            receive {tcp, S, _} -> ok end
        end,
        [first, second]
    ),
    gen_tcp:close(S),
    gen_tcp:close(Peer).

%% ---- ports: what erlang:port_command takes and gives on a TCP socket

%% As connect/1, to a peer that does not read: bytes are queued in S, and the next command makes S busy.
queued() ->
    queued([]).

queued(Opts) ->
    {S, Peer} = connect([{sndbuf, 4096} | Opts], [{recbuf, 4096}]),
    ok = another(fun() ->
        true = erlang:port_command(S, port_data(binary:copy(<<".">>, 1000000))),
        reply(S)
    end),
    {S, Peer}.

%% As queued/1, and S is busy; the command that made it so is somebody else's.
busy() ->
    busy([]).

busy(Opts) ->
    {S, Peer} = queued(Opts),
    Maker = start(fun() -> true = erlang:port_command(S, port_data(<<"!">>)), reply(S) end),
    ok = blocks(Maker),
    {S, Peer}.

%% Data as erlang:port_command wants it: from OTP 26 on, a TCP port takes a header before it that names the caller.
port_data(Data) ->
    case list_to_integer(erlang:system_info(otp_release)) >= 26 of
        true ->
            Caller = term_to_binary(make_ref(), [local]),
            [<<(byte_size(Caller)):16>>, Caller, Data];
        false ->
            Data
    end.

%% What became of a command: ok or {error, Reason}; waits for it. From OTP 26 on the message repeats the header's term.
reply(S) ->
    receive
        {inet_reply, S, Status} -> Status;
        {inet_reply, S, Status, _Caller} -> Status
    end.
