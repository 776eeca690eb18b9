%% The agent calls what is in the catalogue, and for the kit the player of scripts, which it loads. Loaded under that name,
%% this calls anything: for tests of the agent, and for the relay.
-module(gen_tck_scripts).
-export([run/4]).

run(Module, Function, Args, _) -> apply(Module, Function, Args).
