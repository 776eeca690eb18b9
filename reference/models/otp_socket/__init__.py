"""A model of OTP's socket backend: a server process for each socket, and sends that run in their callers."""
