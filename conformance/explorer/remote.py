"""What a worker runs first: its source is sent there, and needs nothing of the kit until that can be found."""

import sys

if __name__ == "__channelexec__":  # as execnet calls it
    channel = globals()["channel"]
    path, job = channel.receive()
    sys.path[:] = path or sys.path
    from gen_tck.conformance.explorer.worker import work

    work(channel, job)
