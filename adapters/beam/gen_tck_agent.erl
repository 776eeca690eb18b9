%% The agent: OTP's own sockets, spoken to through gen_tck's wire protocol (adapters/PROTOCOL.md).
%%
%% One Erlang process ("actor") plays each process of the kit. It takes only the agent's commands out of its mailbox, so
%% that everything else stays there to be looked at, and it makes its calls in its own context. Commands begin with a
%% reference that nobody else knows: no message that a process is sent by another can be one.
%%
%% The source is compiled inside the VM under test from nothing but its text: no macros, records or includes.
%% It has to run on OTP 25, which has no json module.
-module(gen_tck_agent).
-export([start/3, load/2, run/3, with_backend/4, shape/1, end_system_monitor/0]).

%% Serve the kit on Channel until it closes. Backend is inet or socket.
start(Channel, Token, Backend) ->
    %% A busy channel must never suspend the agent: a system monitor under test would hear of it.
    ok = inet:setopts(Channel, [{packet, raw}, {nodelay, true}, {high_watermark, 1 bsl 28},
                                {low_watermark, 1 bsl 27}, {high_msgq_watermark, 1 bsl 28}]),
    Agent = spawn(fun() -> serve(Channel, Token, Backend) end),
    Reader = spawn(fun() -> reader(Channel, Agent) end),
    ok = gen_tcp:controlling_process(Channel, Reader),
    Reader ! ready,
    ok.

%% Compile the text of another module of the kit and load it; the compiled module, for the kit to keep.
load(Name, Source) ->
    {ok, Tokens, _} = erl_scan:string(unicode:characters_to_list(Source)),
    {ok, Name, Beam} = compile:forms(forms(Tokens, []), [binary]),
    {module, Name} = code:load_binary(Name, atom_to_list(Name) ++ ".beam", Beam),
    Beam.

forms([], []) -> [];
forms([{dot, _} = Dot | Rest], Form) ->
    {ok, Parsed} = erl_parse:parse_form(lists:reverse([Dot | Form])),
    [Parsed | forms(Rest, [])];
forms([Token | Rest], Form) ->
    forms(Rest, [Token | Form]).

%% The reader does nothing but read, so that the VM ends with the kit whatever the agent is waiting for.
reader(Channel, Agent) ->
    receive ready -> ok end,
    Agent ! {'$gen_tck', ready, self()},
    monitor(process, Agent),
    ok = inet:setopts(Channel, [{active, true}]),
    forward(Channel, Agent).

forward(Channel, Agent) ->
    receive
        {tcp, Channel, Data} -> Agent ! {'$gen_tck', data, Data}, forward(Channel, Agent);
        {tcp_closed, Channel} -> stop(0);
        {tcp_error, Channel, _} -> stop(0);
        {'DOWN', _, process, Agent, _} -> stop(1)
    end.

serve(Channel, Token, Backend) ->
    receive {'$gen_tck', ready, _Reader} -> ok end,
    put(tag, make_ref()),
    set_folder(),
    %% Addresses that are texts are looked up inside the VM: who waits for a program of the operating system
    %% (inet_gethost) cannot be told from who waits for ever.
    ok = inet_db:set_lookup([file]),
    %% Nor is there a call that waits for its module to be read from the disk, or cannot read it: a test uses up all
    %% descriptors, and what the agent needs itself must be there then.
    _ = code:ensure_modules_loaded([inet6_tcp, gen_statem, gen_tcp_socket, socket, re, sys, erl_error, erl_erts_errors,
                                    raw_file_io, io_lib_format, io_lib_pretty, base64, binary, string, unicode_util]),
    try
        {Settler, Servers} = start_settler(Backend),
        send(Channel, hello(Token, Backend)),
        loop(#{channel => Channel, backend => Backend, settler => Settler, known => Servers, actors => #{},
               watched => false, filed => false, before => there(never)}, <<>>)
    catch
        Class:Reason:Stack ->
            io:format(standard_error, "the agent failed: ~p:~p ~p~n", [Class, Reason, Stack]),
            stop(1)
    end.

stop(Status) ->
    _ = remove_folder(),
    %% Without this, a socket with unsent data keeps the VM from ending.
    erlang:halt(Status, [{flush, false}]).

hello(Token, Backend) ->
    Profiles = case Backend of
                   inet -> [<<"core">>, <<"active-n">>, <<"async-recv">>, <<"port-command">>, <<"system-monitor">>,
                            <<"opening">>, <<"port-messages">>, <<"framings">>, <<"http">>, <<"statistics">>,
                            <<"sendfile">>, <<"local">>, <<"raw">>, <<"vanished-peers">>, <<"census">>,
                            <<"unreachable">>];
                   socket -> [<<"core">>, <<"active-n">>, <<"opening">>, <<"framings">>, <<"http">>, <<"statistics">>,
                              <<"sendfile">>, <<"local">>, <<"raw">>, <<"vanished-peers">>, <<"census">>,
                              <<"unreachable">>]
               end,
    Name = case Backend of inet -> <<"otp">>; socket -> <<"otp-socket">> end,
    Release = erlang:system_info(otp_release),
    object([{gen_tck, <<"1">>}, {minor, <<"1">>}, {token, string(Token)}, {name, string(Name)}, {version, string(version(Release))},
            {profiles, list([string(P) || P <- Profiles])}, {clock, string(<<"real">>)},
            {homepage, string(<<"https://www.erlang.org">>)},
            {capabilities, object([{'plays-scripts', <<"true">>}])},
            {details, object([{release, string(Release)},
                              {erts, string(erlang:system_info(version))},
                              {backend, string(atom_to_list(Backend))},
                              {schedulers, string(integer_to_list(erlang:system_info(schedulers_online)))},
                              {system, string(string:trim(erlang:system_info(system_architecture)))}])}]).

version(Release) ->
    case file:read_file(filename:join([code:root_dir(), "releases", Release, "OTP_VERSION"])) of
        {ok, Text} -> string:trim(Text);
        {error, _} -> Release
    end.

%% The loop. State: channel, backend, settler, known (processes that stay when all is cleared), watched (whether a system
%% monitor may have been set), filed (whether there may be files), before (what there was when all was cleared) and actors => #{Pid => idle | {call, Id} | ended}.

loop(State, Rest) ->
    receive
        {'$gen_tck', data, Data} ->
            {State1, Rest1} = lines(State, Rest, Data),
            loop(State1, Rest1);
        {'$gen_tck', came_back, Pid, Outcome} -> loop(came_back(State, Pid, Outcome), Rest);
        {'$gen_tck', settled, Id, rest} -> answer(State, Id, [{ok, <<"true">>}]), loop(State, Rest);
        {'$gen_tck', settled, Id, restless} ->
            answer(State, Id, [{ok, <<"true">>}, {rest, <<"false">>}]),
            loop(State, Rest);
        {'DOWN', _, process, Pid, Reason} -> loop(ended(State, Pid, Reason), Rest);
        _ -> loop(State, Rest)
    end.

lines(State, Rest, Data) ->
    case binary:split(Data, <<"\n">>) of
        [_] -> {State, [Rest, Data]};
        [Line, More] -> lines(request(State, iolist_to_binary([Rest, Line])), <<>>, More)
    end.

request(State, Line) ->
    #{<<"id">> := Id, <<"do">> := Do} = Request = parse(Line),
    try
        do(Do, Id, Request, State)
    catch
        throw:{failed, Why} ->
            answer(State, Id, [{failed, string(Why)}]),
            State
    end.

answer(#{channel := Channel}, Id, Fields) ->
    send(Channel, object([{id, integer_to_binary(Id)} | Fields])).

send(Channel, Text) ->
    case gen_tcp:send(Channel, [Text, $\n]) of
        ok -> ok;
        {error, _} -> stop(0)
    end.

do(<<"spawn">>, Id, _, #{actors := Actors} = State) ->
    {Agent, Tag} = {self(), get(tag)},
    {Pid, _} = spawn_monitor(fun() -> actor(Agent, Tag) end),
    answer(State, Id, [{pid, write(Pid)}]),
    State#{actors := Actors#{Pid => idle}};
do(<<"call">>, Id, Request, #{actors := Actors, backend := Backend} = State) ->
    #{<<"module">> := M, <<"function">> := F, <<"args">> := A} = Request,
    Pid = idle_actor(Request, State),
    {Module, Function} = offered(M, F, length(A)),
    Args = with_backend(Backend, Module, Function, [read(Each) || Each <- A]),
    case maps:get(Pid, Actors) of
        ended ->
            answer(State, Id, [{ended, write(noproc)}]),
            State;
        idle ->
            Pid ! {get(tag), call, Module, Function, Args},
            Watched = maps:get(watched, State) orelse {Module, Function} =:= {erlang, system_monitor} andalso Args =/= [],
            Filed = maps:get(filed, State) orelse Module =:= file orelse Module =:= gen_tcp andalso paths(Args) =/= [],
            State#{actors := Actors#{Pid := {call, Id}}, watched := Watched, filed := Filed}
    end;
do(<<"mailbox">>, Id, Request, #{actors := Actors} = State) ->
    Pid = actor_of(Request, State),
    Messages = case maps:get(Pid, Actors) of
                   {call, _} -> settled_mailbox(Pid, 1000);
                   _ -> mailbox(Pid)
               end,
    answer(State, Id, [{messages, list([write(shape(Each)) || Each <- Messages])}]),
    State;
do(<<"take">>, Id, #{<<"count">> := Count} = Request, #{actors := Actors} = State) ->
    Pid = idle_actor(Request, State),
    case maps:get(Pid, Actors) of
        ended -> ok;
        idle ->
            Pid ! {get(tag), take, Id, Count},
            %% Not before it is done: a look at the mailbox that follows must not see what was taken.
            receive
                {'$gen_tck', taken, Id} -> ok;
                {'DOWN', _, process, Pid, _} = Down -> self() ! Down
            end
    end,
    answer(State, Id, [{ok, <<"true">>}]),
    State;
do(<<"exit">>, Id, #{<<"reason">> := Reason} = Request, State) ->
    exit(actor_of(Request, State), read(Reason)),
    answer(State, Id, [{ok, <<"true">>}]),
    State;
do(<<"status">>, Id, Request, State) ->
    answer(State, Id, [{status, string(atom_to_binary(status(actor_of(Request, State), State), utf8))}]),
    State;
do(<<"settle">>, Id, _, #{settler := Settler, actors := Actors, watched := Watched} = State) ->
    Settler ! {settle, self(), Id, [Pid || {Pid, What} <- maps:to_list(Actors), What =/= ended], Watched},
    State;
do(<<"census">>, Id, _, #{before := Before} = State) ->
    Census = census(Before),
    answer(State, Id, [{census, object([{Kind, integer_to_binary(Count)} || {Kind, Count} <- Census])}]),
    State#{before := case lists:all(fun({_, Count}) -> Count =:= 0 end, Census) of
                         true -> nothing_new(Before);
                         false -> Before#{clean := false}
                     end};
do(<<"clear">>, Id, _, State) ->
    State1 = clear(State),
    answer(State, Id, [{ok, <<"true">>}]),
    State1;
do(<<"stop">>, _, _, _) ->
    stop(0);
do(Do, _, _, _) ->
    throw({failed, [<<"this agent does not know the request ">>, Do]}).

%% What may be called: the catalogue, spec/calls.py, against which tests hold this table.

calls(gen_tcp) ->
    [{listen, 2}, {accept, 1}, {accept, 2}, {connect, 2}, {connect, 3}, {connect, 4}, {recv, 2}, {recv, 3}, {unrecv, 2}, {send, 2},
     {shutdown, 2}, {close, 1}, {controlling_process, 2}];
calls(inet) ->
    [{setopts, 2}, {getopts, 2}, {port, 1}, {sockname, 1}, {peername, 1}, {socknames, 1}, {peernames, 1},
     {getstat, 1}, {getstat, 2}, {info, 1}, {format_error, 1}, {monitor, 1}, {cancel_monitor, 1}];
calls(prim_inet) ->
    [{async_recv, 3}, {async_accept, 2}, {unrecv, 2}, {getopts, 2}, {setopts, 2}, {send, 2}, {recv, 3}, {close, 1}];
calls(inet_db) ->
    [{register_socket, 2}, {unregister_socket, 1}];
calls(file) ->
    [{sendfile, 2}, {sendfile, 5}, {write_file, 2}, {open, 2}];
calls(erlang) ->
    [{port_command, 2}, {port_command, 3}, {port_close, 1}, {port_connect, 2}, {port_info, 1}, {port_info, 2},
     {is_port, 1}, {ports, 0}, {send, 2}, {send, 3}, {system_monitor, 0}, {system_monitor, 1}, {system_monitor, 2}, {exit, 1},
     {exit, 2}, {link, 1}, {unlink, 1}, {monitor, 2}, {demonitor, 1}, {process_flag, 2}, {register, 2},
     {unregister, 1}, {monotonic_time, 1}];
calls(_) ->
    [].

%% What the kit itself calls beside them, to have scripts played. (No file may name these.)
helpers() ->
    [{code, load_binary, 3}, {gen_tck_agent, load, 2}, {gen_tck_scripts, run, 4}, {gen_tck_scripts, prepare, 2},
     {gen_tck_scripts, census, 0}].

is_helper(Module, Function, Arity) -> lists:member({Module, Function, Arity}, helpers()).

offers(Module, Function, Arity) -> lists:member({Function, Arity}, calls(Module)).

offered(M, F, Arity) ->
    try
        Module = binary_to_existing_atom(M, utf8),
        Function = binary_to_existing_atom(F, utf8),
        true = offers(Module, Function, Arity) orelse is_helper(Module, Function, Arity),
        {Module, Function}
    catch
        error:_ -> throw({failed, io_lib:format("~ts:~ts/~b is no call of the catalogue", [M, F, Arity])})
    end.

actor_of(#{<<"process">> := Number}, #{actors := Actors}) ->
    case get({term, Number}) of
        Pid when is_map_key(Pid, Actors) -> Pid;
        _ -> throw({failed, io_lib:format("~p is not the number of a process", [Number])})
    end.

idle_actor(Request, #{actors := Actors} = State) ->
    Pid = actor_of(Request, State),
    case maps:get(Pid, Actors) of
        {call, _} -> throw({failed, <<"a call is already under way in this process">>});
        _ -> Pid
    end.

status(Pid, #{actors := Actors}) ->
    case maps:get(Pid, Actors) of
        ended -> ended;
        idle -> idle;
        {call, _} ->
            case process_info(Pid, status) of
                {status, suspended} -> suspended;
                undefined -> ended;
                _ -> waiting
            end
    end.

mailbox(Pid) ->
    case process_info(Pid, messages) of
        {messages, Messages} -> [Each || Each <- Messages, not is_command(Each)];
        undefined -> []
    end.

%% A process in a call takes the messages meant for that call itself. One that has come but is not taken yet is no message
%% to the process, so look twice, with the process at rest before, between and after.
settled_mailbox(Pid, Tries) ->
    case {at_rest(Pid), mailbox(Pid), at_rest(Pid), mailbox(Pid), at_rest(Pid)} of
        {true, Messages, true, Messages, true} -> Messages;
        {_, _, _, Messages, _} when Tries =:= 0 -> Messages;
        _ -> erlang:yield(), settled_mailbox(Pid, Tries - 1)
    end.

at_rest(Pid) ->
    case process_info(Pid, status) of
        {status, Status} -> Status =:= waiting orelse Status =:= suspended;
        undefined -> true
    end.

is_command(Message) ->
    is_tuple(Message) andalso tuple_size(Message) > 0 andalso element(1, Message) =:= get(tag).

came_back(#{actors := Actors} = State, Pid, Outcome) ->
    case Actors of
        #{Pid := {call, Id}} ->
            try
                answer(State, Id, [outcome(Outcome)])
            catch
                throw:{failed, Why} -> answer(State, Id, [{failed, string(Why)}])
            end,
            State#{actors := Actors#{Pid := idle}};
        #{} -> State
    end.

outcome({returned, Value}) -> {returned, write(Value)};
outcome({raised, Class, Reason}) -> {raised, list([string(atom_to_binary(Class, utf8)), write(Reason)])}.

ended(#{actors := Actors} = State, Pid, Reason) ->
    case Actors of
        #{Pid := {call, Id}} -> answer(State, Id, [{ended, write(Reason)}]);
        #{} -> ok
    end,
    case Actors of
        #{Pid := _} -> State#{actors := Actors#{Pid := ended}};
        #{} -> State
    end.

with_backend(socket, gen_tcp, connect, [Address, Port, Options | More]) when is_integer(Port), is_list(Options) ->
    [Address, Port, [{inet_backend, socket} | Options] | More];
with_backend(socket, gen_tcp, connect, [Address, Options | More]) when is_list(Options) ->
    [Address, [{inet_backend, socket} | Options] | More];
with_backend(socket, gen_tcp, listen, [Port, Options]) when is_list(Options) ->
    [Port, [{inet_backend, socket} | Options]];
with_backend(_, _, _, Args) ->
    Args.

%% An actor.

actor(Agent, Tag) ->
    receive
        {Tag, call, erlang, exit, [Reason]} ->
            exit(Reason);
        {Tag, call, Module, Function, Args} ->
            Outcome = try
                          {returned, made(Module, Function, Args)}
                      catch
                          Class:Reason -> {raised, Class, Reason}
                      end,
            Agent ! {'$gen_tck', came_back, self(), Outcome};
        {Tag, take, Id, Count} ->
            take(Tag, Count),
            Agent ! {'$gen_tck', taken, Id}
    end,
    actor(Agent, Tag).

made(Module, Function, Args) ->
    case is_helper(Module, Function, length(Args)) of
        true -> apply(Module, Function, Args);
        false -> run(Module, Function, Args)
    end.

%% From OTP 26 on, a command to a TCP port begins with a reference of the caller's, which the reply repeats (inet_drv.c,
%% tcp_inet_commandv): <<Length:16, ExternalTerm:Length/binary>> and {inet_reply, Port, Status, Term}. Tests see one
%% shape on every release, that of OTP 25: no header, and {inet_reply, Port, Status}.

%% Make a call of the catalogue, and no other.
run(Module, Function, Args) ->
    case offers(Module, Function, length(Args)) of
        true -> shaped(Module, Function, Args);
        false -> erlang:error(undef)
    end.

shaped(erlang, port_command, [Port, Data | Options]) ->
    apply(erlang, port_command, [Port, header(Port, Data) | Options]);
shaped(erlang, send, [Port, {Owner, {command, Data}} = Message | Options]) ->
    Headed = {Owner, {command, header(Port, Data)}},
    case apply(erlang, send, [Port, Headed | Options]) of
        Headed -> Message;
        Result -> Result
    end;
shaped(file, write_file, [Name, Data]) ->
    _ = file:make_dir(folder()),
    file:write_file(in_folder(Name), Data);
shaped(file, open, [Name, Modes]) ->
    file:open(in_folder(Name), Modes);
shaped(file, sendfile, [Name, Socket]) ->
    file:sendfile(in_folder(Name), Socket);
shaped(gen_tcp, Function, Args) when Function =:= listen; Function =:= connect ->
    _ = [ok = enter_folder(Path) || Path <- paths(Args)],
    apply(gen_tcp, Function, Args);
shaped(Module, Function, Args) ->
    apply(Module, Function, Args).

%% The paths that arguments name, of local sockets: each is the name of a file, without its folder. The VM is in that
%% folder from the first one on, so that the names that sockets tell are those that they were given.
paths({local, Path}) -> [Path];
paths({Name, Address}) when Name =:= ip; Name =:= ifaddr -> paths(Address);
paths(#{path := Path}) -> [Path];
paths([Head | Tail]) -> paths(Head) ++ paths(Tail);
paths(_) -> [].

%% What is no text at all is no path to OTP either, which says so itself.
enter_folder(Path) ->
    case in_folder(Path) of
        {no_name, Text} when is_list(Text); is_binary(Text) -> erlang:error(undef);
        {no_name, _} -> ok;
        _ ->
            _ = prim_file:make_dir(folder()),
            prim_file:set_cwd(folder())
    end.

%% Files are in a folder of this VM's own, which is there as long as files are. A name that leads elsewhere is no name: OTP
%% refuses it as it does whatever is none.
in_folder(Name) ->
    try iolist_to_binary([Name]) of
        <<"my_", Rest/binary>> when Rest =/= <<>> ->
            case [Char || <<Char>> <= Rest, Char =/= $_, Char < $0 orelse Char > $9, Char < $a orelse Char > $z] of
                [] -> filename:join(folder(), <<"my_", Rest/binary>>);
                _ -> {no_name, Name}
            end;
        _ -> {no_name, Name}
    catch
        error:badarg -> {no_name, Name}
    end.

folder() ->
    persistent_term:get(gen_tck_folder).

%% Without asking the file server, for which whoever stops the VM must not wait.
remove_folder() ->
    try prim_file:list_dir(folder()) of
        {ok, Names} ->
            [prim_file:delete(filename:join(folder(), Name)) || Name <- Names],
            prim_file:del_dir(folder());
        {error, _} -> ok
    catch
        error:badarg -> ok % the VM ends before it has a name for it
    end.

%% Nobody else comes upon its name, so that there is nothing of anybody's in it.
set_folder() ->
    Unique = io_lib:format("gen-tck-~s-~.36b", [os:getpid(), rand:uniform(1 bsl 60)]),
    persistent_term:put(gen_tck_folder, filename:join(os:getenv("TMPDIR", "/tmp"), lists:flatten(Unique))).

header(Port, Data) ->
    case takes_header(Port) of
        true ->
            Reference = term_to_binary('$gen_tck'),
            [<<(byte_size(Reference)):16>>, Reference | Data];
        false -> Data
    end.

takes_header(Port) ->
    list_to_integer(erlang:system_info(otp_release)) >= 26 andalso
        try erlang:port_info(Port, name) of
            {name, Name} -> Name =:= "tcp_inet";
            undefined -> false
        catch
            error:badarg -> false
        end.

shape({inet_reply, Port, Status, '$gen_tck'}) -> {inet_reply, Port, Status};
shape(Message) -> Message.

take(_, 0) ->
    ok;
take(Tag, Count) ->
    receive
        Message when not is_tuple(Message); element(1, Message) =/= Tag; Message =:= {} -> take(Tag, Count - 1)
    after 0 -> ok
    end.

%% Clearing.

clear(#{actors := Actors, backend := Backend, known := Known, watched := Watched, filed := Filed} = State) ->
    Living = [Pid || {Pid, What} <- maps:to_list(Actors), What =/= ended],
    %% A port that still has something to send would hold on to it for seconds after its owner's death; killed, it ends.
    [exit(Port, kill) || Port <- erlang:ports(), is_actors_port(Port, Actors)],
    [exit(Pid, kill) || Pid <- Living],
    [receive {'DOWN', _, process, Pid, _} -> ok end || Pid <- Living],
    Known1 = case Backend of inet -> Known; socket -> socket_servers_end(Known) end,
    [end_system_monitor() || Watched],
    [remove_folder() || Filed],
    [erase(Key) || {{Kind, _} = Key, _} <- get(), Kind =:= term orelse Kind =:= number],
    State#{actors := #{}, known := Known1, watched := false, filed := false, before := before(maps:get(before, State))}.

%% A system monitor seems to go with its process, but the VM goes on noting what was asked for, and what it has noted is
%% sent on by a thread of its own, to whoever is the monitor by then. So clear the settings in any case, and let that
%% thread catch up: what we make it tell of comes after all that it has still to tell. It has to be told of once, so that
%% nothing is left to be told to the next monitor: Large is born large, and collects its garbage once. That is waited for
%% as long as it takes, since a VM that stands still has timeouts that pass. Setting stops the whole VM for a moment; it
%% is done only where it was asked for.
end_system_monitor() ->
    erlang:system_monitor(self(), [{large_heap, 16384}]),
    Large = spawn_opt(fun() -> erlang:garbage_collect() end, [{min_heap_size, 40000}]),
    receive {monitor, Large, large_heap, _} -> ok end,
    erlang:system_monitor(undefined),
    forget_told().

forget_told() ->
    receive {monitor, _, _, _} -> forget_told() after 0 -> ok end.

is_actors_port(Port, Actors) ->
    case erlang:port_info(Port, connected) of
        {connected, Owner} -> is_map_key(Owner, Actors);
        undefined -> false % closing after its owner's death: nothing but its peer can end it now
    end.

%% On the socket backend a server process stands behind each socket; it ends when it learns of its owner's death. Asking
%% a process what it is takes a while, so what is known not to be one is not asked again.
socket_servers_end(Known) ->
    {Servers, Others} = lists:partition(fun is_socket_server/1, processes() -- Known),
    References = [monitor(process, Pid) || Pid <- Servers],
    [receive {'DOWN', Reference, process, _, _} -> ok end || Reference <- References],
    Others ++ Known.

is_socket_server(Pid) ->
    case process_info(Pid, dictionary) of
        {dictionary, Dictionary} -> lists:member({'$initial_call', {gen_tcp_socket, init, 1}}, Dictionary);
        undefined -> false
    end.

%% A census: what there is that was not there before. What the VM keeps for itself, and the agent, was. No function tells
%% how many timers there are; descriptors the kit counts from outside.
%%
%% To list all processes takes a VM with something to do long, to tell their number no time. The number will do as long as
%% the last census found nothing new (clean): then all who were there before still are. Nobody may ever want one.

before(#{clean := never} = Before) -> Before;
before(#{clean := true} = Before) -> Before#{clean := false};
before(#{clean := false}) -> there(false).

there(Clean) ->
    #{clean => Clean, processes => processes(), ports => erlang:ports(), numbers => unknown, sockets => sockets(),
      names => length(registered()), remembered => remembered()}.

nothing_new(#{numbers := Numbers} = Before) ->
    case numbers() of
        Numbers -> Before#{clean := true};
        Now ->
            {Processes, Ports} = {processes(), erlang:ports()},
            Before#{clean := true, processes := Processes, ports := Ports,
                    numbers := case {length(Processes), length(Ports)} of Now -> Now; _ -> unknown end}
    end.

%% Those that are about to end count, too.
numbers() -> {erlang:system_info(process_count), erlang:system_info(port_count)}.

census(#{numbers := Numbers, processes := Processes, ports := Ports, sockets := Sockets, names := Names,
         remembered := Remembered}) ->
    {NewProcesses, NewPorts} = case numbers() of
                                   Numbers -> {[], []};
                                   _ -> {processes() -- Processes, erlang:ports() -- Ports}
                               end,
    Held = [held(Each) || Each <- NewProcesses ++ NewPorts],
    [{processes, length(NewProcesses)},
     {sockets, length(NewPorts) + more(sockets(), Sockets)},
     {links, lists:sum([length(Links) || {Links, _} <- Held])},
     {monitors, lists:sum([length(Monitors -- Processes) || {_, Monitors} <- Held]) + more(remembered(), Remembered)},
     {names, more(length(registered()), Names)}].

more(Now, Before) -> max(0, Now - Before).

%% The links of a process or port, and its monitors with whoever monitors it.
held(Pid) when is_pid(Pid) ->
    case process_info(Pid, [links, monitors, monitored_by]) of
        [{links, Links}, {monitors, Monitors}, {monitored_by, By}] -> {Links, Monitors ++ By};
        undefined -> {[], []}
    end;
held(Port) ->
    [Links, Monitors, By] = [case erlang:port_info(Port, Item) of {Item, All} -> All; undefined -> [] end
                             || Item <- [links, monitors, monitored_by]],
    {Links, Monitors ++ By}.

%% Those of the socket backend, which are no ports.
sockets() ->
    try socket:number_of() catch error:_ -> 0 end.

%% The monitors of sockets that inet_db remembers, so that inet:cancel_monitor/1 knows what they are.
remembered() ->
    case ets:info(inet_sockets, size) of undefined -> 0; Size -> Size end.

%% Settling: a byte through a connection of our own travels the way of all others, so that what was under way before it
%% has arrived when it arrives. Two bytes, since readiness is reported in no promised order; then everything must look
%% as it did before, and nothing else in this VM may be ready to run.

start_settler(Backend) ->
    Agent = self(),
    Settler = spawn(fun() -> settler(Agent, Backend) end),
    receive {Settler, ready, Servers} -> {Settler, Servers} end.

settler(Agent, Backend) ->
    monitor(process, Agent),
    Options = [binary, {active, true}, {nodelay, true}],
    {ok, Listener} = gen_tcp:listen(0, with_ip(Backend, Options)),
    {ok, Port} = inet:port(Listener),
    [_, _, Connecting] = with_backend(Backend, gen_tcp, connect, [{127, 0, 0, 1}, Port, Options]),
    {ok, Near} = gen_tcp:connect({127, 0, 0, 1}, Port, Connecting),
    {ok, Far} = gen_tcp:accept(Listener),
    ok = gen_tcp:close(Listener),
    Agent ! {self(), ready, [Server || {'$inet', gen_tcp_socket, {Server, _}} <- [Near, Far]]},
    settler_loop(Agent, Near, Far).

with_ip(Backend, Options) ->
    [_, All] = with_backend(Backend, gen_tcp, listen, [0, Options]),
    All ++ [{ip, {127, 0, 0, 1}}].

settler_loop(Agent, Near, Far) ->
    receive
        {settle, Agent, Id, Pids, Watched} ->
            Rests = settle(Near, Far, Pids, Watched, look(Pids), erlang:monotonic_time(millisecond) + 100),
            Agent ! {'$gen_tck', settled, Id, Rests},
            settler_loop(Agent, Near, Far);
        {'DOWN', _, process, Agent, _} -> ok
    end.

settle(Near, Far, Pids, Watched, {Before, Rest}, Until) ->
    round_trip(Near, Far),
    round_trip(Near, Far),
    Watched andalso dispatched(),
    case look(Pids) of
        {Before, resting} when Rest =:= resting -> rest;
        Now ->
            %% Answer soon whatever comes: the kit asks again, and tells a VM that goes on and on from one that stands still.
            case erlang:monotonic_time(millisecond) > Until of
                true -> restless;
                false -> settle(Near, Far, Pids, Watched, Now, Until)
            end
    end.

round_trip(Near, Far) ->
    ok = gen_tcp:send(Near, <<0>>),
    receive {tcp, Far, _} -> ok end.

%% What a system monitor is told has been delivered. A thread of its own does that, one message after the other, and no
%% statistics speak of it; what a system profiler is told goes the same way (erl_trace.c: enqueue_sys_msg).
dispatched() ->
    _ = erlang:system_profile(self(), [runnable_procs]),
    {Pid, Monitor} = spawn_monitor(fun() -> ok end),
    receive {profile, Pid, _, _, _} -> ok end,
    receive {'DOWN', Monitor, process, Pid, _} -> ok end,
    _ = erlang:system_profile(undefined, []),
    no_profile().

no_profile() ->
    receive {profile, _, _, _, _} -> no_profile() after 0 -> ok end.

%% The lengths of the mailboxes, and whether everything rests. The number of active tasks (one is this process) counts
%% ports and the VM's own processes too, but is not taken at one moment, so that a task about to yield may be missed.
look(Pids) ->
    Seen = [process_info(Pid, [message_queue_len, status]) || Pid <- Pids],
    Rest = erlang:statistics(total_active_tasks_all) =:= 1 andalso lists:all(fun rests/1, Seen),
    {[lists:keyfind(message_queue_len, 1, Each) || Each <- Seen, is_list(Each)],
     case Rest of true -> resting; false -> active end}.

rests(undefined) -> true; % it ended
rests([{message_queue_len, _}, {status, Status}]) -> Status =:= waiting orelse Status =:= suspended.

%% Terms as JSON. Handles are numbered in the process dictionary: {number, Term} => N and {term, N} => Term.

write(Term) when is_atom(Term) -> [<<"{\"$a\":">>, string(atom_to_binary(Term, utf8)), $}];
write(Term) when is_integer(Term) -> integer_to_binary(Term);
write(Term) when is_binary(Term) -> [<<"{\"$b\":\"">>, base64:encode(Term), <<"\"}">>];
write(Term) when is_tuple(Term) -> [<<"{\"$t\":">>, list([write(Each) || Each <- tuple_to_list(Term)]), $}];
write([]) -> <<"[]">>;
write(Term) when is_list(Term) -> write_list(Term, []);
write(Term) when is_float(Term) -> io_lib:format("~w", [Term]);
write(Term) when is_map(Term) ->
    [<<"{\"$m\":">>, list([list([write(Key), write(Value)]) || {Key, Value} <- maps:to_list(Term)]), $}];
write(Term) when is_pid(Term) -> handle(Term, <<"pid">>);
write(Term) when is_port(Term) -> handle(Term, <<"port">>);
write(Term) when is_reference(Term) -> handle(Term, <<"ref">>);
write(Term) -> throw({failed, io_lib:format("the protocol cannot say ~p", [Term])}).

write_list([Head | Tail], Heads) -> write_list(Tail, [write(Head) | Heads]);
write_list([], Heads) -> list(lists:reverse(Heads));
write_list(Tail, Heads) -> [<<"{\"$i\":">>, list([list(lists:reverse(Heads)), write(Tail)]), $}].

handle(Term, Kind) ->
    Number = case get({number, Term}) of
                 undefined -> new_number(Term);
                 Known -> Known
             end,
    [<<"{\"$h\":">>, integer_to_binary(Number), <<",\"kind\":\"">>, Kind, <<"\"}">>].

new_number(Term) ->
    Number = case get(last_number) of undefined -> 1; Last -> Last + 1 end,
    put(last_number, Number),
    put({number, Term}, Number),
    put({term, Number}, Term),
    Number.

object(Fields) ->
    [${, lists:join($,, [[$", atom_to_binary(Name, utf8), <<"\":">>, Value] || {Name, Value} <- Fields]), $}].

list(Items) -> [$[, lists:join($,, Items), $]].

string(Text) ->
    [$", [escape(Char) || Char <- unicode:characters_to_list(Text)], $"].

escape($") -> <<"\\\"">>;
escape($\\) -> <<"\\\\">>;
escape(Char) when Char < 32 -> io_lib:format("\\u~4.16.0b", [Char]);
escape(Char) when Char < 128 -> Char;
escape(Char) -> <<Char/utf8>>.

read(Number) when is_number(Number) -> Number;
read(Items) when is_list(Items) -> [read(Each) || Each <- Items];
read(#{<<"$a">> := Name}) -> binary_to_atom(Name, utf8);
read(#{<<"$b">> := Text}) -> base64:decode(Text);
read(#{<<"$f">> := Text}) -> {Float, <<>>} = number(Text, Text, 0, true), Float;
read(#{<<"$t">> := Items}) -> list_to_tuple([read(Each) || Each <- Items]);
read(#{<<"$i">> := [Heads, Tail]}) -> lists:foldr(fun(Each, Rest) -> [read(Each) | Rest] end, read(Tail), Heads);
read(#{<<"$m">> := Pairs}) -> maps:from_list([{read(Key), read(Value)} || [Key, Value] <- Pairs]);
read(#{<<"$h">> := Number}) ->
    case get({term, Number}) of
        undefined -> throw({failed, io_lib:format("no handle has the number ~p", [Number])});
        Term -> Term
    end;
read(Other) -> throw({failed, io_lib:format("~p is not a term of the protocol", [Other])}).

%% JSON as Erlang: maps, lists, binaries, numbers, true, false, null.

parse(Text) ->
    {Value, _} = value(Text),
    Value.

value(<<$\s, Rest/binary>>) -> value(Rest);
value(<<$\t, Rest/binary>>) -> value(Rest);
value(<<${, Rest/binary>>) -> members(skip(Rest), #{});
value(<<$[, Rest/binary>>) -> items(skip(Rest), []);
value(<<$", Rest/binary>>) -> text(Rest, <<>>);
value(<<"true", Rest/binary>>) -> {true, Rest};
value(<<"false", Rest/binary>>) -> {false, Rest};
value(<<"null", Rest/binary>>) -> {null, Rest};
value(Text) -> number(Text, Text, 0, false).

skip(<<Char, Rest/binary>>) when Char =:= $\s; Char =:= $\t -> skip(Rest);
skip(Text) -> Text.

members(<<$}, Rest/binary>>, Map) -> {Map, Rest};
members(<<$,, Rest/binary>>, Map) -> members(skip(Rest), Map);
members(<<$", Rest/binary>>, Map) ->
    {Name, Rest1} = text(Rest, <<>>),
    <<$:, Rest2/binary>> = skip(Rest1),
    {Value, Rest3} = value(Rest2),
    members(skip(Rest3), Map#{Name => Value}).

items(<<$], Rest/binary>>, Items) -> {lists:reverse(Items), Rest};
items(<<$,, Rest/binary>>, Items) -> items(skip(Rest), Items);
items(Text, Items) ->
    {Value, Rest} = value(Text),
    items(skip(Rest), [Value | Items]).

text(Text, Before) ->
    {At, 1} = binary:match(Text, [<<"\"">>, <<"\\">>]),
    case Text of
        <<Part:At/binary, $", Rest/binary>> when Before =:= <<>> -> {Part, Rest};
        <<Part:At/binary, $", Rest/binary>> -> {<<Before/binary, Part/binary>>, Rest};
        <<Part:At/binary, $\\, Rest/binary>> ->
            {Char, Rest1} = unescape(Rest),
            text(Rest1, <<Before/binary, Part/binary, Char/utf8>>)
    end.

unescape(<<$u, A:4/binary, "\\u", B:4/binary, Rest/binary>>) when A >= <<"d800">>, A < <<"dc00">> ->
    High = binary_to_integer(A, 16),
    Low = binary_to_integer(B, 16),
    {16#10000 + ((High band 16#3ff) bsl 10) + (Low band 16#3ff), Rest};
unescape(<<$u, Hex:4/binary, Rest/binary>>) -> {binary_to_integer(Hex, 16), Rest};
unescape(<<$n, Rest/binary>>) -> {$\n, Rest};
unescape(<<$r, Rest/binary>>) -> {$\r, Rest};
unescape(<<$t, Rest/binary>>) -> {$\t, Rest};
unescape(<<$b, Rest/binary>>) -> {$\b, Rest};
unescape(<<$f, Rest/binary>>) -> {$\f, Rest};
unescape(<<Char, Rest/binary>>) -> {Char, Rest}.

number(<<Char, Rest/binary>>, Text, Length, IsFloat) when Char >= $0, Char =< $9; Char =:= $-; Char =:= $+ ->
    number(Rest, Text, Length + 1, IsFloat);
number(<<Char, Rest/binary>>, Text, Length, _) when Char =:= $.; Char =:= $e; Char =:= $E ->
    number(Rest, Text, Length + 1, true);
number(Rest, Text, Length, false) -> {binary_to_integer(binary:part(Text, 0, Length)), Rest};
number(Rest, Text, Length, true) -> {float_of(binary:part(Text, 0, Length)), Rest}.

%% Erlang wants a fraction in a float, JSON does not.
float_of(Text) ->
    case binary:match(Text, <<".">>) of
        nomatch ->
            [Whole, Exponent] = re:split(Text, <<"[eE]">>),
            binary_to_float(<<Whole/binary, ".0e", Exponent/binary>>);
        _ -> binary_to_float(Text)
    end.
