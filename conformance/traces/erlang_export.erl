
%% What follows is the same in every reproduction: it does the steps above and compares what it sees with what was seen.

main() ->
    Status = run(),
    timer:sleep(200), % what was printed is on its way; flushing it would also wait for busy sockets, for ever
    halt(Status, [{flush, false}]).

%% 0 if everything is seen again, 1 if not.
run() ->
    put(tag, make_ref()), % with which all begins that the processes here tell each other: no step can say it
    put(failed, 0),
    Unique = integer_to_list(rand:uniform(1 bsl 60), 36),
    put(folder, filename:join(os:getenv("TMPDIR", "/tmp"), "gen-tck-repro-" ++ Unique)),
    io:format("~ts~n", [about()]),
    try lists:foreach(fun step/1, steps()) catch throw:cannot_go_on -> ok after file:del_dir_r(get(folder)) end,
    case get(failed) of
        0 -> io:format("~nREPRODUCED: everything was seen again as recorded.~n"), 0;
        N -> io:format("~nDIFFERENT: ~b observation(s) differ from the recording.~n", [N]), 1
    end.

step({spawn, P, Name, Pid}) ->
    Tag = get(tag),
    Actor = spawn(fun() -> actor(Tag) end),
    put({actor, P}, Actor), put({name, P}, Name), bind(Pid, Actor);
step({listen, L, Port, Buffer}) ->
    {ok, S} = gen_tcp:listen(0, [{ip, {127, 0, 0, 1}} | peer_options(Buffer)]),
    {ok, Actual} = inet:port(S),
    put({listener, L}, S), put({port, Port}, Actual);
step({accept, L, Peer}) ->
    connected(Peer, "the subject's connection", gen_tcp:accept(get({listener, L}), 5000));
step({dial, Port, refused}) ->
    check("connecting to the subject's port", {error, econnrefused},
          gen_tcp:connect({127, 0, 0, 1}, get({port, Port}), [], 5000));
step({dial, Port, Peer, Buffer}) ->
    connected(Peer, "connecting to the subject's port",
              gen_tcp:connect({127, 0, 0, 1}, get({port, Port}), peer_options(Buffer), 5000));
step({offer, Peer, Data}) ->
    io:format("  peer ~b sends ~ts~n", [Peer, short(Data)]),
    Tag = get(tag),
    get({peer, Peer}) ! {Tag, send, self(), Data},
    receive {Tag, sent, _} -> timer:sleep(5) after 100 -> go_on end; % it may have to wait for room
step({finish, Peer}) ->
    io:format("  peer ~b ends its stream (FIN)~n", [Peer]), to_peer(Peer, finish);
step({close, Peer}) ->
    io:format("  peer ~b closes~n", [Peer]), to_peer(Peer, close);
step({reset, Peer}) ->
    io:format("  peer ~b resets (RST)~n", [Peer]), to_peer(Peer, reset);
step({call, C, P, M, F, Args}) ->
    io:format("  ~ts: ~ts:~ts(~ts)~n", [get({name, P}), M, F, lists:join(", ", [show(A) || A <- Args])]),
    get({actor, P}) ! {get(tag), do, self(), C, M, F, Args, get()};
step({outcome, C, Recorded}) ->
    Tag = get(tag),
    Seen = receive {Tag, came_back, C, Outcome} -> Outcome after 5000 -> blocked end,
    check("  it came back", Recorded, Seen);
step({ended, P, C, Recorded}) ->
    Actor = get({actor, P}),
    Tag = get(tag),
    Ref = monitor(process, Actor),
    Seen = receive {'DOWN', Ref, _, _, R} -> {ended, case R of noproc -> Recorded; _ -> R end};
                   {Tag, came_back, C, O} -> O
           after 5000 -> blocked end,
    check("  its process", {ended, Recorded}, Seen);
step({blocked, C}) ->
    Tag = get(tag),
    Seen = receive {Tag, came_back, C, Outcome} -> Outcome after 500 -> blocked end,
    check("  it has not come back", blocked, Seen);
step({mailbox, P, Recorded}) ->
    Seen = until(Recorded, fun() -> mailbox(get({actor, P}), Recorded) end, 100),
    put({pieces, P}, {length(Recorded), length(mailbox(get({actor, P})))}),
    check(io_lib:format("  messages to ~ts", [get({name, P})]), Recorded, Seen);
step({no_more, P, Recorded}) ->
    timer:sleep(100),
    check(io_lib:format("  in the end, messages to ~ts", [get({name, P})]), Recorded,
          mailbox(get({actor, P}), Recorded));
step({peer_open, Peer}) ->
    check(io_lib:format("  in the end, peer ~b sees", [Peer]), an_open_connection, ask(get({peer, Peer}), read_end));
step({status, P, Recorded}) ->
    check(io_lib:format("  ~ts is", [get({name, P})]), Recorded, until(Recorded, fun() -> status(P) end, 100));
step({take, P, N}) ->
    ask(get({actor, P}), {take, case get({pieces, P}) of {N, Seen} -> Seen; _ -> N end});
step({exit, P, Reason}) ->
    io:format("  exit signal ~ts to ~ts~n", [show(Reason), get({name, P})]),
    exit(get({actor, P}), resolve(Reason)), timer:sleep(20);
step({peer_data, Peer, Data}) ->
    Seen = ask(get({peer, Peer}), {read, byte_size(Data)}),
    check(io_lib:format("  peer ~b receives", [Peer]), Data, Seen);
step({peer_end, Peer, How}) ->
    check(io_lib:format("  peer ~b sees", [Peer]), How, ask(get({peer, Peer}), read_end));
step({sleep, Milliseconds}) ->
    timer:sleep(Milliseconds).

%% Comparing

check(What, Recorded, Seen) ->
    case bind(Recorded, Seen) of
        true -> io:format("~ts: ~ts~n", [What, show(Seen)]);
        false ->
            put(failed, get(failed) + 1),
            io:format("~ts: ~ts   <-- recorded was ~ts~n", [What, show(Seen), show(Recorded)])
    end.

until(_, Look, 0) -> Look();
until(Recorded, Look, N) ->
    Seen = Look(),
    case bind(Recorded, Seen) of true -> Seen; false -> timer:sleep(20), until(Recorded, Look, N - 1) end.

%% A recorded pid, port, reference or port number stands for whatever is found in its place first. A tuple that only looks
%% like one of these is quoted.
bind({'$h', _, _} = H, Seen) ->
    case get(H) of undefined -> put(H, Seen), true; Bound -> Bound =:= Seen end;
bind({'$port', N}, Seen) ->
    case get({port, N}) of undefined -> put({port, N}, Seen), is_integer(Seen); Bound -> Bound =:= Seen end;
bind({'$quoted', R}, S) when is_tuple(S) -> bind(tuple_to_list(R), tuple_to_list(S));
bind(R, S) when is_tuple(R), is_tuple(S), tuple_size(R) =:= tuple_size(S) -> bind(tuple_to_list(R), tuple_to_list(S));
bind([R | Rs], [S | Ss]) -> bind(R, S) andalso bind(Rs, Ss);
bind(R, S) when is_map(R), is_map(S), map_size(R) =:= map_size(S) ->
    lists:all(fun({K, V}) -> Key = resolve(K), is_map_key(Key, S) andalso bind(V, maps:get(Key, S)) end, maps:to_list(R));
bind(R, S) -> R =:= S.

resolve({'$h', _, _} = H) -> case get(H) of undefined -> H; Bound -> Bound end;
resolve({'$port', N}) -> get({port, N});
resolve({'$quoted', T}) -> list_to_tuple(resolve(tuple_to_list(T)));
resolve(T) when is_tuple(T) -> list_to_tuple(resolve(tuple_to_list(T)));
resolve([H | T]) -> [resolve(H) | resolve(T)];
resolve(T) when is_map(T) -> maps:from_list(resolve(maps:to_list(T)));
resolve(T) -> T.

show(T) when is_binary(T), byte_size(T) > 64 -> short(T);
show({returned, T}) -> show(T);
show(T) -> io_lib:format("~0tp", [resolve(T)]).

short(B) when byte_size(B) > 64 -> io_lib:format("~b bytes", [byte_size(B)]);
short(B) -> io_lib:format("~0tp", [B]).

%% The subject's processes

actor(Tag) ->
    receive
        {Tag, do, From, C, M, F, Args, Bound} ->
            [put(K, V) || {K, V} <- Bound],
            From ! {Tag, came_back, C, try {returned, call(M, F, resolve(Args))}
                                       catch exit:R when M =:= erlang, F =:= exit, length(Args) =:= 1 -> exit(R);
                                             K:R -> {raised, K, R} end},
            actor(Tag);
        {Tag, ask, From, Ref, {take, N}} ->
            [receive X when not is_tuple(X); X =:= {}; element(1, X) =/= Tag -> X end || _ <- lists:seq(1, N)],
            From ! {Ref, ok}, actor(Tag)
    end.

call(gen_tcp, F, Args) when F =:= listen; F =:= connect -> apply(gen_tcp, F, backend(F, Args));
call(erlang, port_command, [Port, Data | Rest]) -> apply(erlang, port_command, [Port, headed(Port, Data) | Rest]);
call(erlang, send, [Port, {Owner, {command, Data}} = Message | Rest]) ->
    Headed = {Owner, {command, headed(Port, Data)}},
    case apply(erlang, send, [Port, Headed | Rest]) of Headed -> Message; Result -> Result end;
call(file, write_file, [Name, Data]) -> _ = file:make_dir(get(folder)), file:write_file(in_folder(Name), Data);
call(file, open, [Name, Modes]) -> file:open(in_folder(Name), Modes);
call(file, sendfile, [Name, Socket]) -> file:sendfile(in_folder(Name), Socket);
call(M, F, Args) -> apply(M, F, Args).

%% Files are in a folder that nobody else knows.
in_folder(Name) -> filename:join(get(folder), Name).

backend(F, Args) ->
    N = case F of listen -> 2; connect -> 3 end,
    {Before, [Options | After]} = lists:split(N - 1, Args),
    Before ++ [backend_options() ++ Options] ++ After.

%% From OTP 26 a command on a TCP port begins with the caller's reference.
headed(Port, Data) ->
    Tcp = try erlang:port_info(Port, name) catch _:_ -> undefined end,
    case list_to_integer(erlang:system_info(otp_release)) >= 26 andalso Tcp =:= {name, "tcp_inet"} of
        true -> B = term_to_binary(make_ref(), [local]), [<<(byte_size(B)):16, B/binary>>, Data];
        false -> Data
    end.

mailbox(Pid) ->
    case process_info(Pid, messages) of
        undefined -> [];
        {messages, Ms} ->
            Tag = get(tag),
            [headless(X) || X <- Ms, not (is_tuple(X) andalso X =/= {} andalso element(1, X) =:= Tag)]
    end.

%% The messages, a stream's data cut as in the recording if it is the same: in how many pieces it comes is another each time.
mailbox(Pid, Recorded) ->
    Messages = mailbox(Pid),
    case streams() andalso bind(joined(Recorded), joined(Messages)) of
        true -> resolve(Recorded);
        false -> Messages
    end.

joined([{tcp, S, A}, {tcp, S, B} | More]) when is_binary(A), is_binary(B) -> joined([{tcp, S, <<A/binary, B/binary>>} | More]);
joined([{tcp, S, A}, {tcp, S, B} | More]) when is_list(A), is_list(B) -> joined([{tcp, S, A ++ B} | More]);
joined([Message | More]) -> [Message | joined(More)];
joined([]) -> [].

headless({inet_reply, S, Status, _}) -> {inet_reply, S, Status};
headless(M) -> M.

status(P) ->
    case process_info(get({actor, P}), [status, current_function]) of
        undefined -> ended;
        [{status, suspended} | _] -> suspended;
        [_, {current_function, {?MODULE, actor, 1}}] -> idle;
        _ -> waiting
    end.

ask(Pid, What) ->
    Ref = make_ref(), Pid ! {get(tag), ask, self(), Ref, What},
    receive {Ref, Answer} -> Answer after 10000 -> no_answer end.

%% The peers

connected(N, _, {ok, S}) -> peer(N, S);
connected(_, What, Error) -> check(What, is_there, Error), throw(cannot_go_on).

peer_options(Buffer) -> [binary, {active, false}, {nodelay, true}, {sndbuf, 65536}, {exit_on_close, false} | Buffer].

peer(N, S) ->
    Tag = get(tag),
    Pid = spawn(fun() -> receive go -> peer_loop(S, Tag) end end),
    ok = gen_tcp:controlling_process(S, Pid), Pid ! go, put({peer, N}, Pid).

to_peer(Peer, What) -> ask(get({peer, Peer}), What), timer:sleep(20).

peer_loop(S, Tag) ->
    receive
        {Tag, send, From, Data} -> From ! {Tag, sent, gen_tcp:send(S, Data)}, peer_loop(S, Tag);
        {Tag, ask, From, Ref, finish} -> gen_tcp:shutdown(S, write), From ! {Ref, ok}, peer_loop(S, Tag);
        {Tag, ask, From, Ref, close} -> gen_tcp:close(S), From ! {Ref, ok}, peer_loop(S, Tag);
        {Tag, ask, From, Ref, reset} ->
            inet:setopts(S, [{linger, {true, 0}}]), gen_tcp:close(S), From ! {Ref, ok}, peer_loop(S, Tag);
        {Tag, ask, From, Ref, {read, N}} ->
            From ! {Ref, case gen_tcp:recv(S, N, 2000) of {ok, Data} -> Data; Error -> Error end}, peer_loop(S, Tag);
        {Tag, ask, From, Ref, read_end} ->
            inet:setopts(S, [{show_econnreset, true}]),
            From ! {Ref, case gen_tcp:recv(S, 0, 2000) of
                             {error, closed} -> fin;
                             {error, econnreset} -> reset;
                             {error, timeout} -> an_open_connection;
                             Other -> Other
                         end},
            peer_loop(S, Tag)
    end.
