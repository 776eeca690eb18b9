%% Plays the explorer's scripts inside the VM under test, thousands a second: the fast way of conformance/explorer/script/runner.py.
%%
%% A worker, which is a process of the kit, plays one script after the other: it spawns the script's actors, is the peer of
%% their socket with a raw socket of its own (module socket), does each step and waits for exactly the changes that the
%% script says it brings. Only where they do not come, or others do, it looks at everything and reports what it sees.
%%
%% The source is compiled inside the VM under test from nothing but its text: no macros, records or includes. It has to
%% run on OTP 25.
-module(gen_tck_scripts).
-export([run/4, prepare/2, census/0]).

%% Play the scripts of Batch, the external term format of [{Number, Script}]; a script is
%% {Setting, [{Action, Changes}]}, and the last steps have been added already. Setting is {Options, Buffer, Second, Listen}:
%% the options of connect, the peer's buffer if it is stalled, else 0, whether there is a second connection, and the
%% options of listen, or none.
%% Backend is inet or socket. Patience, in milliseconds, is what a change may take. What differs is returned, as
%% {Number, Step}: the first step, counted from 0, after which not that was seen which was expected. Step -1, with a reason
%% behind it, means that the script could not begin: {refused, Why} if a call answered so, else {cannot_begin, Why}.
%%
%% If Record is true, nothing is expected. Each script is played to its end, everything is looked at after every step, and
%% all is returned: {Number, [{Seen, Spent}]}, with cannot for a step that could not be done. Spent is how many milliseconds
%% the step took, the time not counted that it let pass.
run(Batch, Backend, Patience, Record) ->
    put(opened, []),
    Reports = [Report || {Number, Script} <- binary_to_term(Batch),
                         Report <- play(Number, Script, Backend, Patience, Record)],
    Reports ++ left_over(Patience).

%% What a worker keeps for itself, and all workers together: it is there before anything is counted. Buffers: those of its
%% listeners. Files: with what is in each.
prepare(Buffers, Files) ->
    [listener(Each) || Each <- Buffers],
    [ok = gen_tck_agent:run(file, write_file, [Name, Content]) || {Name, Content} <- Files],
    _ = settler(),
    ok.

%% How many there are of what calls make, all over the VM. Those that are about to end count, too.
census() ->
    [{processes, erlang:system_info(process_count)},
     {sockets, erlang:system_info(port_count) + try socket:number_of() catch error:_ -> 0 end},
     {names, length(registered())}].

%% All processes of a script have ended after it: then its sockets are gone, or they are told of as coming after its end.
%% What is counted is how often we looked, not how late it is: without a processor nothing ends.
left_over(Looks) ->
    [{Number, Steps, outlived}
     || {Number, Steps, Sockets} <- erase(opened), not lists:all(fun(Socket) -> goes(Socket, Looks) end, Sockets)].

goes(Socket, Looks) ->
    Gone = case Socket of
               {'$inet', _, {Server, _}} -> not is_process_alive(Server);
               _ -> erlang:port_info(Socket, id) =:= undefined
           end,
    Gone orelse (Looks > 0 andalso begin receive after 1 -> ok end, goes(Socket, Looks - 1) end).

play(Number, {Setting, Steps}, Backend, Patience, Record) ->
    Script = make_ref(),
    Boss = self(),
    Actors = [spawn_monitor(fun() -> actor(Boss, Script, Index) end) || Index <- [0, 1, 2, 3]],
    Pids = list_to_tuple([Pid || {Pid, _} <- Actors]),
    try
        {Sockets, Ends} = open(Setting, Script, element(1, Pids), Backend),
        trap_exits(Script, element(3, Pids)),
        Handles = lists:zip(['$owner', '$other', '$trapper', '$watcher'], tuple_to_list(Pids)) ++ Sockets,
        put(numbers, #{}),
        put(connected, []),
        put(accepted, []),
        State = #{script => Script, pids => Pids, handles => maps:from_list(Handles),
                  names => maps:from_list([{Handle, Name} || {Name, Handle} <- Handles]), ends => Ends,
                  backend => Backend, patience => Patience, at_work => at_work(Patience, Record), monitors => Actors,
                  listening => listening(Sockets),
                  busy => #{}, back => #{}, mailboxes => {[], [], [], []},
                  statuses => {running, running, running, running}},
        Reports = case Record of
                      true -> [{Number, record(Steps, now_ms(), State)}];
                      false -> steps(Steps, 0, Number, State)
                  end,
        put(opened, [{Number, length(Steps), [Socket || {_, Socket} <- Sockets] ++ get(accepted)} | get(opened)]),
        Reports
    catch
        throw:{cannot_begin, Why} -> [{Number, -1, {cannot_begin, Why}}];
        throw:{refused, Why} -> [{Number, -1, {refused, Why}}]
    after
        clean_up(Script, Actors),
        Watched = lists:any(fun({{call, _, erlang, system_monitor, _}, _}) -> true; (_) -> false end, Steps),
        Watched andalso gen_tck_agent:end_system_monitor()
    end.

%% Milliseconds for which a process that is at work is waited for. What is recorded is judged as what came of a step: on a
%% machine that is busy with other things a process may want its turn for long, and then it comes of the next one.
at_work(Patience, false) -> Patience;
at_work(Patience, true) -> 50 * Patience.

trap_exits(Script, Trapper) ->
    Trapper ! {Script, call, erlang, process_flag, [trap_exit, true]},
    receive {'$back', Script, 2, _} -> ok end.

%% The owner opens the sockets; the far ends of its connections are ours.
open({Options, Buffer, Second, Listen}, Script, Owner, Backend) ->
    Connected = [connect(Script, Owner, Backend, Options, Size, Name)
                 || {Name, Size} <- [{peer, Buffer} | [{'second peer', 0} || Second]]],
    Sockets = lists:zip(lists:sublist(['$socket', '$second'], length(Connected)), [Socket || {_, #{socket := Socket}} <- Connected]),
    Listening = [{'$listener', owner_opens(Script, Owner, listen, [0, with_backend(Backend, Listen)])} || Listen =/= none],
    Clients = [{Name, #{socket => none, peer => none, reading => all, slow => false, data => <<>>, sent => 0, finished => no,
                        'end' => open, before_end => open}} || Name <- clients(), Listen =/= none],
    {Sockets ++ Listening, maps:from_list(Connected ++ Clients)}.

clients() -> [client, 'second client'].

%% Where clients connect to.
listening(Sockets) ->
    case lists:keyfind('$listener', 1, Sockets) of
        {_, Listener} -> {ok, Port} = inet:port(Listener), Port;
        false -> none
    end.

with_backend(socket, Options) -> [{inet_backend, socket} | Options];
with_backend(_, Options) -> Options.

%% A VM that is given no processor does not hang: what counts is how often it woke and nothing had come, not how late.
slices() -> 100.
slice() -> 100.

owner_opens(Script, Owner, Function, Args) ->
    Owner ! {Script, call, gen_tcp, Function, Args},
    opened(Script, Function, slices()).

opened(_, Function, 0) -> throw({cannot_begin, {Function, hangs}});
opened(Script, Function, Slices) ->
    receive
        {'$back', Script, 0, {returned, {ok, Socket}}} -> Socket;
        {'$back', Script, 0, {returned, Answer}} -> throw({refused, {Function, Answer}});
        {'$back', Script, 0, {raised, Class, Reason}} -> throw({refused, {Function, Class, Reason}})
    after slice() -> opened(Script, Function, Slices - 1)
    end.

accepted(Listener, Slices) ->
    case socket:accept(Listener, slice()) of
        {error, timeout} when Slices > 1 -> accepted(Listener, Slices - 1);
        Accepted -> Accepted
    end.

%% A connection of the owner's, with its far end: the peer, and what that has done and read.
connect(Script, Owner, Backend, Options, Buffer, Name) ->
    {Listener, Port} = listener(Buffer),
    Socket = owner_opens(Script, Owner, connect, [{127, 0, 0, 1}, Port, with_backend(Backend, Options)]),
    case accepted(Listener, slices()) of
        {ok, Peer} ->
            put(Name, Peer),
            {Name, #{socket => Socket, peer => Peer, reading => case Buffer of 0 -> all; _ -> 0 end, slow => Buffer > 0, data => <<>>, sent => 0, finished => no,
                     'end' => open, before_end => open}};
        {error, Reason} -> throw({cannot_begin, {accept, Reason}})
    end.

%% Each worker has a listener of its own for each size of buffer, so that no two share the numbers of ports.
listener(Buffer) ->
    case get({listener, Buffer}) of
        undefined ->
            {ok, Listener} = socket:open(inet, stream, tcp),
            Buffer =:= 0 orelse (ok = socket:setopt(Listener, {socket, rcvbuf}, Buffer)),
            ok = socket:bind(Listener, #{family => inet, addr => {127, 0, 0, 1}, port => 0}),
            ok = socket:listen(Listener, 16),
            {ok, #{port := Port}} = socket:sockname(Listener),
            put({listener, Buffer}, {Listener, Port}),
            {Listener, Port};
        Known -> Known
    end.

%% Commands begin with a reference that nobody else knows, as in gen_tck_agent.
actor(Boss, Script, Index) ->
    receive
        {Script, call, erlang, exit, [Reason]} ->
            exit(Reason);
        {Script, call, Module, Function, Args} ->
            Outcome = try
                          {returned, gen_tck_agent:run(Module, Function, Args)}
                      catch
                          Class:Reason -> {raised, Class, Reason}
                      end,
            Boss ! {'$back', Script, Index, Outcome}
    end,
    actor(Boss, Script, Index).

clean_up(Script, Actors) ->
    [exit(Pid, kill) || {Pid, _} <- Actors],
    [demonitor(Monitor, [flush]) || {_, Monitor} <- Actors],
    flush(Script),
    [reset(Peer) || Peer <- [erase(Name) || Name <- [peer, 'second peer' | clients()]], Peer =/= undefined].

reset(Peer) ->
    _ = socket:setopt(Peer, {socket, linger}, #{onoff => true, linger => 0}),
    socket:close(Peer).

flush(Script) ->
    receive {'$back', Script, _, _} -> flush(Script) after 0 -> ok end.

%% Steps

steps([], Step, Number, State) ->
    {Seen, _} = observe_settled(1, State),
    [{Number, Step} || Seen =/= []];
steps([{Action, Changes} | Rest], Step, Number, State) ->
    case can(Action, State) of
        false -> [{Number, Step}];
        true ->
            Began = now_ms(),
            State1 = act(Action, State),
            Deadline = Began + maps:get(patience, State) + pause(Action),
            blocks(Action, Changes, Deadline, State1),
            arrives(Action, Changes, Deadline, State1),
            case await(Changes, Deadline, State1) of
                {ok, State2} ->
                    noticed(Action, Deadline, State2),
                    timer:sleep(max(0, Began + pause(Action) - now_ms())),
                    steps(Rest, Step + 1, Number, commit(Changes, State2));
                differs -> [{Number, Step}]
            end
    end.

%% The same steps, whatever follows from them. Each begins where the one before it ended, so that no time is lost between.
record([], _, _) -> [];
record([{Action, _} | Rest], Before, State) ->
    case can(Action, State) of
        false -> [cannot | record(Rest, Before, State)];
        true ->
            Began = now_ms(),
            State1 = act(Action, State),
            Deadline = Began + maps:get(patience, State) + pause(Action),
            blocks(Action, [], Began + maps:get(at_work, State), State1),
            arrives(Action, [], Deadline, State1),
            noticed(Action, Deadline, State1),
            timer:sleep(max(0, Began + pause(Action) - now_ms())),
            {Seen, State2} = observe_settled(2, State1),
            Now = now_ms(),
            put(numbers, maps:get(met, State2)),
            [{Seen, max(0, Now - Before - pause(Action))} | record(Rest, Now, (commit(Seen, State2))#{back := #{}})]
    end.

%% A call that is not to come back has begun only when its process waits: until then it has not been made.
blocks({call, Actor, _, _, _}, Changes, Deadline, State) ->
    [wait_until_waiting(element(Actor + 1, maps:get(pids, State)), Deadline)
     || not lists:any(fun(Change) -> is_tuple(Change) andalso {call, Actor} =:= {element(1, Change), element(2, Change)} end,
                      Changes)];
blocks(_, _, _, _) -> ok.

wait_until_waiting(Pid, Deadline) ->
    case process_info(Pid, status) of
        {status, Status} when Status =/= waiting, Status =/= suspended ->
            erlang:yield(),
            now_ms() > Deadline orelse wait_until_waiting(Pid, Deadline);
        _ -> ok
    end.

%% What the peer did has reached the socket, which may not show: on a busy machine the kernel takes its time. The socket's
%% kernel knows (TCP_INFO: the state at 0, the number of bytes received at 128).
arrives(Action, [], Deadline, State) -> arrived(Action, Deadline, State);
arrives(Action, [settle], Deadline, State) -> arrived(Action, Deadline, State);
arrives(_, _, _, _) -> ok.

arrived({peer, Name, What, _} = Action, Deadline, #{ends := Ends} = State) when What =/= read, What =/= connect ->
    #{Name := #{sent := Sent, finished := Finished} = End} = Ends,
    There = case tcp_info(near(Name, End)) of
                {ok, [{raw, 6, 11, <<Tcp, _:127/binary, Received:64/native, _/binary>>}]} ->
                    case Finished of
                        no -> Received >= Sent orelse Tcp =:= 7;
                        fin -> not lists:member(Tcp, [1, 4, 5]);
                        reset -> Tcp =:= 7
                    end;
                _ -> true % closed, not accepted yet, or no such thing here
            end,
    There orelse now_ms() > Deadline orelse begin receive after 1 -> ok end, arrived(Action, Deadline, State) end;
arrived(_, _, _) -> ok.

%% That a process has ended reaches the ports it owned a moment later.
noticed({exit, _, _}, Deadline, #{handles := Handles}) ->
    [owner_lives(Port, Deadline) || Port <- maps:values(Handles) ++ get(accepted), is_port(Port)];
noticed(_, _, _) -> ok.

owner_lives(Port, Deadline) ->
    case erlang:port_info(Port, connected) of
        {connected, Owner} ->
            is_process_alive(Owner) orelse now_ms() > Deadline
                orelse begin erlang:yield(), owner_lives(Port, Deadline) end;
        undefined -> true
    end.

pause({sleep, Milliseconds}) -> Milliseconds;
pause(_) -> 0.

can({call, Actor, _, _, Args}, #{busy := Busy, statuses := Statuses}) ->
    not is_map_key(Actor, Busy) andalso element(Actor + 1, Statuses) =/= ended
        andalso not lists:any(fun(Name) -> accepted(Name) =:= none end, Args);
can({peer, Name, What, _}, #{ends := Ends}) when What =/= connect ->
    #{Name := #{peer := Peer}} = Ends,
    Peer =/= none;
can(_, _) -> true.

act({call, Actor, Module, Function, Args}, #{script := Script, pids := Pids, busy := Busy, backend := Backend} = State) ->
    Real = gen_tck_agent:with_backend(Backend, Module, Function, real(Args, State)),
    element(Actor + 1, Pids) ! {Script, call, Module, Function, Real},
    State#{busy := Busy#{Actor => {Function, lists:sublist(Real, 1)}}};
act({exit, Actor, Reason}, #{pids := Pids} = State) ->
    exit(element(Actor + 1, Pids), Reason),
    State;
act({peer, Name, What, Data}, #{ends := Ends} = State) ->
    #{Name := End} = Ends,
    Given = case What of connect -> maps:get(listening, State); _ -> Data end,
    State#{ends := Ends#{Name := peer_acts(What, Given, Name, End)}};
act({sleep, _}, State) ->
    State.

peer_acts(connect, Port, Name, End) ->
    {ok, Peer} = socket:open(inet, stream, tcp),
    case socket:connect(Peer, #{family => inet, addr => {127, 0, 0, 1}, port => Port}) of
        ok ->
            put(Name, Peer),
            put(connected, get(connected) ++ [Name]),
            End#{peer := Peer};
        {error, _} -> % who is refused is answered with a reset
            _ = socket:close(Peer),
            End#{'end' := reset}
    end;
peer_acts(send, Data, _, #{peer := Peer, sent := Sent} = End) ->
    _ = socket:send(Peer, Data, 5000),
    End#{sent := Sent + byte_size(Data)};
peer_acts(fin, _, _, #{peer := Peer} = End) ->
    _ = socket:shutdown(Peer, write),
    End#{finished := fin};
peer_acts(close, _, Name, End) ->
    _ = socket:close(erase(Name)),
    End#{reading := 0, finished := fin};
peer_acts(reset, _, Name, End) ->
    _ = reset(erase(Name)),
    End#{reading := 0, finished := reset};
peer_acts(read, Count, _, #{reading := Left} = End) when is_integer(Count) ->
    %% A larger buffer would take what the peer is not to read.
    End#{reading := Left + Count};
peer_acts(read, _, _, #{peer := Peer} = End) ->
    %% Through a small window much data takes long.
    _ = socket:setopt(Peer, {socket, rcvbuf}, 1 bsl 20),
    End#{reading := all}.

%% What was accepted gets the next of two names when we meet it first; the others have none.
meet(Socket) ->
    Known = get(accepted),
    length(Known) < 2 andalso not lists:member(Socket, Known) andalso put(accepted, Known ++ [Socket]).

%% The socket of a name: none if nothing has been accepted that has it, unknown if it is no such name.
accepted('$accepted') -> nth(1, get(accepted));
accepted('$accepted2') -> nth(2, get(accepted));
accepted(_) -> unknown.

nth(At, Sockets) when length(Sockets) >= At -> lists:nth(At, Sockets);
nth(_, _) -> none.

name_of(Socket, Names) ->
    case {Names, get(accepted)} of
        {#{Socket := Name}, _} -> Name;
        {_, [Socket | _]} -> '$accepted';
        {_, [_, Socket]} -> '$accepted2';
        _ -> '$port'
    end.

%% The node's end of a connection, if it is known: whoever connected first was accepted first.
near(Name, #{socket := none}) ->
    case get(connected) of
        [Name | _] -> nth(1, get(accepted));
        [_, Name] -> nth(2, get(accepted));
        _ -> none
    end;
near(_, #{socket := Socket}) -> Socket.

%% Handles for their names, however deep they stand.
real('$bulk', _) -> binary:copy(<<0>>, 131072);
real(Name, #{handles := Handles}) when is_atom(Name) ->
    case accepted(Name) of
        unknown -> maps:get(Name, Handles, Name);
        none -> Name;
        Socket -> Socket
    end;
real([Head | Tail], State) -> [real(Head, State) | real(Tail, State)];
real(Term, State) when is_tuple(Term) -> list_to_tuple(real(tuple_to_list(Term), State));
real(Term, State) when is_map(Term) -> maps:from_list(real(maps:to_list(Term), State));
real(Term, _) -> Term.

%% Waiting for changes, in the order in which they stand.

await([], _, State) -> {ok, State};
await([settle | Rest], Deadline, State) ->
    settle(State),
    await(Rest, Deadline, State);
await([Change | Rest], Deadline, State) ->
    case comes(Change, Deadline, 0, State) of
        {true, State1} -> await(Rest, Deadline, State1);
        {false, _} -> differs
    end.

comes({call, Actor, Outcome}, Deadline, _, State) ->
    case came_back(Actor, Deadline, State) of
        {Outcome, #{back := Back} = State1} -> {true, State1#{back := maps:remove(Actor, Back)}};
        {_, State1} -> {false, State1}
    end;
comes({status, Actor, ended}, Deadline, _, State) ->
    ends(Actor, Deadline, State);
comes({Name, Data, Wanted}, Deadline, _, #{ends := Ends} = State) when is_map_key(Name, Ends) ->
    #{Name := End} = Ends,
    #{data := Read, 'end' := Ended} = End1 = read_until(size_of(Data), Wanted, Deadline, End),
    {Ended =:= Wanted andalso pieces(Read) =:= Data, State#{ends := Ends#{Name := End1}}};
comes(Change, Deadline, Tries, State) ->
    case is_so(Change, State) of
        true -> {true, State};
        false ->
            case now_ms() > Deadline of
                true -> {false, State};
                false ->
                    case Tries < 4 of
                        true -> erlang:yield();
                        false -> receive after min(10, Tries div 4) -> ok end
                    end,
                    comes(Change, Deadline, Tries + 1, State)
            end
    end.

is_so({mailbox, Actor, Messages}, #{pids := Pids} = State) ->
    Numbers = get(numbers),
    case mailbox(element(Actor + 1, Pids), State) of
        Messages -> true;
        _ ->
            put(numbers, Numbers), % a message may only have passed by
            false
    end;
is_so({status, Actor, Status}, #{pids := Pids}) ->
    status(element(Actor + 1, Pids)) =:= Status.

came_back(Actor, Deadline, #{back := Back} = State) ->
    case Back of
        #{Actor := Outcome} -> {Outcome, State};
        #{} ->
            case next(left(Deadline), State) of
                timeout -> {none, State};
                State1 -> came_back(Actor, Deadline, State1)
            end
    end.

ends(Actor, Deadline, #{statuses := Statuses} = State) ->
    case element(Actor + 1, Statuses) of
        ended -> {true, State};
        _ ->
            case maps:is_key({ended, Actor}, State) of
                true -> {true, State};
                false ->
                    case next(left(Deadline), State) of
                        timeout -> {false, State};
                        State1 -> ends(Actor, Deadline, State1)
                    end
            end
    end.

%% Take in one thing that an actor has told us: that its call came back, or that it ended.
next(Time, #{script := Script, back := Back, busy := Busy, monitors := Monitors} = State) ->
    receive
        {'$back', Script, Actor, Outcome} ->
            case {Busy, Outcome} of
                {#{Actor := {accept, _}}, {returned, {ok, Socket}}} -> meet(Socket);
                _ -> ok
            end,
            Normal = case Busy of
                         #{Actor := {sendfile, _}} -> counted(Outcome, State);
                         #{} -> outcome(Outcome, State)
                     end,
            State#{back := Back#{Actor => Normal}, busy := maps:remove(Actor, Busy)};
        {'DOWN', Monitor, process, _, Reason} ->
            Actor = index(Monitor, Monitors, 0),
            State1 = State#{{ended, Actor} => true},
            case Busy of
                #{Actor := _} ->
                    State1#{back := Back#{Actor => {ended, normal(Reason, State)}}, busy := maps:remove(Actor, Busy)};
                #{} -> State1
            end
    after Time -> timeout
    end.

index(Monitor, [{_, Monitor} | _], Index) -> Index;
index(Monitor, [_ | Rest], Index) -> index(Monitor, Rest, Index + 1).

pump(State) ->
    case next(0, State) of
        timeout -> State;
        State1 -> pump(State1)
    end.

left(Deadline) -> max(0, Deadline - now_ms()).

now_ms() -> erlang:monotonic_time(millisecond).

%% The peer

read_until(_, _, _, #{reading := 0} = End) -> End;
read_until(_, _, _, #{peer := none} = End) -> End;
read_until(_, _, _, #{'end' := Ended} = End) when Ended =/= open -> End;
read_until(Size, open, _, #{data := Data} = End) when byte_size(Data) >= Size -> End;
read_until(Size, Wanted, Deadline, #{peer := Peer, data := Data} = End) ->
    acknowledge(Peer),
    case socket:recv(Peer, at_once(Size - byte_size(Data), End), [], left(Deadline)) of
        {ok, More} -> read_until(Size, Wanted, Deadline, has_read(More, End));
        {error, timeout} -> End;
        {error, {timeout, More}} -> has_read(More, End);
        {error, {closed, More}} -> (has_read(More, End))#{'end' := fin};
        {error, {_, More}} -> (has_read(More, End))#{'end' := reset};
        {error, closed} -> End#{'end' := fin};
        {error, _} -> End#{'end' := reset}
    end.

%% How many bytes are asked for: as many as there are, or those of the part that is to be read which are waited for, a few
%% at a time: what a small window lets through is acknowledged each time.
at_once(_, #{reading := all}) -> 0;
at_once(Missing, #{reading := Left}) -> lists:min([Left, max(1, Missing), 8192]).

%% Of what was read last the kernel is told at once, as nobody may read any more, and it makes room.
has_read(More, #{reading := all, data := Data} = End) -> End#{data := <<Data/binary, More/binary>>};
has_read(More, #{reading := Left, data := Data, peer := Peer} = End) ->
    acknowledge(Peer),
    End#{data := <<Data/binary, More/binary>>, reading := Left - byte_size(More)}.

%% What has come is acknowledged at once (TCP_QUICKACK): otherwise what is sent next in small pieces waits for it.
acknowledge(Peer) -> _ = socket:setopt_native(Peer, {6, 12}, <<1:32/native>>).

%% How many bytes a change speaks of at least.
size_of(Data) -> lists:sum([case Each of {zeros, Lots} when is_integer(Lots) -> Lots * 131072; {zeros, some} -> 131072; _ -> byte_size(Each) end || Each <- Data]).

%% Bytes as changes show them: see conformance/explorer/script/script.py.
pieces(<<>>) -> [];
pieces(Data) when byte_size(Data) < 2048 -> [Data];
pieces(Data) -> cut(Data, 0, 0).

cut(Data, Start, At) when At =:= byte_size(Data) ->
    [binary:part(Data, Start, At - Start) || At > Start];
cut(Data, Start, At) ->
    case zeros(Data, At) of
        Zeros when Zeros >= 2048 ->
            How = case Zeros rem 131072 =< 64 of true -> Zeros div 131072; false -> some end,
            [binary:part(Data, Start, At - Start) || At > Start] ++ [{zeros, How} | cut(Data, At + Zeros, At + Zeros)];
        Zeros -> cut(Data, Start, At + max(1, Zeros))
    end.

zeros(Data, At) -> zeros(Data, At, byte_size(Data)) - At.

zeros(Data, At, Size) when At + 64 =< Size ->
    case binary:part(Data, At, 64) of
        <<0:512>> -> zeros(Data, At + 64, Size);
        _ -> few_zeros(Data, At, Size)
    end;
zeros(Data, At, Size) -> few_zeros(Data, At, Size).

few_zeros(Data, At, Size) when At < Size ->
    case binary:at(Data, At) of
        0 -> few_zeros(Data, At + 1, Size);
        _ -> At
    end;
few_zeros(_, At, _) -> At.

%% Looking at everything

%% What is there when it looks the same so many times more, each time settled.
observe_settled(Quiet, State) ->
    settle(State),
    {Seen, State1} = observe(State),
    look_again(Quiet, Quiet, Seen, State1, 300).

look_again(0, _, Seen, State, _) -> {Seen, State};
look_again(_, _, Seen, State, 0) -> {Seen, State};
look_again(Left, Quiet, Before, State, Tries) ->
    settle(State),
    {Now, State1} = observe(State),
    case flows(State1) of
        no when Now =:= Before, Left =:= 1 -> {Now, State1};
        no when Now =:= Before -> look_later(Left - 1, Quiet, Now, State1, Tries);
        unknown when Now =:= Before -> look_later(min(Left, Quiet + 40) - 1, Quiet + 40, Now, State1, Tries);
        unknown -> look_later(Quiet + 40, Quiet + 40, Now, State1, Tries);
        _ -> look_later(Quiet, Quiet, Now, State1, Tries)
    end.

look_later(Left, Quiet, Seen, State, Tries) ->
    receive after 1 -> ok end,
    look_again(Left, Quiet, Seen, State, Tries - 1).

%% Whether bytes are under way to a peer that reads: in the queue of a port, in the kernel (TCP_INFO: unacknowledged
%% packets at 24, bytes not sent at 144), or with somebody who sends. Of a socket that is closed nobody knows.
flows(#{ends := Ends, busy := Busy}) ->
    case lists:usort([flows_to(End, near(Name, End), maps:values(Busy)) || {Name, End} <- maps:to_list(Ends)]) of
        [no] -> no;
        All -> case lists:member(yes, All) of true -> yes; false -> unknown end
    end.

flows_to(#{reading := Reading, 'end' := open, slow := Slow}, Socket, Calls) when Reading =/= 0, Socket =/= none ->
    % who sends through a port may be held up for ever, and the port has the bytes
    Sent = not is_port(Socket) andalso lists:member({send, [Socket]}, Calls),
    case tcp_info(Socket) of
        {ok, [{raw, 6, 11, <<_:24/binary, Unacknowledged:32/native, _:116/binary, Unsent:32/native, _/binary>>}]} ->
            case Unacknowledged + Unsent + queued(Socket) of 0 when not Sent -> no; _ -> yes end;
        _ when Slow -> unknown;
        _ -> no
    end;
flows_to(_, _, _) -> no.

%% A socket's own process may end of the question, or of what it was doing.
tcp_info(Socket) ->
    try inet:getopts(Socket, [{raw, 6, 11, 192}]) catch _:_ -> {error, closed} end.

queued(Socket) when is_port(Socket) ->
    case erlang:port_info(Socket, queue_size) of {queue_size, Size} -> Size; undefined -> 0 end;
queued(_) -> 0.

%% All changes since the last commit.
observe(Before) ->
    State = #{back := Back, pids := Pids, mailboxes := Mailboxes, statuses := Statuses, ends := Ends} = pump(Before),
    Calls = [{call, Actor, Outcome} || {Actor, Outcome} <- maps:to_list(Back)],
    Now = [case maps:is_key({ended, Actor}, State) of
               true -> ended;
               false -> status(element(Actor + 1, Pids))
           end || Actor <- [0, 1, 2, 3]],
    Ended = [{status, Actor, Status} || {Actor, Status} <- lists:zip([0, 1, 2, 3], Now),
                                        Status =/= element(Actor + 1, Statuses)],
    Numbers = get(numbers), % a message may only pass by
    Mail = [{mailbox, Actor, Messages}
            || {Actor, Status} <- lists:zip([0, 1, 2, 3], Now), Status =/= ended,
               Messages <- [mailbox(element(Actor + 1, Pids), State)], Messages =/= element(Actor + 1, Mailboxes)],
    Met = put(numbers, Numbers),
    At = now_ms(),
    Ends1 = maps:map(fun(_, End) -> read_until(1 bsl 40, fin, At, End) end, Ends),
    Read = [{Name, pieces(Data), End} || {Name, #{data := Data, 'end' := End, before_end := BeforeEnd}} <- maps:to_list(Ends1),
                                         Data =/= <<>> orelse End =/= BeforeEnd],
    {Calls ++ Ended ++ Mail ++ Read, State#{ends := Ends1, met => Met}}.

commit(Changes, State) -> lists:foldl(fun commit_one/2, State, Changes).

commit_one({mailbox, Actor, Messages}, #{mailboxes := Mailboxes} = State) ->
    State#{mailboxes := setelement(Actor + 1, Mailboxes, Messages)};
commit_one({status, Actor, Status}, #{statuses := Statuses} = State) ->
    State#{statuses := setelement(Actor + 1, Statuses, Status)};
commit_one({Name, _, Ended}, #{ends := Ends} = State) when is_map_key(Name, Ends) ->
    #{Name := End} = Ends,
    State#{ends := Ends#{Name := End#{data := <<>>, before_end := Ended}}};
commit_one(_, State) ->
    State.

mailbox(Pid, #{script := Script} = State) ->
    case process_info(Pid, messages) of
        {messages, Messages} ->
            [normal(gen_tck_agent:shape(Each), State) || Each <- Messages, not is_command(Each, Script)];
        undefined -> []
    end.

is_command(Message, Script) ->
    is_tuple(Message) andalso tuple_size(Message) > 0 andalso element(1, Message) =:= Script.

status(Pid) ->
    case process_info(Pid, status) of
        {status, suspended} -> suspended;
        undefined -> ended;
        _ -> running
    end.

%% How many bytes of a file were sent is no number of a request.
counted({returned, {ok, Count}}, _) -> {returned, {ok, Count}};
counted(Outcome, State) -> outcome(Outcome, State).

outcome({returned, {ok, Number}}, _) when is_integer(Number) -> {returned, {ok, number(Number)}};
outcome({returned, Value}, State) -> {returned, normal(Value, State)};
outcome({raised, Class, {_, {gen_statem, call, _}}}, _) -> {raised, Class, '$crash'};
outcome({raised, Class, Reason}, State) -> {raised, Class, normal(Reason, State)}.

%% Terms with names for handles; numbers of requests in the order in which they are met.
normal(Term, _) when is_binary(Term), byte_size(Term) >= 2048 -> '$lot'; % how much it is is the kernel's business
normal(Term, _) when byte_size(Term) >= 2048 -> '$lot';
normal(Term, _) when is_atom(Term); is_binary(Term); is_integer(Term) -> Term;
normal(Socket, #{names := Names}) when is_port(Socket) -> name_of(Socket, Names);
normal({'$inet', _, _} = Socket, #{names := Names}) -> name_of(Socket, Names);
normal({inet_async, Socket, Number, Status}, #{names := Names} = State) ->
    case {Names, Status} of
        {#{Socket := '$listener'}, {ok, Accepted}} -> meet(Accepted);
        _ -> ok
    end,
    {inet_async, normal(Socket, State), number(Number), normal(Status, State)};
normal({{_, _, _, _} = Address, Number}, _) when is_integer(Number) -> {Address, port_number(Number)};
normal(Term, State) when is_tuple(Term) -> list_to_tuple([normal(Each, State) || Each <- tuple_to_list(Term)]);
normal([Head | Tail], State) -> [normal(Head, State) | normal(Tail, State)];
normal(Pid, #{names := Names}) when is_pid(Pid) -> maps:get(Pid, Names, '$pid');
normal(Reference, _) when is_reference(Reference) -> '$ref';
normal(Term, State) when is_map(Term) -> maps:from_list(normal(maps:to_list(Term), State));
normal(Term, _) -> Term.

%% Of the number of a TCP port, whether it is that of a peer.
port_number(Number) ->
    case [Number || {{listener, _}, {_, Port}} <- get(), Port =:= Number] of
        [] -> '$port_number';
        _ -> '$peer_port'
    end.

number(Number) ->
    Numbers = get(numbers),
    case Numbers of
        #{Number := Known} -> {'$number', Known};
        #{} ->
            New = map_size(Numbers) + 1,
            put(numbers, Numbers#{Number => New}),
            {'$number', New}
    end.

%% Settling: bytes through a connection of our own travel the way of all others, so that news of what came before them
%% has left the kernel; then each socket answers a question, which it does when it has done what it has to do, and the
%% process that knows who monitors a socket has nothing to do; and then nobody in a call has anything to do any more. This never decides whether something that is expected comes, only how
%% soon we stop looking for more.

settle(#{handles := Handles, pids := Pids, busy := Busy, at_work := Most}) ->
    leave_the_kernel(),
    Deadline = now_ms() + Most,
    [answers(Socket, Deadline) || Socket <- maps:values(Handles) ++ get(accepted), not is_pid(Socket)],
    [wait_until_waiting(Registry, Deadline) || Registry <- [whereis(socket_registry)], is_pid(Registry)],
    [wait_until_waiting(element(Actor + 1, Pids), Deadline) || Actor <- maps:keys(Busy)].

answers({'$inet', _, {Server, _}}, Deadline) -> wait_until_waiting(Server, Deadline);
answers(Port, _) -> inet:getopts(Port, [active]).

%% Workers that wait at the same time share the bytes.
leave_the_kernel() ->
    Settler = settler(),
    Monitor = monitor(process, Settler),
    Settler ! {settle, self(), Monitor},
    receive
        {settled, Monitor} -> demonitor(Monitor, [flush]), ok;
        {'DOWN', Monitor, process, _, _} -> leave_the_kernel()
    end.

settler() ->
    case whereis(gen_tck_scripts_settler) of
        undefined ->
            {Pid, Monitor} = spawn_monitor(fun() -> register(gen_tck_scripts_settler, self()), start_settler() end),
            receive
                {'DOWN', Monitor, process, Pid, _} -> settler()
            after 1 ->
                demonitor(Monitor, [flush]),
                settler()
            end;
        Pid -> Pid
    end.

start_settler() ->
    {ok, Listener} = gen_tcp:listen(0, [binary, {active, true}, {nodelay, true}, {ip, {127, 0, 0, 1}}]),
    {ok, Port} = inet:port(Listener),
    {ok, Near} = gen_tcp:connect({127, 0, 0, 1}, Port, [binary, {active, true}, {nodelay, true}]),
    {ok, Far} = gen_tcp:accept(Listener),
    settler_loop(Near, Far).

settler_loop(Near, Far) ->
    receive
        {settle, Pid, Monitor} ->
            Waiting = waiting([{Pid, Monitor}]),
            [begin ok = gen_tcp:send(Near, <<0>>), receive {tcp, Far, _} -> ok end end || _ <- [1, 2]],
            [Each ! {settled, Its} || {Each, Its} <- Waiting],
            settler_loop(Near, Far)
    end.

waiting(Known) ->
    receive {settle, Pid, Monitor} -> waiting([{Pid, Monitor} | Known]) after 0 -> Known end.
