%% The node's end of gen_tck's wire protocol (version 1.1), for any BEAM: copied, not changed.
%%
%% It leans on as little as it can, as a small BEAM has little: processes, messages, monitors, the process dictionary,
%% and a few functions of the modules erlang and lists (a test of the kit's has the list). What one VM does and another
%% does not comes from four hooks, functions of the module Node that calls gen_tck_node:serve(Node):
%%
%%     transport   open() -> {Kit, Token}, read(Kit) -> {ok, Binary} | closed, write(Kit, Binary) -> ok | closed:
%%                 how lines come and go. read waits until something comes, in the process that called open. Token is
%%                 GEN_TCK_TOKEN, or "" over standard input and output.
%%     call        call(Module, Function, Args): make a call, in the process that makes it. What it raises is raised.
%%     look        look(Pid): the messages in the mailbox of a process, oldest first; or drain, for any process, on a
%%                 VM where nobody can look.
%%     clean up    clear(Pids): close what these processes own that does not end with them; they are killed afterwards.
%%                 A VM that cannot says restart = "at-clear" in node.toml, and is never asked.
%%
%% info() gives what the handshake tells, a list: {name, Text}, {version, Text}, {profiles, [Text]}, {calls, [Text]},
%% and if you like {helpers, [Text]}, {homepage, Text} and {settle, "echo"}; each Text is a string.
%%
%% A process in a call is said to be waiting, never suspended: what VMs tell of that differs. So this is no way to claim
%% port-command and system-monitor.
-module(gen_tck_node).
-export([serve/1]).
-record(state, {node, kit, tag, calls, helpers, settler, relay, actors = [], events = 0}).

%% Serve the kit until it hangs up or has us stop. The program has to end then.
serve(Node) ->
    Tag = make_ref(),
    Agent = spawn(fun() -> agent(Node, Tag) end),
    Reader = spawn(fun() -> reader(Node, Tag, Agent) end),
    monitor(process, Agent),
    monitor(process, Reader),
    receive {'DOWN', _, process, _, _} -> ok end.

%% The reader does nothing but read, so that the end of the connection is seen whatever the agent waits for.
reader(Node, Tag, Agent) ->
    {Kit, Token} = Node:open(),
    Agent ! {Tag, open, Kit, Token},
    read_on(Node, Tag, Agent, Kit).

read_on(Node, Tag, Agent, Kit) ->
    case Node:read(Kit) of
        {ok, Data} -> Agent ! {Tag, data, Data}, read_on(Node, Tag, Agent, Kit);
        _ -> ok
    end.

agent(Node, Tag) ->
    receive {Tag, open, Kit, Token} -> ok end,
    Info = Node:info(),
    put(handles, {1, 1}), % the first number since the last clear, and the next
    Relay = spawn(fun relay/0),
    Settler = case field(settle, Info) of "echo" -> none; _ -> start_settler(Node, Tag, Relay) end,
    State = #state{node = Node, kit = Kit, tag = Tag, settler = Settler, relay = Relay,
                   calls = field(calls, Info), helpers = field(helpers, Info)},
    say(State, hello(Info, Token, Settler, Node:look(self()))),
    loop(State, []).

hello(Info, Token, Settler, Looked) ->
    Settle = case Settler of none -> "echo"; _ -> "exact" end,
    Mailbox = case Looked of drain -> "drain"; _ -> "look" end,
    Lists = [{Name, list([string(Each) || Each <- Value])} || {Name, [Head | _] = Value} <- Info, is_list(Head)],
    Texts = [{Name, string(Value)} || {Name, [Head | _] = Value} <- Info, is_integer(Head), Name =/= settle],
    object([{gen_tck, "1"}, {minor, "1"}, {token, string(Token)},
            {capabilities, object([{settle, string(Settle)}, {mailbox, string(Mailbox)}])}] ++ Texts ++ Lists).

field(Name, Fields) ->
    case lists:keyfind(Name, 1, Fields) of {_, Value} -> Value; false -> none end.

%% The agent. Actors are [{Pid, idle | {call, Id} | ended}]; events counts what came of them, so that it is seen whether
%% anything did. Before is what has come since the last newline, the latest first.

loop(#state{tag = Tag} = State, Before) ->
    receive
        {Tag, data, Data} ->
            {State1, Before1} = lines(State, Before, Data),
            loop(State1, Before1);
        {Tag, back, Pid, Outcome} -> loop(back(State, Pid, Outcome), Before);
        {'DOWN', _, process, Pid, Reason} -> loop(ended(State, Pid, Reason), Before);
        {Tag, settled, Id, Events, Rounds} -> settled(State, Id, Events, Rounds), loop(State, Before);
        _ -> loop(State, Before)
    end.

lines(State, Before, Data) ->
    case newline(Data, 0) of
        none -> {State, [Data | Before]};
        At ->
            <<Line:At/binary, _, More/binary>> = Data,
            lines(request(State, iolist_to_binary(lists:reverse([Line | Before]))), [], More)
    end.

newline(<<$\n, _/binary>>, At) -> At;
newline(<<_, Rest/binary>>, At) -> newline(Rest, At + 1);
newline(<<>>, _) -> none.

request(State, Line) ->
    {{Request}, _} = value(Line),
    Id = field(<<"id">>, Request),
    try
        do(field(<<"do">>, Request), Id, Request, State)
    catch
        throw:{failed, Why} -> answer(State, Id, failed, string(Why)), State;
        error:_ -> answer(State, Id, failed, string("this VM cannot do that")), State
    end.

answer(State, Id, Name, Value) -> say(State, object([{id, integer_to_list(Id)}, {Name, Value}])).

say(#state{node = Node, kit = Kit}, Text) ->
    case Node:write(Kit, iolist_to_binary([Text, $\n])) of
        ok -> ok;
        _ -> exit(normal)
    end.

do(<<"spawn">>, Id, _, #state{node = Node, tag = Tag, actors = Actors} = State) ->
    Agent = self(),
    Pid = spawn(fun() -> actor(Node, Tag, Agent) end),
    monitor(process, Pid),
    answer(State, Id, pid, write(Pid)),
    State#state{actors = [{Pid, idle} | Actors]};
do(<<"call">>, Id, Request, #state{tag = Tag} = State) ->
    {Pid, Doing} = not_in_call(actor_of(Request, State)),
    Args = field(<<"args">>, Request),
    {Module, Function} = offered(field(<<"module">>, Request), field(<<"function">>, Request), length(Args), State),
    Terms = [read(Each) || Each <- Args],
    case Doing of
        ended -> answer(State, Id, ended, write(noproc)), State;
        idle -> Pid ! {Tag, call, Module, Function, Terms}, doing(State, Pid, {call, Id})
    end;
do(<<"mailbox">>, Id, Request, State) ->
    Messages = case actor_of(Request, State) of
                   {_, ended} -> [];
                   {Pid, idle} -> look(State, Pid);
                   {Pid, _} -> look_twice(State, Pid, look(State, Pid), 100)
               end,
    answer(State, Id, messages, list([write(Each) || Each <- Messages])),
    State;
do(<<"take">>, Id, Request, State) ->
    Count = field(<<"count">>, Request),
    Taken = case not_in_call(actor_of(Request, State)) of
                {_, ended} -> [];
                {Pid, idle} -> take_of(State, Pid, Count)
            end,
    case Count of
        none -> answer(State, Id, messages, list([write(Each) || Each <- Taken]));
        _ -> answer(State, Id, ok, "true")
    end,
    State;
do(<<"exit">>, Id, Request, State) ->
    {Pid, _} = actor_of(Request, State),
    exit(Pid, read(field(<<"reason">>, Request))),
    answer(State, Id, ok, "true"),
    State;
do(<<"status">>, Id, Request, State) ->
    Status = case actor_of(Request, State) of {_, idle} -> "idle"; {_, ended} -> "ended"; _ -> "waiting" end,
    answer(State, Id, status, string(Status)),
    State;
do(<<"settle">>, Id, _, #state{settler = none} = State) ->
    answer(State, Id, ok, "true"),
    State;
do(<<"settle">>, Id, _, State) ->
    settle(State, Id, 0),
    State;
do(<<"clear">>, Id, _, #state{node = Node, relay = Relay, actors = Actors} = State) ->
    Node:clear([Pid || {Pid, _} <- Actors]),
    Living = [Pid || {Pid, Doing} <- Actors, Doing =/= ended],
    [exit(Pid, kill) || Pid <- Living],
    [receive {'DOWN', _, process, Pid, _} -> ok end || Pid <- Living],
    pass(Relay, 8),
    {First, Next} = get(handles),
    forget(First, Next),
    put(handles, {Next, Next}),
    answer(State, Id, ok, "true"),
    State#state{actors = []};
do(<<"stop">>, _, _, _) ->
    exit(normal);
do(_, _, _, _) ->
    throw({failed, "there is no such request"}).

actor_of(Request, #state{actors = Actors}) ->
    case lists:keyfind(get({term, field(<<"process">>, Request)}), 1, Actors) of
        false -> throw({failed, "no process has that number"});
        Actor -> Actor
    end.

not_in_call({_, {call, _}}) -> throw({failed, "a call is under way in this process"});
not_in_call(Actor) -> Actor.

doing(#state{actors = Actors} = State, Pid, What) ->
    State#state{actors = lists:keyreplace(Pid, 1, Actors, {Pid, What})}.

%% What may be called: the helpers, which are the same on every BEAM, and what the node lists; with no list, anything.
%% Text is compared, so that no atom is made of a stranger's words.
offered(Module, Function, Arity, #state{calls = Calls, helpers = Helpers}) ->
    Name = binary_to_list(Module) ++ [$: | binary_to_list(Function)] ++ [$/ | integer_to_list(Arity)],
    Known = case is_helper(Name) of true -> Helpers; false -> Calls end,
    case Known =:= none orelse lists:member(Name, Known) of
        true -> {binary_to_atom(Module, utf8), binary_to_atom(Function, utf8)};
        false -> throw({failed, "this node does not offer " ++ Name})
    end.

is_helper(Name) ->
    lists:member(Name, ["erlang:exit/1", "erlang:exit/2", "erlang:link/1", "erlang:unlink/1", "erlang:monitor/2",
                        "erlang:demonitor/1", "erlang:process_flag/2", "erlang:register/2", "erlang:unregister/1",
                        "erlang:send/2", "erlang:monotonic_time/1"]).

back(#state{actors = Actors, events = Events} = State, Pid, Outcome) ->
    case lists:keyfind(Pid, 1, Actors) of
        {_, {call, Id}} ->
            try outcome(Outcome) of
                {Name, Value} -> answer(State, Id, Name, Value)
            catch
                throw:{failed, Why} -> answer(State, Id, failed, string(Why))
            end,
            (doing(State, Pid, idle))#state{events = Events + 1};
        _ -> State % cleared away
    end.

outcome({returned, Value}) -> {returned, write(Value)};
outcome({raised, Class, Reason}) -> {raised, list([string(atom_to_list(Class)), write(Reason)])}.

ended(#state{actors = Actors, events = Events} = State, Pid, Reason) ->
    case lists:keyfind(Pid, 1, Actors) of
        {_, {call, Id}} -> answer(State, Id, ended, write(Reason));
        _ -> ok
    end,
    (doing(State, Pid, ended))#state{events = Events + 1}.

%% An actor plays a process of the kit. It takes the agent's commands out of its mailbox, which begin with a reference
%% that nobody else has, and nothing else.

actor(Node, Tag, Agent) ->
    receive
        {Tag, call, erlang, exit, [Reason]} -> exit(Reason);
        {Tag, call, Module, Function, Args} ->
            Agent ! {Tag, back, self(), try {returned, made(Node, Module, Function, Args)}
                                        catch Class:Reason -> {raised, Class, Reason}
                                        end};
        {Tag, take, Count} -> Agent ! {Tag, taken, self(), take(Tag, Count, [])}
    end,
    actor(Node, Tag, Agent).

made(_, erlang, exit, [Pid, Reason]) -> exit(Pid, Reason);
made(_, erlang, link, [Other]) -> link(Other);
made(_, erlang, unlink, [Other]) -> unlink(Other);
made(_, erlang, monitor, [Type, Other]) -> monitor(Type, Other);
made(_, erlang, demonitor, [Reference]) -> demonitor(Reference);
made(_, erlang, process_flag, [Flag, Value]) -> process_flag(Flag, Value);
made(_, erlang, register, [Name, Other]) -> register(Name, Other);
made(_, erlang, unregister, [Name]) -> unregister(Name);
made(_, erlang, send, [Other, Message]) -> Other ! Message;
made(_, erlang, monotonic_time, [Unit]) -> erlang:monotonic_time(Unit);
made(Node, Module, Function, Args) -> Node:call(Module, Function, Args).

%% Take the oldest messages, as many as there are if Count is none.
take(_, 0, Taken) -> lists:reverse(Taken);
take(Tag, Count, Taken) ->
    receive
        Message when not is_tuple(Message); Message =:= {}; element(1, Message) =/= Tag ->
            take(Tag, case Count of none -> none; _ -> Count - 1 end, [Message | Taken])
    after 0 -> lists:reverse(Taken)
    end.

take_of(#state{tag = Tag}, Pid, Count) ->
    Pid ! {Tag, take, Count},
    receive
        {Tag, taken, Pid, Taken} -> Taken;
        {'DOWN', _, process, Pid, _} = Down -> self() ! Down, []
    end.

look(#state{node = Node, tag = Tag}, Pid) ->
    [Each || Each <- Node:look(Pid), not is_tuple(Each) orelse Each =:= {} orelse element(1, Each) =/= Tag].

%% A call under way takes the messages that are meant for it by itself: what is gone a moment later was one of those.
look_twice(#state{relay = Relay} = State, Pid, Before, Tries) ->
    pass(Relay, 2),
    case look(State, Pid) of
        Now when Now =:= Before; Tries =:= 0 -> Now;
        Now -> look_twice(State, Pid, Now, Tries - 1)
    end.

%% Settling. A byte that goes there and back over a connection of our own goes the way of all others, so that what had
%% come before has arrived once it is back. Then a message goes to another process and back some times: with one
%% scheduler, a queue of processes, all that were ready to run have run before it is back. That is done until nothing
%% comes of the actors meanwhile. A VM with several schedulers has to say {settle, "echo"}, or to be started with one.

start_settler(Node, Tag, Relay) ->
    Agent = self(),
    Settler = spawn(fun() -> settler(Node, Tag, Agent, Relay) end),
    Reference = monitor(process, Settler),
    receive
        {Tag, ready} -> Settler;
        {'DOWN', Reference, process, _, _} -> none % its sockets cannot do that yet
    end.

settler(Node, Tag, Agent, Relay) ->
    Options = [binary, {active, true}],
    {ok, Listener} = Node:call(gen_tcp, listen, [0, [{ip, {127, 0, 0, 1}} | Options]]),
    {ok, Port} = Node:call(inet, port, [Listener]),
    {ok, Near} = Node:call(gen_tcp, connect, [{127, 0, 0, 1}, Port, Options]),
    {ok, Far} = Node:call(gen_tcp, accept, [Listener, 5000]),
    ok = Node:call(gen_tcp, close, [Listener]),
    round_trip(Node, Near, Far),
    Agent ! {Tag, ready},
    settler_loop(Node, Tag, Agent, Relay, Near, Far).

settler_loop(Node, Tag, Agent, Relay, Near, Far) ->
    receive {settle, Id, Events, Rounds} -> ok end,
    round_trip(Node, Near, Far),
    pass(Relay, 8),
    Agent ! {Tag, settled, Id, Events, Rounds},
    settler_loop(Node, Tag, Agent, Relay, Near, Far).

round_trip(Node, Near, Far) ->
    ok = Node:call(gen_tcp, send, [Near, <<0>>]),
    receive {tcp, Far, _} -> ok after 5000 -> exit(no_byte) end,
    ok = Node:call(gen_tcp, send, [Far, <<0>>]),
    receive {tcp, Near, _} -> ok after 5000 -> exit(no_byte) end.

relay() ->
    receive {From, Reference} -> From ! Reference end,
    relay().

pass(_, 0) -> ok;
pass(Relay, Times) ->
    Reference = make_ref(),
    Relay ! {self(), Reference},
    receive Reference -> pass(Relay, Times - 1) end.

settle(#state{settler = Settler, events = Events}, Id, Rounds) -> Settler ! {settle, Id, Events, Rounds}.

%% Quiet twice is at rest. Whatever comes, an answer has to come soon.
settled(#state{events = Events} = State, Id, Events, Rounds) when Rounds > 0 -> answer(State, Id, ok, "true");
settled(State, Id, _, Rounds) when Rounds < 100 -> settle(State, Id, Rounds + 1);
settled(State, Id, _, _) -> say(State, object([{id, integer_to_list(Id)}, {ok, "true"}, {rest, "false"}])).

%% Terms as JSON. The process dictionary has the numbers of handles: {number, Term} => N and {term, N} => Term.

write(Term) when is_atom(Term) -> tagged("$a", string(atom_to_binary(Term, utf8)));
write(Term) when is_integer(Term) -> integer_to_list(Term);
write(Term) when is_float(Term) -> tagged("$f", string(float_to_list(Term)));
write(Term) when is_binary(Term) -> tagged("$b", [$", encode(Term), $"]);
write(Term) when is_tuple(Term) -> tagged("$t", write(tuple_to_list(Term)));
write(Term) when is_list(Term) -> write_list(Term, []);
write(Term) when is_map(Term) -> tagged("$m", list(pairs(Term)));
write(Term) when is_pid(Term) -> handle(Term, "pid");
write(Term) when is_port(Term) -> handle(Term, "port");
write(Term) when is_reference(Term) -> handle(Term, "ref");
write(_) -> throw({failed, "the protocol has no such term"}).

tagged(Tag, Value) -> ["{\"", Tag, "\":", Value, $}].

write_list([Head | Tail], Heads) -> write_list(Tail, [write(Head) | Heads]);
write_list([], Heads) -> list(lists:reverse(Heads));
write_list(Tail, Heads) -> tagged("$i", list([list(lists:reverse(Heads)), write(Tail)])).

%% The pairs of a map without the module maps: in the external format a map differs from the list of its keys and values
%% in its head, and in the tail that a list has.
pairs(Map) ->
    <<131, 116, Size:32, Both/binary>> = term_to_binary(Map),
    in_pairs(binary_to_term(<<131, 108, (2 * Size):32, Both/binary, 106>>)).

in_pairs([Key, Value | Rest]) -> [list([write(Key), write(Value)]) | in_pairs(Rest)];
in_pairs([]) -> [].

handle(Term, Kind) ->
    Number = case get({number, Term}) of undefined -> new_number(Term); Known -> Known end,
    tagged("$h", [integer_to_list(Number), ",\"kind\":", string(Kind)]).

new_number(Term) ->
    {First, Number} = get(handles),
    put(handles, {First, Number + 1}),
    put({number, Term}, Number),
    put({term, Number}, Term),
    Number.

forget(Next, Next) -> ok;
forget(Number, Next) ->
    erase({number, erase({term, Number})}),
    forget(Number + 1, Next).

object(Fields) -> [${, commas([[string(atom_to_list(Name)), $:, Value] || {Name, Value} <- Fields]), $}].

list(Items) -> [$[, commas(Items), $]].

commas([First | Rest]) -> [First | [[$,, Each] || Each <- Rest]];
commas([]) -> [].

%% Text is a list or a binary of UTF-8.
string(Text) when is_binary(Text) -> string(binary_to_list(Text));
string(Text) -> [$", [escape(Byte) || Byte <- Text], $"].

escape($") -> "\\\"";
escape($\\) -> "\\\\";
escape(Byte) when Byte < 32 -> ["\\u00", $0 + Byte div 16, digit(Byte rem 16)];
escape(Byte) -> Byte.

digit(Value) when Value < 10 -> $0 + Value;
digit(Value) -> $a + Value - 10.

read(Term) when is_number(Term) -> Term;
read(Terms) when is_list(Terms) -> [read(Each) || Each <- Terms];
read({[{<<"$a">>, Name}]}) -> binary_to_atom(Name, utf8);
read({[{<<"$b">>, Text}]}) -> list_to_binary(decode(Text));
read({[{<<"$f">>, Text}]}) -> float_of(binary_to_list(Text));
read({[{<<"$t">>, Terms}]}) -> list_to_tuple(read(Terms));
read({[{<<"$i">>, [Heads, Tail]}]}) -> improper(read(Heads), read(Tail));
read({[{<<"$m">>, Pairs}]}) -> lists:foldl(fun([Key, Value], Map) -> Map#{read(Key) => read(Value)} end, #{}, Pairs);
read({Fields}) ->
    case get({term, field(<<"$h">>, Fields)}) of
        undefined -> throw({failed, "no handle has that number, or it is no term"});
        Term -> Term
    end;
read(_) -> throw({failed, "that is no term"}).

improper([Head | Rest], Tail) -> [Head | improper(Rest, Tail)];
improper([], Tail) -> Tail.

%% JSON as Erlang: {[{Name, Value}]}, lists, binaries, numbers, true, false, null.

value(<<Space, Rest/binary>>) when Space =:= $\s; Space =:= $\t -> value(Rest);
value(<<${, Rest/binary>>) -> members(Rest, []);
value(<<$[, Rest/binary>>) -> items(Rest, []);
value(<<$", Rest/binary>>) -> text(Rest, []);
value(<<"true", Rest/binary>>) -> {true, Rest};
value(<<"false", Rest/binary>>) -> {false, Rest};
value(<<"null", Rest/binary>>) -> {null, Rest};
value(Text) -> number(Text, []).

members(<<$}, Rest/binary>>, Members) -> {{lists:reverse(Members)}, Rest};
members(<<$", Rest/binary>>, Members) ->
    {Name, Rest1} = text(Rest, []),
    {Value, Rest2} = value(after_colon(Rest1)),
    members(Rest2, [{Name, Value} | Members]);
members(<<_, Rest/binary>>, Members) -> members(Rest, Members). % a comma or a space

after_colon(<<$:, Rest/binary>>) -> Rest;
after_colon(<<_, Rest/binary>>) -> after_colon(Rest).

items(<<$], Rest/binary>>, Items) -> {lists:reverse(Items), Rest};
items(<<Char, Rest/binary>>, Items) when Char =:= $,; Char =:= $\s; Char =:= $\t -> items(Rest, Items);
items(Text, Items) ->
    {Value, Rest} = value(Text),
    items(Rest, [Value | Items]).

text(<<$", Rest/binary>>, Bytes) -> {list_to_binary(lists:reverse(Bytes)), Rest};
text(<<"\\u", A, B, C, D, Rest/binary>>, Bytes) ->
    case hex([A, B, C, D]) of
        High when High >= 16#d800, High < 16#dc00 -> % the first of two that are one character
            <<"\\u", E, F, G, H, More/binary>> = Rest,
            text(More, utf8(16#10000 + ((High - 16#d800) bsl 10) + hex([E, F, G, H]) - 16#dc00, Bytes));
        Char -> text(Rest, utf8(Char, Bytes))
    end;
text(<<$\\, Char, Rest/binary>>, Bytes) -> text(Rest, [unescape(Char) | Bytes]);
text(<<Byte, Rest/binary>>, Bytes) -> text(Rest, [Byte | Bytes]).

unescape($n) -> $\n;
unescape($r) -> $\r;
unescape($t) -> $\t;
unescape($b) -> $\b;
unescape($f) -> $\f;
unescape(Char) -> Char.

hex(Digits) -> lists:foldl(fun(Digit, Value) -> 16 * Value + value_of(Digit) end, 0, Digits).

value_of(Digit) when Digit =< $9 -> Digit - $0;
value_of(Digit) when Digit =< $F -> Digit - $A + 10;
value_of(Digit) -> Digit - $a + 10.

%% The bytes of a character, the last first, before Bytes.
utf8(Char, Bytes) when Char < 16#80 -> [Char | Bytes];
utf8(Char, Bytes) when Char < 16#800 -> [last(Char), 16#c0 + (Char bsr 6) | Bytes];
utf8(Char, Bytes) when Char < 16#10000 -> [last(Char), last(Char bsr 6), 16#e0 + (Char bsr 12) | Bytes];
utf8(Char, Bytes) -> [last(Char), last(Char bsr 6), last(Char bsr 12), 16#f0 + (Char bsr 18) | Bytes].

last(Char) -> 16#80 + (Char band 63).

number(<<Char, Rest/binary>>, Chars) when Char >= $0, Char =< $9; Char =:= $-; Char =:= $+; Char =:= $.;
                                          Char =:= $e; Char =:= $E ->
    number(Rest, [Char | Chars]);
number(Rest, Chars) ->
    Text = lists:reverse(Chars),
    case [Each || Each <- Text, Each =:= $. orelse Each =:= $e orelse Each =:= $E] of
        [] -> {list_to_integer(Text), Rest};
        _ -> {float_of(Text), Rest}
    end.

%% Erlang wants a fraction in a float, JSON does not.
float_of(Text) ->
    case lists:member($., Text) of
        true -> list_to_float(Text);
        false -> list_to_float(with_fraction(Text))
    end.

with_fraction([Char | Rest]) when Char =:= $e; Char =:= $E -> [$., $0, Char | Rest];
with_fraction([Char | Rest]) -> [Char | with_fraction(Rest)];
with_fraction([]) -> ".0".

%% Base64, of three bytes to four characters.

encode(<<A, B, C, Rest/binary>>) ->
    [sixth(A bsr 2), sixth((A bsl 4) bor (B bsr 4)), sixth((B bsl 2) bor (C bsr 6)), sixth(C) | encode(Rest)];
encode(<<A, B>>) -> [sixth(A bsr 2), sixth((A bsl 4) bor (B bsr 4)), sixth(B bsl 2), $=];
encode(<<A>>) -> [sixth(A bsr 2), sixth(A bsl 4), $=, $=];
encode(<<>>) -> [].

sixth(Bits) -> sixth_of(Bits band 63).

sixth_of(Value) when Value < 26 -> $A + Value;
sixth_of(Value) when Value < 52 -> $a + Value - 26;
sixth_of(Value) when Value < 62 -> $0 + Value - 52;
sixth_of(62) -> $+;
sixth_of(63) -> $/.

decode(<<A, B, $=, $=>>) -> [(bits(A) bsl 2) bor (bits(B) bsr 4)];
decode(<<A, B, C, $=>>) -> [(bits(A) bsl 2) bor (bits(B) bsr 4), ((bits(B) bsl 4) bor (bits(C) bsr 2)) band 255];
decode(<<A, B, C, D, Rest/binary>>) ->
    Three = (bits(A) bsl 18) bor (bits(B) bsl 12) bor (bits(C) bsl 6) bor bits(D),
    [Three bsr 16, (Three bsr 8) band 255, Three band 255 | decode(Rest)];
decode(<<>>) -> [].

bits(Char) when Char >= $a -> Char - $a + 26;
bits(Char) when Char >= $A -> Char - $A;
bits(Char) when Char >= $0 -> Char - $0 + 52;
bits($+) -> 62;
bits($/) -> 63.
