%% Runs examples of the specification, in a VM that shares nothing but a connection with the tests.
%%
%% Frames in: the source of the preamble; then for each example "serial|parallel NUL id NUL file NUL line NUL text"; then
%% an empty one. Frames out, as the examples end: "id NUL" if it came to its end, else "id NUL what went wrong".

-module(run_examples).
-export([main/1]).

%% How many run at a time: enough to keep the cores busy, few enough for every limit on open files.
at_a_time() -> 16.

%% Milliseconds after which an example counts as stuck. Only one that is wrong ever takes so long.
patience() -> 60000.

main(Channel) ->
    logger:set_primary_config(level, none),
    {ok, Source} = gen_tcp:recv(Channel, 0),
    Words = load_preamble(unicode:characters_to_list(Source)),
    load_all(kernel),
    load_all(stdlib),
    {Serial, Parallel} = lists:partition(fun({Mode, _}) -> Mode =:= <<"serial">> end, examples(Channel)),
    Run = fun(Example) -> spawn_monitor(fun() -> exit(run(Words, Example)) end) end,
    at_a_time(at_a_time(), Run, [Example || {_, Example} <- Parallel], #{}, Channel),
    at_a_time(1, Run, [Example || {_, Example} <- Serial], #{}, Channel),
    erlang:halt(0, [{flush, false}]).

examples(Channel) ->
    case gen_tcp:recv(Channel, 0) of
        {ok, <<>>} ->
            [];
        {ok, Frame} ->
            [Mode, Id, File, Line, Text] = binary:split(Frame, <<0>>, [global]),
            Example = {Id, binary_to_list(File), binary_to_integer(Line), unicode:characters_to_list(Text)},
            [{Mode, Example} | examples(Channel)]
    end.

at_a_time(_, _, [], Running, _) when map_size(Running) =:= 0 ->
    ok;
at_a_time(Most, Run, [Example | Rest], Running, Channel) when map_size(Running) < Most ->
    {Pid, _} = Run(Example),
    at_a_time(Most, Run, Rest, Running#{Pid => element(1, Example)}, Channel);
at_a_time(Most, Run, Rest, Running, Channel) ->
    receive
        {'DOWN', _, process, Pid, {seen, Seen}} ->
            {Id, Others} = maps:take(Pid, Running),
            ok = gen_tcp:send(Channel, [Id, 0, Seen]),
            at_a_time(Most, Run, Rest, Others, Channel)
    end.

%% ---- one example

run(Words, {_, File, Line, Text}) ->
    Module = list_to_atom("example" ++ integer_to_list(erlang:unique_integer([positive]))),
    case compiled(Module, Words, File, Line, Text) of
        {ok, Beam} ->
            {module, Module} = code:load_binary(Module, File, Beam),
            {seen, watched(Module, File, Line)};
        {error, Where, What} ->
            {seen, [File, ":", integer_to_list(Where), ": ", hd(string:split(What, "\n"))]}
    end.

%% The lines of the module are those of the chapter, so that whatever fails is found there.
compiled(Module, Words, File, Line, Text) ->
    maybe_parsed(erl_scan:string(Text, {Line, 1}), fun(Expressions) ->
        Forms = [
            {attribute, 1, file, {File, 1}},
            {attribute, 1, module, Module},
            {attribute, 1, export, [{example, 0}]},
            {attribute, 1, import, {user_default, Words}},
            {function, Line, example, 0, [{clause, Line, [], [], Expressions}]}
        ],
        %% `catch' is the shortest way to show what a call raises, though OTP 29 warns of it.
        Options = [binary, return_errors, return_warnings, warnings_as_errors, nowarn_deprecated_catch],
        case compile:forms(Forms, Options) of
            {ok, Module, Beam, []} -> {ok, Beam};
            {error, Errors, Warnings} -> first_of(Line, Errors ++ Warnings)
        end
    end).

maybe_parsed({ok, Tokens, _}, Then) ->
    case erl_parse:parse_exprs(Tokens) of
        {ok, Expressions} -> Then(Expressions);
        {error, {Where, Module, What}} -> {error, line(Where), Module:format_error(What)}
    end;
maybe_parsed({error, {Where, Module, What}, _}, _) ->
    {error, line(Where), Module:format_error(What)}.

first_of(Line, [{_, [{none, Module, What} | _]} | _]) -> {error, Line, Module:format_error(What)};
first_of(_, [{_, [{Where, Module, What} | _]} | _]) -> {error, line(Where), Module:format_error(What)}.

line({Line, _Column}) -> Line;
line(Line) -> Line.

%% Run the example in a fresh process, and say what went wrong; nothing if nothing did.
watched(Module, File, Line) ->
    {Pid, Monitor} = spawn_monitor(fun() ->
        try Module:example() of
            _ -> exit(came_to_its_end)
        catch
            Class:Reason:Stack -> exit({raised, Class, Reason, Stack})
        end
    end),
    receive
        {'DOWN', Monitor, process, Pid, came_to_its_end} -> "";
        {'DOWN', Monitor, process, Pid, {raised, Class, Reason, Stack}} -> place(File, line_in(Module, Stack, Line), {Class, Reason});
        {'DOWN', Monitor, process, Pid, Reason} -> place(File, Line, {ended_by, Reason})
    after patience() ->
        {current_stacktrace, Stack} = process_info(Pid, current_stacktrace),
        {messages, Messages} = process_info(Pid, messages),
        exit(Pid, kill),
        place(File, line_in(Module, Stack, Line), {waits_for_ever, {messages, Messages}})
    end.

%% The line of the example that is on the stack; without one, the line where it begins.
line_in(Module, Stack, Line) ->
    hd([proplists:get_value(line, Location, Line) || {Each, _, _, Location} <- Stack, Each =:= Module] ++ [Line]).

place(File, Line, What) ->
    [File, ":", integer_to_list(Line), ": ", one_line(What)].

one_line(Term) -> unicode:characters_to_binary(io_lib:format("~0tp", [Term])).

%% ---- the preamble

%% A process that waits for a module to be loaded looks as if the call that it makes had blocked it.
load_all(Application) ->
    {ok, Modules} = application:get_key(Application, modules),
    lists:foreach(fun code:ensure_loaded/1, Modules).

load_preamble(Source) ->
    {ok, Tokens, _} = erl_scan:string(Source),
    {ok, user_default, Beam} = compile:forms(forms(Tokens, [], []), [binary]),
    {module, user_default} = code:load_binary(user_default, "user_default.erl", Beam),
    [Word || {Name, _} = Word <- user_default:module_info(exports), Name =/= module_info].

forms([], [], Done) ->
    lists:reverse(Done);
forms([{dot, _} = Dot | Rest], Form, Done) ->
    {ok, Parsed} = erl_parse:parse_form(lists:reverse([Dot | Form])),
    forms(Rest, [], [Parsed | Done]);
forms([Token | Rest], Form, Done) ->
    forms(Rest, [Token | Form], Done).
