// The sockets of sockets.js as Erlang's calls: what a node of gen_tck needs beside its sockets.

import {
  ERLANG,
  Float,
  Node,
  Port,
  Process,
  Raise,
  Tuple,
  about,
  badarg,
  bytes,
  isList,
  tuple,
} from "./gen_tck_node.js";
import { isOption, pairs } from "./settings.js";
import { Connection, Listener, SocketError, aLook, connect, listen } from "./sockets.js";

const error = (reason) => tuple("error", reason);
const functionClause = () => new Raise("error", "function_clause");

function opening(given) {
  const found = pairs(given, true);
  if (found === null) throw new Raise("exit", "badarg");
  return found;
}

/** The port of a socket: what the socket tells becomes messages to the owner. */
class Socket extends Port {
  isRegistered = true;

  listen(server, settings) {
    const tell = (event, value) => this.tell(event, value);
    this.inner = this.#made(() => new Listener(server, settings, tell, on), server);
    return this;
  }

  connect(socket, settings) {
    const tell = (event, value) => this.tell(event, value);
    this.inner = this.#made(() => new Connection(socket, settings, tell, on), socket);
    this.inner.happened = () => node.activity++;
    if (!this.owner.alive) this.close(); // it ended meanwhile
    return this;
  }

  #made(make, raw) {
    try {
      return make();
    } catch (reason) {
      (raw.destroy ?? raw.close).call(raw);
      this.unlink(this.owner);
      this.close();
      throw reason instanceof SocketError ? new Raise("exit", "badarg") : reason;
    }
  }

  tell(event, value) {
    const message = {
      data: () => (this.inner?.deliver === "port" ? tuple(this, tuple("data", value)) : tuple("tcp", this, value)),
      error: () => tuple("tcp_error", this, value),
      passive: () => tuple("tcp_passive", this),
      closed: () => tuple("tcp_closed", this),
    }[event];
    if (message === undefined) this.over(value);
    else this.owner.deliver(message());
  }
}

function milliseconds(timeout) {
  if (timeout === "infinity") return Infinity;
  if (typeof timeout === "bigint") return timeout < 0 ? Infinity : Number(timeout);
  if (!Number.isInteger(timeout)) throw functionClause();
  return timeout < 0 ? Infinity : timeout;
}

async function receive(self, socket, length, timeout = "infinity") {
  const limit = milliseconds(timeout);
  if (!(Number.isInteger(length) || typeof length === "bigint") || length < 0) throw functionClause();
  if (!(socket.inner instanceof Connection)) return error("enotconn");
  return tuple("ok", await socket.inner.receive(length, limit, self.ending));
}

const badarith = () => new Raise("error", "badarith");
const isInteger = (value) => Number.isInteger(value) || typeof value === "bigint";

/** A timeout of `prim_inet`: a negative number is for ever. */
function time(timeout) {
  if (timeout instanceof Float && timeout.value < 0) return Infinity;
  if (!isInteger(timeout)) throw badarith();
  return milliseconds(timeout);
}

/** `{ok, Reference}`; what comes of `begin()` is a message to the caller, which is there on return if it can be. */
async function later(self, socket, begin) {
  let promise;
  try {
    promise = begin();
  } catch (refused) {
    if (refused instanceof SocketError) return error(refused.reason);
    throw refused;
  }
  const { reference } = promise;
  const tell = (status) => self.deliver(tuple("inet_async", socket, reference, status));
  const answered = promise.then(
    (value) => tell(tuple("ok", value)),
    (failed) => tell(error(failed.reason)),
  );
  await Promise.race([answered, aLook()]);
  return tuple("ok", reference);
}

async function asyncRecv(self, socket, length, timeout) {
  const limit = time(timeout);
  if (!isInteger(length)) throw badarith();
  if (!(socket instanceof Port && socket.alive)) return error("einval");
  if (!(socket.inner instanceof Connection)) return error("enotconn");
  return later(self, socket, () => socket.inner.receive(length < 0 ? 0 : length, limit, self.ending));
}

async function asyncAccept(self, listener, timeout) {
  const limit = time(timeout);
  if (!(listener instanceof Port && listener.alive && listener.inner instanceof Listener)) return error("einval");
  return later(self, listener, () => {
    const accepting = listener.inner.accept(limit, self.ending);
    const passive = () => [...listener.inner.settings, ["active", false]];
    const made = accepting.then((socket) =>
      Object.assign(new Socket(self).connect(socket, passive()), { isRegistered: false }),
    );
    return Object.assign(made, { reference: accepting.reference });
  });
}

function unreceive(self, socket, data) {
  let iodata;
  try {
    iodata = bytes(data);
  } catch {
    return error("einval");
  }
  if (!(socket.inner instanceof Connection)) return error("enotconn");
  socket.inner.unreceive(iodata);
  return "ok";
}

async function open(self, address, port, given, timeout = "infinity") {
  const settings = opening(given);
  const socket = await connect(address.join("."), port, milliseconds(timeout), self.ending, on);
  return tuple("ok", new Socket(self).connect(socket, settings));
}

async function accept(self, listener, timeout = "infinity") {
  const limit = milliseconds(timeout);
  if (!(listener.inner instanceof Listener)) return error("einval");
  const accepted = await listener.inner.accept(limit, self.ending);
  return tuple("ok", new Socket(self).connect(accepted, listener.inner.settings));
}

async function send(self, socket, data) {
  let iodata;
  try {
    iodata = bytes(data);
  } catch {
    return error("einval");
  }
  if (!(socket.inner instanceof Connection)) return error("enotconn");
  await socket.inner.send(iodata, self.ending, (suspended) => (self.suspended = suspended));
  return "ok";
}

/** Takes tuples out of the mailbox. */
function drop(self, isGone) {
  self.mailbox = self.mailbox.filter((message) => !(message instanceof Tuple && isGone(message)));
}

const STEP = 5_000; // ms that a close waits for output that does not move
const LIMIT = 180_000; // ms that it waits altogether

/** `prim_inet:close/1`: waits for queued output as long as it moves, then closes. */
async function closePort(self, socket) {
  if (!(socket instanceof Port)) throw functionClause();
  const { inner } = socket;
  const until = performance.now() + LIMIT;
  while (socket.alive && inner.output?.bytes > 0 && !inner.lingersNot && performance.now() < until) {
    const before = inner.output.bytes;
    const flushed = await inner.output.flushed(STEP, self.ending).then(
      () => true,
      () => false,
    );
    if (flushed || inner.output.bytes === before) break;
  }
  socket.unlink(self); // who closes it needs no exit signal to know
  socket.close();
  drop(self, ([tag, port]) => port === socket && tag === "EXIT");
  return "ok";
}

async function close(self, socket) {
  await closePort(self, socket);
  drop(self, ([tag, port]) => port === socket && tag === "tcp_closed");
  return "ok";
}

/** Calls of `gen_tcp` ask for the module of a socket; `undefined` is none. */
const served = (call) =>
  about("closed", (self, socket, ...args) => {
    if (!socket.isRegistered) throw new Raise("error", "undef");
    return call(self, socket, ...args);
  });

const setopts = about("einval", (self, socket, given) => {
  const found = pairs(given);
  if (found === null) return error("einval");
  socket.inner.set(found);
  return "ok";
});

const getopts = about("einval", (self, socket, names) => {
  if (!isList(names)) throw functionClause();
  if (!names.every(isOption)) return error("einval");
  const values = names.map((name) => tuple(name, socket.inner.get(name)));
  return tuple(
    "ok",
    values.filter(([, value]) => value !== undefined),
  );
});

const DIRECTIONS = ["read", "write", "read_write"];

const address = ({ address, port }) => tuple("ok", tuple(tuple(...address.split(".").map(Number)), port));

const COUNTS = {
  recv_oct: ({ received }) => received,
  recv_cnt: ({ packets }) => packets,
  recv_max: () => 0,
  recv_avg: ({ received, packets }) => (packets > 0 ? Math.floor(received / packets) : 0),
  recv_dvi: () => 0,
  send_oct: ({ sent }) => sent,
  send_cnt: ({ sends }) => sends,
  send_max: () => 0,
  send_avg: ({ sent, sends }) => (sends > 0 ? Math.floor(sent / sends) : 0),
  send_pend: ({ output }) => output?.bytes ?? 0,
};

const functions = {
  "gen_tcp.listen/2": async (self, port, given) => {
    const settings = opening(given);
    if (!Number.isInteger(port) || port < 0 || port > 65535) throw new Raise("exit", "badarg");
    const [, ip] = given.find(([name]) => name === "ip") ?? [null, [127, 0, 0, 1]];
    return tuple("ok", new Socket(self).listen(await listen(ip.join("."), port, on), settings));
  },
  "gen_tcp.connect/3": open,
  "gen_tcp.connect/4": open,
  "gen_tcp.accept/1": served(accept),
  "gen_tcp.accept/2": served(accept),
  "gen_tcp.recv/2": served(receive),
  "gen_tcp.recv/3": served(receive),
  "gen_tcp.unrecv/2": served(unreceive),
  "gen_tcp.send/2": served(send),
  "gen_tcp.shutdown/2": served(async (self, socket, how) => {
    if (!DIRECTIONS.includes(how)) throw functionClause();
    if (!(socket.inner instanceof Connection)) return error("enotconn");
    await socket.inner.shutdown(how);
    return "ok";
  }),
  "gen_tcp.close/1": close,
  "gen_tcp.controlling_process/2": (self, socket, owner) => {
    if (!(socket instanceof Port && owner instanceof Process)) throw functionClause();
    if (!socket.alive) return error("closed");
    if (socket.owner === owner) return "ok";
    if (socket.owner !== self) return error("not_owner");
    if (!owner.alive) return error("badarg");
    socket.transfer(owner);
    return "ok";
  },
  "inet.setopts/2": setopts,
  "inet.getopts/2": getopts,
  "inet.port/1": about("einval", (self, socket) => tuple("ok", socket.inner.local.port)),
  "inet.sockname/1": about("einval", (self, { inner }) =>
    inner.state === "disconnected" ? error("ebadf") : address(inner.local),
  ),
  "inet.peername/1": about("einval", (self, { inner }) =>
    inner.state === "disconnected" || inner.isLost || inner.remote === undefined ? error("enotconn") : address(inner.remote),
  ),
  "inet.getstat/1": about("einval", (self, { inner }) =>
    tuple(
      "ok",
      Object.entries(COUNTS).map(([name, count]) => tuple(name, count(inner))),
    ),
  ),
  "inet.getstat/2": about("einval", (self, { inner }, names) => {
    if (!isList(names)) throw functionClause();
    if (!names.every((name) => Object.hasOwn(COUNTS, name))) return error("einval");
    return tuple(
      "ok",
      names.map((name) => tuple(name, COUNTS[name](inner))),
    );
  }),
  "inet.info/1": (self, socket) => {
    if (!(socket instanceof Port)) throw functionClause();
    if (!socket.alive) return new Map([["states", ["closed"]]]);
    const state = socket.inner instanceof Listener ? "listen" : "connected";
    return new Map([
      ["owner", socket.owner],
      ["states", ["open", state]],
    ]);
  },
  "inet.monitor/1": (self, socket) => {
    if (!(socket instanceof Port)) throw badarg();
    return ERLANG["erlang.monitor/2"](self, "port", socket);
  },
  "prim_inet.async_recv/3": asyncRecv,
  "prim_inet.async_accept/2": asyncAccept,
  "prim_inet.unrecv/2": (self, socket, data) =>
    socket instanceof Port && socket.alive ? unreceive(self, socket, data) : error("einval"),
  "prim_inet.getopts/2": getopts,
  "prim_inet.setopts/2": setopts,
  "prim_inet.send/2": about("einval", send),
  "prim_inet.recv/3": about("einval", receive),
  "prim_inet.close/1": closePort,
  "inet_db.register_socket/2": (self, socket, module) => {
    if (!(socket instanceof Port && typeof module === "string")) throw functionClause();
    if (socket.alive) socket.isRegistered = true;
    return socket.alive;
  },
  "inet_db.unregister_socket/1": (self, socket) => {
    if (!(socket instanceof Port)) throw functionClause();
    return "ok";
  },
  "inet.cancel_monitor/1": (self, reference) => {
    const known = node.monitored.has(reference) && node.monitored.get(reference).alive;
    ERLANG["erlang.demonitor/1"](self, reference);
    if (known) drop(self, ([tag, which]) => tag === "DOWN" && which === reference);
    return known;
  },
};

const hello = { name: "node-sockets", version: "0.1", profiles: ["core", "active-n", "async-recv"] };
const node = new Node(hello, functions);
const { on } = node;
await node.start();
