// The sockets of sockets.js as Erlang's calls: what a node of gen_tck needs beside its sockets.

import { Node, Port, Process, Raise, Tuple, about, bytes, isList, options, tuple } from "./gen_tck_node.js";
import { Connection, Listener, connect, listen } from "./sockets.js";

const isSize = (value) => Number.isInteger(value) && value >= 0;

/** The options that there are, and what each may be. */
const OPTIONS = {
  mode: (value) => value === "list" || value === "binary",
  active: (value) => typeof value === "boolean" || value === "once",
  packet: (value) => [0, "raw", 1, 2, 4, "line"].includes(value),
  packet_size: isSize,
  line_delimiter: (value) => isSize(value) && value < 256,
};

/** Those that are said of a socket only when it is opened. */
const OPENING = ["ip", "backlog", "reuseaddr"];
const isOpening = (option) => option instanceof Tuple && OPENING.includes(option[0]);

function opening(given) {
  const found = isList(given)
    ? options(
        OPTIONS,
        given.filter((each) => !isOpening(each)),
      )
    : null;
  if (found === null) throw new Raise("exit", "badarg");
  return found;
}

/** The port of a socket: what the socket tells becomes messages to the owner. */
class Socket extends Port {
  listen(server, settings) {
    this.inner = new Listener(server, settings, on);
    return this;
  }

  connect(socket, settings) {
    this.inner = new Connection(socket, settings, (event, value) => this.tell(event, value), on);
    if (!this.owner.alive) this.close(); // it ended meanwhile
    return this;
  }

  tell(event, value) {
    if (event === "data") this.owner.deliver(tuple("tcp", this, value));
    if (event === "error") this.owner.deliver(tuple("tcp_error", this, value));
    if (event !== "closed") return;
    this.owner.deliver(tuple("tcp_closed", this));
    this.over();
  }
}

const milliseconds = (timeout) => (timeout === "infinity" ? Infinity : timeout);
const receive = async (self, socket, length, timeout = "infinity") =>
  tuple("ok", await socket.inner.receive(length, milliseconds(timeout), self.ending));

const functions = {
  "gen_tcp.listen/2": async (self, port, given) => {
    const settings = opening(given);
    const [, ip] = given.find(([name]) => name === "ip") ?? [null, [127, 0, 0, 1]];
    return tuple("ok", new Socket(self).listen(await listen(ip.join("."), port, on), settings));
  },
  "gen_tcp.connect/3": async (self, address, port, given) => {
    const settings = opening(given);
    return tuple("ok", new Socket(self).connect(await connect(address.join("."), port, on), settings));
  },
  "gen_tcp.accept/2": about("closed", async (self, listener, timeout) => {
    const accepted = await listener.inner.accept(milliseconds(timeout), self.ending);
    return tuple("ok", new Socket(self).connect(accepted, listener.inner.settings));
  }),
  "gen_tcp.recv/2": about("closed", receive),
  "gen_tcp.recv/3": about("closed", receive),
  "gen_tcp.send/2": about("closed", async (self, socket, data) => {
    await socket.inner.send(bytes(data));
    return "ok";
  }),
  "gen_tcp.close/1": about("closed", (self, socket) => {
    socket.unlink(self); // who closes it needs no exit signal to know
    socket.close();
    return "ok";
  }),
  "gen_tcp.controlling_process/2": about("closed", (self, socket, owner) => {
    if (!(owner instanceof Process)) throw new Raise("error", "function_clause");
    if (socket.owner === owner) return "ok";
    if (socket.owner !== self) return tuple("error", "not_owner");
    if (!owner.alive) return tuple("error", "badarg");
    socket.transfer(owner);
    return "ok";
  }),
  "inet.setopts/2": about("einval", (self, socket, given) => {
    const settings = options(OPTIONS, given);
    if (settings === null) return tuple("error", "einval");
    socket.inner.set(settings);
    return "ok";
  }),
  "inet.getopts/2": about("einval", (self, socket, names) => {
    if (!isList(names) || !names.every((name) => Object.hasOwn(OPTIONS, name))) return tuple("error", "einval");
    return tuple(
      "ok",
      names.map((name) => tuple(name, socket.inner[name])),
    );
  }),
  "inet.port/1": about("einval", (self, socket) => tuple("ok", socket.inner.port)),
};

const hello = { name: "{{name}}", version: "0.1", profiles: ["essentials", "packets"] };
const node = new Node(hello, functions);
const { on } = node;
await node.start();
