"""What an implementation of Erlang-style TCP sockets must do: terms, calls, clauses and the ledger."""
