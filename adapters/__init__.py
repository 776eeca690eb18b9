"""How an implementation is reached: nodes, processes, calls and peers, met the same way in and out of process."""
