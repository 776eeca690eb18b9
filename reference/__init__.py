"""An implementation you can read: processes, ports, the TCP driver and the calls on it, without I/O inside."""
