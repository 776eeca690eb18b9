%% What a server does with file:sendfile, and what is refused. Run it: escript examples/sendfile.erl
%%
%% sendfile.py is the same program on the reference; both print the same.
-module(sendfile).
-export([main/1]).
-mode(compile).

main(_) ->
    Folder = filename:join(os:getenv("TMPDIR", "/tmp"), "sendfile-" ++ integer_to_list(rand:uniform(1 bsl 60), 36)),
    ok = file:make_dir(Folder),
    put(file, filename:join(Folder, "my_file")),
    ok = file:write_file(get(file), <<"0123456789">>),
    Scenes = [{"a header, a file, and what follows", fun whole/0}, {"parts of a file", fun parts/0},
              {"what is refused", fun refused/0}, {"a reader that takes its time", fun slow/0}],
    try
        [io:format("~s~n~s", [Title, [["    ", Line, $\n] || Line <- Scene()]]) || {Title, Scene} <- Scenes]
    after
        file:del_dir_r(Folder)
    end.

whole() ->
    {Socket, Peer} = connection(),
    Answers = [gen_tcp:send(Socket, "<"), file:sendfile(get(file), Socket), gen_tcp:send(Socket, ">")],
    ok = gen_tcp:close(Socket),
    said(Answers) ++ said([all(Peer)]).

parts() ->
    {Socket, Peer} = connection(),
    {ok, File} = file:open(get(file), [read, raw, binary]),
    Parts = [{0, 4}, {8, 0}, {8, 100}, {10, 1}, {-1, 1}],
    Answers = [file:sendfile(File, Socket, Offset, Length, []) || {Offset, Length} <- Parts],
    ok = gen_tcp:close(Socket),
    said(Answers) ++ said([all(Peer)]).

refused() ->
    {Socket, Peer} = connection(),
    Missing = file:sendfile(get(file) ++ "_of_nobody", Socket),
    {Self, File} = {self(), get(file)},
    spawn_link(fun() -> Self ! {stranger, file:sendfile(File, Socket)} end),
    Stranger = receive {stranger, Answer} -> Answer end,
    ok = gen_tcp:close(Socket),
    said([Missing, Stranger, file:sendfile(get(file), Socket), all(Peer)]).

slow() ->
    ok = file:write_file(get(file), binary:copy(<<"0123456789">>, 100000)),
    {Socket, Peer} = connection(),
    File = get(file),
    Self = self(),
    Server = spawn_link(fun() -> receive go -> Self ! {self(), file:sendfile(File, Socket)} end end),
    ok = gen_tcp:controlling_process(Socket, Server),
    Server ! go,
    Waits = receive {Server, Early} -> Early after 200 -> it_waits end,
    {ok, Data} = gen_tcp:recv(Peer, 1000000),
    said([Waits, byte_size(Data), receive {Server, Answer} -> Answer end]).

%% A socket, and the far end of its connection, with little room between them.
connection() ->
    {ok, Listener} = gen_tcp:listen(0, [binary, {active, false}, {ip, {127, 0, 0, 1}}, {recbuf, 4096}]),
    {ok, Port} = inet:port(Listener),
    {ok, Socket} = gen_tcp:connect({127, 0, 0, 1}, Port, [binary, {active, false}, {sndbuf, 4096}]),
    {ok, Peer} = gen_tcp:accept(Listener),
    ok = gen_tcp:close(Listener),
    {Socket, Peer}.

all(Peer) ->
    case gen_tcp:recv(Peer, 0) of
        {ok, Data} -> <<Data/binary, (all(Peer))/binary>>;
        {error, closed} -> <<>>
    end.

said(Terms) ->
    [io_lib:format("~p", [Each]) || Each <- Terms].
