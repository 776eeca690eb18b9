"""A script for each variant that is known of every node: the shortest that shows it."""

from __future__ import annotations

SCRIPTS = {
    ("ownership/naming-the-present-owner-moves-nothing", "not_owner"): """
        connect with [binary,{active,false}]
        other: gen_tcp:controlling_process('$socket', '$owner')
    """,
    ("ownership/transfer-after-tcp-closed", "einval"): """
        connect with [binary,{active,true}]
        peer: close
        owner: gen_tcp:controlling_process('$socket', '$other')
    """,
    ("ownership/transfer-after-tcp-closed", "moved"): """
        connect with [binary,{active,true}]
        peer: close
        owner: gen_tcp:controlling_process('$socket', '$other')
    """,
    ("ownership/closed-socket-cannot-be-transferred", "einval"): """
        connect with [binary,{active,false}]
        owner: gen_tcp:close('$socket')
        owner: gen_tcp:controlling_process('$socket', '$other')
    """,
    ("ownership/transfer-after-the-end-was-read", "einval"): """
        connect with [binary,{active,false}]
        peer: fin
        owner: gen_tcp:recv('$socket', 0, infinity)
        owner: gen_tcp:controlling_process('$socket', '$other')
    """,
    ("ownership/monitor-tells-of-the-close", "socket"): """
        connect with [binary,{active,false}]
        other: inet:monitor('$socket')
        owner: gen_tcp:close('$socket')
    """,
    ("ownership/monitor-of-a-closed-socket-fires-at-once", "nosock"): """
        connect with [binary,{active,false}]
        owner: gen_tcp:close('$socket')
        other: inet:monitor('$socket')
    """,
    ("ownership/strangers-close-may-reach-a-trapping-owner", "silent"): """
        connect with [binary,{active,false}]
        owner: gen_tcp:controlling_process('$socket', '$trapper')
        owner: gen_tcp:close('$socket')
    """,
    ("ownership/listener-cannot-receive", "einval"): """
        connect with [binary,{active,true}], and listen
        owner: gen_tcp:recv('$listener', 0, infinity)
    """,
    ("sending/listener-cannot-send", "closed"): """
        connect with [binary,{active,false}], and listen
        owner: gen_tcp:send('$listener', <<"a">>)
    """,
    ("receiving/length-in-packet-mode", "ignored"): """
        connect with [binary,{active,false},{packet,1}]
        owner: gen_tcp:recv('$socket', 3, infinity)
    """,
    ("receiving/second-receive", "queued"): """
        connect with [binary,{active,false}]
        owner: gen_tcp:recv('$socket', 0, infinity)
        other: gen_tcp:recv('$socket', 0, infinity)
    """,
    ("receiving/activation-during-a-receive", "receiver"): """
        connect with [binary,{active,false}]
        other: gen_tcp:recv('$socket', 0, infinity)
        owner: inet:setopts('$socket', [{active,true}])
        peer: send <<"a">>
    """,
    ("receiving/buffer-of-an-expired-receive", "dropped"): """
        connect with [binary,{active,false}]
        owner: gen_tcp:recv('$socket', 3, 0)
        peer: send <<"efghij">>
        owner: gen_tcp:recv('$socket', 0, infinity)
    """,
    ("receiving/unrecv-puts-bytes-in-front", "enotsup"): """
        connect with [binary,{active,false}]
        owner: gen_tcp:unrecv('$socket', <<"a">>)
    """,
    ("sending/large-send-to-a-stalled-peer", "waits"): """
        connect with [binary,{active,false},{sndbuf,16384},{send_timeout,infinity}], the peer reads nothing
        owner: gen_tcp:send('$socket', '$bulk')
    """,
    ("sending/sends-after-a-failed-send", "closed"): """
        connect with [binary,{active,false}]
        owner: gen_tcp:shutdown('$socket', write)
        owner: gen_tcp:send('$socket', <<"a">>)
        owner: gen_tcp:send('$socket', <<"a">>)
    """,
    ("sending/empty-send-on-a-dead-connection", "closed"): """
        connect with [binary,{active,false}]
        owner: gen_tcp:shutdown('$socket', write)
        owner: gen_tcp:send('$socket', <<>>)
    """,
    ("sending/failed-send-closes-the-socket", "stays_open"): """
        connect with [binary,{active,true}]
        owner: gen_tcp:shutdown('$socket', write)
        owner: gen_tcp:send('$socket', <<"a">>)
    """,
    ("closing/recv-after-close", "einval"): """
        connect with [binary,{active,false}]
        owner: gen_tcp:close('$socket')
        owner: gen_tcp:recv('$socket', 0, infinity)
    """,
    ("closing/recv-after-the-end", "closed"): """
        connect with [binary,{active,false}]
        peer: close
        owner: gen_tcp:recv('$socket', 0, infinity)
        owner: gen_tcp:recv('$socket', 0, infinity)
    """,
    ("closing/recv-after-the-end", "einval"): """
        connect with [binary,{active,false}]
        peer: close
        owner: gen_tcp:recv('$socket', 0, infinity)
        owner: gen_tcp:recv('$socket', 0, infinity)
    """,
    ("closing/options-after-close", "closed"): """
        connect with [binary,{active,false}]
        owner: gen_tcp:close('$socket')
    """,
    ("closing/options-after-a-noticed-end", "einval"): """
        connect with [binary,{active,false}]
        peer: close
        owner: gen_tcp:recv('$socket', 0, infinity)
        owner: inet:setopts('$socket', [{packet,4}])
    """,
    ("closing/mode-after-a-noticed-end", "einval"): """
        connect with [binary,{active,false}]
        peer: close
        owner: gen_tcp:recv('$socket', 0, infinity)
    """,
    ("closing/mode-of-a-half-open-socket", "passive"): """
        connect with [binary,{active,true},{exit_on_close,false}]
        peer: fin
    """,
    ("closing/mode-of-a-half-open-socket", "einval"): """
        connect with [binary,{active,true},{exit_on_close,false}]
        peer: fin
    """,
    ("closing/arming-a-half-open-socket", "einval"): """
        connect with [binary,{active,true},{exit_on_close,false}]
        peer: fin
        owner: inet:setopts('$socket', [{active,true}])
    """,
    ("closing/shutdown-after-a-noticed-end", "closed"): """
        connect with [binary,{active,false}]
        peer: close
        owner: gen_tcp:recv('$socket', 0, infinity)
        owner: gen_tcp:shutdown('$socket', write)
    """,
    ("closing/close-and-the-closed-message", "kept"): """
        connect with [binary,{active,true}]
        peer: close
        owner: gen_tcp:close('$socket')
    """,
    ("closing/close-after-the-first-line", "reset"): """
        connect with [binary,{active,false},{packet,line}]
        peer: send <<100,10,101,10>>
        owner: gen_tcp:recv('$socket', 0, infinity)
        owner: gen_tcp:close('$socket')
    """,
    ("closing/bad-packet-ends-the-connection", "stays_open"): """
        connect with [binary,{active,true},{packet,4}]
        peer: send <<255,255,255,255>>
    """,
    ("closing/recv-after-a-bad-packet", "emsgsize"): """
        connect with [binary,{active,false},{packet,4}]
        peer: send <<255,255,255,255>>
        owner: gen_tcp:recv('$socket', 0, infinity)
    """,
    ("closing/recv-after-a-bad-packet", "timeout"): """
        connect with [binary,{active,false},{packet,4}]
        peer: send <<255,255,255,255>>
        owner: gen_tcp:recv('$socket', 0, infinity)
    """,
    ("closing/shutdown-read-and-what-had-arrived", "discarded"): """
        connect with [binary,{active,false}]
        peer: send <<"a">>
        owner: gen_tcp:shutdown('$socket', read)
        owner: gen_tcp:recv('$socket', 0, infinity)
    """,
    ("closing/data-after-shutdown-read", "closed"): """
        connect with [binary,{active,false},{exit_on_close,false}]
        owner: gen_tcp:shutdown('$socket', read)
        owner: gen_tcp:recv('$socket', 0, infinity)
        peer: send <<"a">>
        owner: gen_tcp:recv('$socket', 0, infinity)
    """,
    ("closing/shutdown-read-and-exit-on-close", "stays_open"): """
        connect with [binary,{active,true}]
        owner: gen_tcp:shutdown('$socket', read)
    """,
    ("sending/stalled-peer-blocks-the-sender", "later"): """
        connect with [binary,{active,false},{sndbuf,16384},{send_timeout,infinity}], the peer reads nothing
        owner: gen_tcp:send('$socket', '$bulk')
        owner: gen_tcp:send('$socket', '$bulk')
    """,
    ("receiving/receives-what-is-available", "all"): """
        connect with [binary,{active,false},{packet,line}]
        peer: send <<100,10,101,10>>
        owner: gen_tcp:recv('$socket', 0, infinity)
        peer: send <<"a">>
        owner: inet:setopts('$socket', [{packet,0}])
        owner: gen_tcp:recv('$socket', 0, infinity)
    """,
    ("receiving/zero-timeout-polls", "to_the_end"): """
        connect with [binary,{active,false},{packet,4}]
        peer: send <<0,0>>
        peer: fin
        owner: gen_tcp:recv('$socket', 0, 0)
    """,
    ("receiving/framing-may-change-during-a-receive", "at_once"): """
        connect with [binary,{active,once},{packet,1}]
        peer: send <<"bc">>
        owner: inet:setopts('$socket', [{packet,0}])
    """,
    ("closing/bad-packet-ends-the-connection", "closes_whatever"): """
        connect with [binary,{active,true},{packet,4},{exit_on_close,false}]
        other: inet:monitor('$socket')
        peer: send <<255,255,255,255>>
    """,
    ("modes/leftover-of-a-receive-is-delivered", "at_once"): """
        connect with [binary,{active,false}]
        other: gen_tcp:recv('$socket', 10, infinity)
        peer: send <<"bcd">>
        owner: inet:setopts('$socket', [{active,true}])
        other gets exit signal kill
    """,
    ("closing/exit-on-close-may-be-set-later", "too_late"): """
        connect with [binary,{active,true},{exit_on_close,false}]
        peer: close
        owner: inet:setopts('$socket', [{exit_on_close,true}])
        owner: inet:setopts('$socket', [{active,once}])
    """,
}
