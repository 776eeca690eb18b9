"""Changes of OTP 25's modules after which they do what they did: no test can notice them, and none is drawn.

Each was read to the end: who reads what is changed, and what comes of it.
"""

from __future__ import annotations

EQUIVALENT: dict[tuple[str, int, str], str] = {
    ("gen_tcp_socket", 190, "comparison"): (
        "descriptor 0 is taken for none: the option fd is out of scope, and without it there is no other than -1"
    ),
    ("gen_tcp_socket", 871, "atom"): (
        "an option that is to be ignored is passed on to the server, where state_setopts/4 asks ignore_optname/1, too"
    ),
    ("gen_tcp_socket", 1086, "atom"): (
        "the default of active: inet:connect_options/2 and listen_options/2 begin with {active, true}, so that each "
        "socket is told its mode"
    ),
    ("gen_tcp_socket", 1577, "drop_call"): (
        "a select that is not cancelled: the server that asked for it ends with the accept that has timed out, and the "
        "listener's queue forgets who ends"
    ),
    ("gen_tcp_socket", 1880, "comparison"): (
        "a length that is there exactly: nothing is left to be read, and handle_recv_length/5 delivers what is there"
    ),
    ("gen_tcp_socket", 2270, "drop_call"): (
        "a select that is not cancelled: the server that asked for it is about to end (terminate/3), and the "
        "listener's queue forgets who ends"
    ),
    ("inet", 1020, "comparison"): (
        "{active, 32768} is taken for an option: if not it is passed on as any other, and prim_inet:setopts/2 refuses "
        "it either way"
    ),
    ("inet", 2309, "atom"): "timeout/2 is called by nobody who opens, uses or closes a socket of gen_tcp",
    ("prim_inet", 713, "drop_call"): (
        "a cork that stays: the kernel sends what it holds back after 200 ms at most (tcp(7)), and nopush is out of "
        "scope"
    ),
}
"""Module, line and operator -> why it is the same."""
