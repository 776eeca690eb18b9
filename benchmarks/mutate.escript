#!/usr/bin/env escript
%% Changes one place of a module of OTP, taken from the abstract code in its beam file.
%%
%%   escript mutate.escript sites BEAM            one line a place: number, clause, line, operator, what becomes of what
%%   escript mutate.escript make BEAM NUMBER OUT  the module with that change
%%   escript mutate.escript count BEAM OUT        the module with gen_tck_hits:hit(Clause) at the beginning of each clause
%%
%% Places and clauses are numbered in the order of the source, from 1, and the same in all three. Only what clauses do
%% and ask in their guards is changed; of patterns, whole clauses are left out.
-mode(compile).

main(["sites", Beam]) ->
    {_, #{sites := Sites}} = walk_all(forms(Beam), state(none)),
    [io:format("~w\t~w\t~w\t~s\t~s~n", [N, Clause, Line, Op, What]) || {N, Clause, Line, Op, What} <- lists:reverse(Sites)];
main(["make", Beam, Number, Out]) ->
    {Forms, _} = walk_all(forms(Beam), state(list_to_integer(Number))),
    write(Forms, Out);
main(["count", Beam, Out]) ->
    {Forms, _} = walk_all(forms(Beam), (state(none))#{counting := true}),
    write(Forms, Out).

forms(Beam) ->
    {ok, {_, [{abstract_code, {raw_abstract_v1, Forms}}]}} = beam_lib:chunks(Beam, [abstract_code]),
    Forms.

write(Forms, Out) ->
    {ok, _, Code} = compile:forms(Forms, [nowarn_unused_vars, nowarn_unused_function]),
    ok = file:write_file(Out, Code).

state(Target) ->
    #{next => 1, clauses => 0, clause => 0, line => 0, target => Target, sites => [], counting => false}.

walk_all(Forms, State) ->
    lists:mapfoldl(fun({function, _, _, _, _} = Form, S) -> function(Form, S); (Form, S) -> {Form, S} end, State, Forms).

function({function, Anno, Name, Arity, Clauses}, State) ->
    {Clauses1, State1} = clauses(Clauses, State),
    {{function, Anno, Name, Arity, Clauses1}, State1}.

%% Some clauses, of which one may go if another stays.
clauses(Clauses, State) ->
    {Walked, State1} = lists:mapfoldl(fun clause/2, State, Clauses),
    {Left, State2} = lists:mapfoldl(fun({Clause, Number, Line}, S) ->
        case length(Clauses) > 1 of
            true -> site(drop_clause, ["clause in line ", integer_to_list(Line)], gone, Clause, S#{clause := Number, line := Line});
            false -> {Clause, S}
        end
    end, State1, Walked),
    {[Each || Each <- Left, Each =/= gone], State2#{clause := maps:get(clause, State)}}.

clause({clause, Anno, Patterns, Guards, Body}, #{clause := Outer, clauses := Count} = State) ->
    Number = Count + 1,
    Line = erl_anno:line(Anno),
    {Guards1, State1} = walk(Guards, State#{clauses := Number, clause := Number, line := Line}),
    {Body1, State2} = body(Body, State1),
    Counted = case State of
                  #{counting := true} -> [hit(Anno, Number) | Body1];
                  _ -> Body1
              end,
    {{{clause, Anno, Patterns, Guards1, Counted}, Number, Line}, State2#{clause := Outer}}.

hit(Anno, Number) ->
    {call, Anno, {remote, Anno, {atom, Anno, gen_tck_hits}, {atom, Anno, hit}}, [{integer, Anno, Number}]}.

%% A call whose value nobody wants may be left out.
body([Last], State) ->
    {Last1, State1} = walk(Last, State),
    {[Last1], State1};
body([Each | Rest], State) ->
    {Each1, State1} = walk(Each, State),
    {Each2, State2} = case Each of
                          {call, Anno, _, _} -> site(drop_call, show(Each), {atom, Anno, ok}, Each1, State1);
                          _ -> {Each1, State1}
                      end,
    {Rest1, State3} = body(Rest, State2),
    {[Each2 | Rest1], State3}.

walk([], State) -> {[], State};
walk([_ | _] = List, State) ->
    case is_string(List) of
        true -> {List, State};
        false -> lists:mapfoldl(fun walk/2, State, List)
    end;
walk({'case', Anno, Of, Clauses}, State) ->
    {Of1, State1} = walk(Of, State),
    {Clauses1, State2} = clauses(Clauses, State1),
    {{'case', Anno, Of1, Clauses1}, State2};
walk({'if', Anno, Clauses}, State) ->
    {Clauses1, State1} = clauses(Clauses, State),
    {{'if', Anno, Clauses1}, State1};
walk({'receive', Anno, Clauses}, State) ->
    {Clauses1, State1} = clauses(Clauses, State),
    {{'receive', Anno, Clauses1}, State1};
walk({'receive', Anno, Clauses, Timeout, After}, State) ->
    {Clauses1, State1} = clauses(Clauses, State),
    {Timeout1, State2} = walk(Timeout, State1),
    {After1, State3} = body(After, State2),
    {{'receive', Anno, Clauses1, Timeout1, After1}, State3};
walk({'fun', Anno, {clauses, Clauses}}, State) ->
    {Clauses1, State1} = clauses(Clauses, State),
    {{'fun', Anno, {clauses, Clauses1}}, State1};
walk({'try', Anno, Body, Of, Catches, After}, State) ->
    {Body1, State1} = body(Body, State),
    {Of1, State2} = clauses(Of, State1),
    {Catches1, State3} = clauses(Catches, State2),
    {After1, State4} = case After of [] -> {[], State3}; _ -> body(After, State3) end,
    {{'try', Anno, Body1, Of1, Catches1, After1}, State4};
walk({block, Anno, Body}, State) ->
    {Body1, State1} = body(Body, State),
    {{block, Anno, Body1}, State1};
walk({match, Anno, Pattern, Value}, State) ->
    {Value1, State1} = walk(Value, State),
    {{match, Anno, Pattern, Value1}, State1};
walk({call, Anno, Function, Args}, State) ->
    {Args1, State1} = walk(Args, State),
    {{call, Anno, Function, Args1}, State1};
walk({Field, Anno, Name, Value}, State) when Field =:= record_field; Field =:= map_field_exact; Field =:= map_field_assoc ->
    {Value1, State1} = walk(Value, State),
    {{Field, Anno, Name, Value1}, State1};
walk({bin, _, _} = Binary, State) -> {Binary, State};
walk({record_field, _, _, _, _} = Field, State) -> {Field, State};
walk({op, Anno, Op, One}, State) when Op =:= 'not' ->
    {One1, State1} = walk(One, State),
    site(logic, [show({op, Anno, Op, One})], One, {op, Anno, Op, One1}, State1);
walk({op, Anno, Op, Left, Right} = Node, State) ->
    {Left1, State1} = walk(Left, State),
    {Right1, State2} = walk(Right, State1),
    Walked = {op, Anno, Op, Left1, Right1},
    case other(Op) of
        none -> {Walked, State2};
        {Kind, Other} -> site(Kind, [show(Node), " -> ", atom_to_list(Other)], {op, Anno, Other, Left, Right}, Walked, State2)
    end;
walk({atom, Anno, Atom} = Node, State) ->
    case other_atom(Atom) of
        none -> {Node, State};
        Other -> site(atom, [atom_to_list(Atom), " -> ", atom_to_list(Other)], {atom, Anno, Other}, Node, State)
    end;
walk({integer, Anno, Integer} = Node, State) ->
    site(integer, [integer_to_list(Integer), " -> ", integer_to_list(Integer + 1)], {integer, Anno, Integer + 1}, Node, State);
walk(Node, State) when is_tuple(Node), tuple_size(Node) > 2 ->
    [Kind, Anno | Parts] = tuple_to_list(Node),
    {Parts1, State1} = lists:mapfoldl(fun walk/2, State, Parts),
    {list_to_tuple([Kind, Anno | Parts1]), State1};
walk(Node, State) -> {Node, State}.

is_string(List) -> lists:all(fun is_integer/1, List).

other('<') -> {comparison, '=<'};
other('=<') -> {comparison, '<'};
other('>') -> {comparison, '>='};
other('>=') -> {comparison, '>'};
other('=:=') -> {comparison, '=/='};
other('=/=') -> {comparison, '=:='};
other('==') -> {comparison, '/='};
other('/=') -> {comparison, '=='};
other('andalso') -> {logic, 'orelse'};
other('orelse') -> {logic, 'andalso'};
other('+') -> {arithmetic, '-'};
other('-') -> {arithmetic, '+'};
other(_) -> none.

other_atom(true) -> false;
other_atom(false) -> true;
other_atom(closed) -> timeout;
other_atom(timeout) -> closed;
other_atom(einval) -> enotconn;
other_atom(enotconn) -> einval;
other_atom(once) -> true;
other_atom(infinity) -> none;
other_atom(_) -> none.

site(Op, What, Changed, Node, #{next := Number, target := Number} = State) ->
    {Changed, noted(Op, What, State, Node)};
site(Op, What, _, Node, State) ->
    {Node, noted(Op, What, State, Node)}.

noted(Op, What, #{next := Number, sites := Sites, clause := Clause, line := Line} = State, Node) ->
    Text = [case C of $\n -> $\s; $\t -> $\s; _ -> C end || C <- lists:flatten(What)],
    State#{next := Number + 1, sites := [{Number, Clause, line_of(Node, Line), atom_to_list(Op), lists:sublist(Text, 120)} | Sites]}.

line_of(Node, Line) when is_tuple(Node), tuple_size(Node) > 1 ->
    try erl_anno:line(element(2, Node)) catch _:_ -> Line end;
line_of(_, Line) -> Line.

show(Node) -> lists:flatten(io_lib:format("~s", [erl_pp:expr(Node)])).
