"""What the driver asks of an operating system, on a simulated network and on real loopback sockets."""
