// What a node of gen_tck needs whatever sockets it has: the wire protocol 1.1, terms, processes, ports and `erlang`.
// One file without dependencies. Nothing in it need be changed; adapter.js shows how it is used.
//
//   Erlang                JavaScript
//   atom                  string, and the atoms true and false: boolean
//   integer               number, beyond 2^53 BigInt (either is taken)
//   float                 Float (a number with a fraction is taken, too)
//   binary                Buffer
//   list, tuple           Array, Tuple, made by tuple(…)
//   improper list, map    Improper, Map
//   pid, port, reference  Process, Port, Reference: the object itself

import net from "node:net";

// ---------------------------------------------------------------------------------------------------------- terms

/** Erlang's tuple. It can be taken apart like an array: `const [tag, socket] = message`. */
export class Tuple extends Array {}
export const tuple = (...elements) => Tuple.from(elements);

export const isList = (term) => Array.isArray(term) && !(term instanceof Tuple);

/** Erlang's float: 2.0 is no integer there, and JavaScript has one type for both. */
export class Float {
  constructor(value) {
    this.value = value;
  }
}

/** A list that ends in `tail`, which is no list. */
export class Improper {
  constructor(heads, tail) {
    this.heads = heads;
    this.tail = tail;
  }
}

/** What a call raises, and its process lives on: `kind` is `"error"`, `"exit"` or `"throw"`, `reason` a term. */
export class Raise extends Error {
  constructor(kind, reason) {
    super(`${kind}: ${reason}`);
    this.kind = kind;
    this.reason = reason;
  }
}
export const badarg = () => new Raise("error", "badarg");

/** Options such as `[binary, {active, false}]` as an object; null if one is none, by `checks` of their values. */
export function options(checks, given) {
  const found = {};
  for (const option of isList(given) ? given : [null]) {
    const [name, value] = option instanceof Tuple ? option : ["mode", option];
    if (!Object.hasOwn(checks, name) || !checks[name](value)) return null;
    found[name] = value;
  }
  return found;
}

/** The bytes of iodata (a binary, or a list of bytes, binaries and such lists). Raises `error:badarg`. */
export function bytes(data) {
  if (Buffer.isBuffer(data)) return data;
  if (!isList(data) && !(data instanceof Improper)) throw badarg();
  const one = (each) => (Number.isInteger(each) && each >= 0 && each < 256 ? Buffer.of(each) : bytes(each));
  if (isList(data)) return Buffer.concat(data.map(one));
  if (!Buffer.isBuffer(data.tail)) throw badarg();
  return Buffer.concat([...data.heads.map(one), data.tail]);
}

/** Parses a line. Integers that a number cannot hold are marked first, since JSON.parse would round them. */
function parse(line) {
  if (!/\d{16}/.test(line)) return JSON.parse(line);
  let inText = false;
  const pieces = line.split('"').map((piece) => {
    if (inText) {
      inText = /\\*$/.exec(piece)[0].length % 2 === 1; // that quote was escaped
      return piece;
    }
    inText = true;
    return piece.replace(/-?\d{16,}(?![\d.eE])/g, '{"$n":"$&"}');
  });
  return JSON.parse(pieces.join('"'));
}

function floatText({ value }) {
  if (!Number.isFinite(value)) throw new Error(`Erlang has no float ${value}`);
  const text = Object.is(value, -0) ? "-0" : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** Terms to text and back; numbers handles as they first appear, and none twice. */
class Terms {
  #last = 0;
  #numbers = new Map();
  #handles = new Map();

  clear() {
    this.#numbers.clear();
    this.#handles.clear();
  }

  handle(number) {
    if (!this.#handles.has(number)) throw new Error(`there is no handle ${number}`);
    return this.#handles.get(number);
  }

  /** The JSON text of a term. */
  write(term) {
    const all = (terms) => `[${Array.from(terms, (each) => this.write(each)).join(",")}]`;
    if (typeof term === "string" || typeof term === "boolean") return `{"$a":${JSON.stringify(String(term))}}`;
    if (typeof term === "bigint" || Number.isInteger(term)) return String(BigInt(term));
    if (typeof term === "number") return this.write(new Float(term));
    if (term instanceof Float) return `{"$f":"${floatText(term)}"}`;
    if (term instanceof Uint8Array) return `{"$b":"${Buffer.from(term).toString("base64")}"}`;
    if (term instanceof Tuple) return `{"$t":${all(term)}}`;
    if (Array.isArray(term)) return all(term);
    if (term instanceof Improper) return `{"$i":[${all(term.heads)},${this.write(term.tail)}]}`;
    if (term instanceof Map) return `{"$m":[${Array.from(term, all).join(",")}]}`;
    if (term instanceof Handle) return `{"$h":${this.#number(term)},"kind":"${term.kind}"}`;
    throw new Error(`no term of Erlang: ${term}`);
  }

  #number(handle) {
    if (!this.#numbers.has(handle)) {
      this.#numbers.set(handle, ++this.#last);
      this.#handles.set(this.#last, handle);
    }
    return this.#numbers.get(handle);
  }

  /** The term that parsed JSON stands for. */
  read(json) {
    if (typeof json === "number") return Number.isInteger(json) ? json : new Float(json);
    if (Array.isArray(json)) return json.map((each) => this.read(each));
    if ("$a" in json) return json.$a === "true" || json.$a === "false" ? json.$a === "true" : json.$a;
    if ("$n" in json) return Number.isSafeInteger(Number(json.$n)) ? Number(json.$n) : BigInt(json.$n);
    if ("$f" in json) return new Float(Number(json.$f));
    if ("$b" in json) return Buffer.from(json.$b, "base64");
    if ("$t" in json) return tuple(...json.$t.map((each) => this.read(each)));
    if ("$i" in json) return new Improper(this.read(json.$i[0]), this.read(json.$i[1]));
    if ("$m" in json) return new Map(json.$m.map((pair) => this.read(pair)));
    if ("$h" in json) return this.handle(json.$h);
    throw new Error(`no term: ${JSON.stringify(json)}`);
  }
}

// ---------------------------------------------------------------------------------------------- processes and ports

class Handle {
  constructor(kind) {
    this.kind = kind;
  }
}

export class Reference extends Handle {
  constructor() {
    super("ref");
  }
}

/** What can be linked, watched and named: a process or a port. */
class Entity extends Handle {
  alive = true;
  links = new Set();
  watchers = new Map();

  link(other) {
    this.links.add(other);
    other.links.add(this);
  }

  unlink(other) {
    this.links.delete(other);
    other.links.delete(this);
  }

  /** It is over: those who are linked get exit signals, those who watch messages. */
  finish(reason) {
    this.alive = false;
    for (const [name, holder] of this.node.names) if (holder === this) this.node.names.delete(name);
    for (const other of [...this.links]) {
      this.unlink(other);
      other.signal(this, reason, true);
    }
    const kind = this.kind === "pid" ? "process" : "port";
    for (const [reference, watcher] of this.watchers) watcher.deliver(tuple("DOWN", reference, kind, this, reason));
  }
}

export class Process extends Entity {
  mailbox = [];
  trapExit = false;
  /** Set while a busy port holds up its call. */
  suspended = false;
  #answer = null;
  #ending = new AbortController();

  constructor(node) {
    super("pid");
    this.node = node;
  }

  /** Is aborted when the process ends, so that what it waits for can be given up. */
  get ending() {
    return this.#ending.signal;
  }

  get status() {
    if (!this.alive) return "ended";
    return this.#answer === null ? "idle" : this.suspended ? "suspended" : "waiting";
  }

  deliver(message) {
    this.node.activity++;
    if (this.alive) this.mailbox.push(message);
  }

  /** An exit signal arrives, along a link (`linked`) or from `erlang:exit/2`. */
  signal(from, reason, linked = false) {
    if (!this.alive) return;
    if (reason === "kill" && !linked) this.end("killed");
    else if (this.trapExit) this.deliver(tuple("EXIT", from, reason));
    else if (reason !== "normal" || (from === this && !linked)) this.end(reason);
  }

  end(reason) {
    if (!this.alive) return;
    this.node.activity++;
    this.alive = false;
    this.mailbox = [];
    this.#ending.abort();
    this.#said("ended", reason);
    this.finish(reason);
  }

  /** Applies `body` and says to `answer` what came of it: `(kind, term)`. What is no promise is answered at once. */
  call(body, answer) {
    if (!this.alive) return answer("ended", "noproc");
    if (this.#answer !== null) return answer("failed", "the process has a call under way");
    this.#answer = answer;
    const returned = (term) => this.#said("returned", term);
    const thrown = (error) => {
      if (error instanceof Raise) this.#said("raised", error);
      else if (typeof error?.reason === "string") this.#said("returned", tuple("error", error.reason));
      else this.#said("failed", String(error?.stack ?? error));
    };
    try {
      const result = body();
      if (result instanceof Promise) result.then(returned).catch(thrown);
      else returned(result);
    } catch (error) {
      thrown(error);
    }
  }

  #said(kind, term) {
    const answer = this.#answer;
    this.#answer = null;
    this.suspended = false;
    this.node.activity++;
    answer?.(kind, term); // nobody waits any more for what a call came to whose process has ended
  }
}

/**
 * A socket as Erlang sees it: a port, that closes when its owner ends. What it stands for is its `inner`, which has
 * `close()`, and `abort()` that does the same at once, whatever is still to be sent.
 */
export class Port extends Entity {
  inner = null;

  constructor(owner) {
    super("port");
    this.node = owner.node;
    this.owner = owner;
    this.node.ports.add(this);
    this.link(owner);
  }

  signal(from, reason) {
    this.close(reason === "kill" ? "killed" : reason);
  }

  close(reason = "normal") {
    if (!this.alive) return;
    this.node.activity++;
    this.node.ports.delete(this);
    this.alive = false;
    this.inner?.close();
    this.finish(reason);
  }

  /** It came to an end by itself, of which its owner has messages and no exit signal. */
  over(reason = "normal") {
    this.unlink(this.owner);
    this.close(reason);
  }

  /** Another owner; the messages of the socket that the former has go along. */
  transfer(owner) {
    const names = ([tag, port]) => tag === this || (/^(tcp|inet)(_|$)/.test(tag) && port === this);
    const isMine = (message) => message instanceof Tuple && names(message);
    const moved = this.owner.mailbox.filter(isMine);
    this.owner.mailbox = this.owner.mailbox.filter((message) => !isMine(message));
    for (const message of moved) owner.deliver(message);
    this.unlink(this.owner);
    this.link(owner);
    this.owner = owner;
  }
}

/** A function whose first argument is a port: `{error, ifClosed}` of a closed one. */
export const about =
  (ifClosed, body) =>
  (self, port, ...args) => {
    if (!(port instanceof Port)) throw new Raise("error", "function_clause");
    return port.alive ? body(self, port, ...args) : tuple("error", ifClosed);
  };

/** The helpers that tests cannot do without. */
const entity = (term) => {
  if (!(term instanceof Entity)) throw badarg();
  return term;
};
export const ERLANG = {
  "erlang.exit/1": (self, reason) => self.end(reason),
  "erlang.exit/2": (self, to, reason) => (entity(to).alive && to.signal(self, reason), true),
  "erlang.link/1": (self, other) => {
    if (!entity(other).alive) self.signal(other, "noproc", true);
    else if (other !== self) self.link(other);
    return true;
  },
  "erlang.unlink/1": (self, other) => (self.unlink(entity(other)), true),
  "erlang.monitor/2": (self, kind, target) => {
    if (kind !== (entity(target).kind === "pid" ? "process" : "port")) throw badarg();
    const reference = new Reference();
    if (target.alive) target.watchers.set(reference, self);
    else self.deliver(tuple("DOWN", reference, kind, target, "noproc"));
    self.node.monitored.set(reference, target);
    return reference;
  },
  "erlang.demonitor/1": (self, reference) => {
    if (!(reference instanceof Reference)) throw badarg();
    self.node.monitored.get(reference)?.watchers.delete(reference);
    self.node.monitored.delete(reference);
    return true;
  },
  "erlang.process_flag/2": (self, flag, value) => {
    if (flag !== "trap_exit" || typeof value !== "boolean") throw badarg();
    const before = self.trapExit;
    self.trapExit = value;
    return before;
  },
  "erlang.register/2": (self, name, target) => {
    const { names } = self.node;
    const free = typeof name === "string" && name !== "undefined" && !names.has(name);
    if (!free || !entity(target).alive || [...names.values()].includes(target)) throw badarg();
    names.set(name, target);
    return true;
  },
  "erlang.unregister/1": (self, name) => {
    if (!self.node.names.delete(name)) throw badarg();
    return true;
  },
  "erlang.send/2": (self, to, message) => {
    const target = typeof to === "string" ? self.node.names.get(to) : to;
    if (!(target instanceof Handle)) throw badarg();
    if (target instanceof Process) target.deliver(message);
    return message;
  },
  "erlang.monotonic_time/1": (self, unit) => {
    if (unit !== "millisecond") throw new Error("only milliseconds are told");
    return Math.floor(performance.now());
  },
};

// ------------------------------------------------------------------------------------------------------------ node

const immediate = () => new Promise((resolve) => setImmediate(resolve));

/**
 * Speaks the protocol: `new Node(hello, functions).start()`, with functions such as `"gen_tcp.send/2": (process,
 * socket, data) => term`, or a promise of one. What they throw that has a `reason` is answered `{error, Reason}`.
 */
export class Node {
  /** Grows by whatever happens; `settle` waits until it does not. */
  activity = 0;
  names = new Map();
  ports = new Set();
  monitored = new Map();
  #processes = new Set();
  #terms = new Terms();
  #outside = new Handle("pid");

  constructor(hello, functions) {
    this.hello = { gen_tck: 1, minor: 1, token: process.env.GEN_TCK_TOKEN ?? "", ...hello };
    this.functions = { ...ERLANG, ...functions };
  }

  /** `emitter.on(event, handler)`, so that `settle` knows that something happened. Use it for sockets' events. */
  on = (emitter, event, handler) => {
    emitter.on(event, (...values) => {
      this.activity++;
      handler(...values);
    });
  };

  async start() {
    const { GEN_TCK_HOST: host, GEN_TCK_PORT: port } = process.env;
    this.echo = await Echo.make();
    const kit = port === undefined ? null : net.connect({ host, port: Number(port), noDelay: true });
    this.output = kit ?? process.stdout;
    const input = kit ?? process.stdin;
    let rest = "";
    input.setEncoding("utf8").on("data", (text) => {
      const [first, ...others] = text.split("\n");
      rest += first;
      for (const next of others) {
        this.#request(rest);
        rest = next;
      }
    });
    for (const event of ["end", "error", "close"]) input.on(event, () => process.exit());
    this.#say(JSON.stringify(this.hello));
  }

  #say(line) {
    this.output.write(`${line}\n`);
  }

  #request(line) {
    const request = parse(line);
    const answer = (fields) => this.#say(`{"id":${request.id},${fields}}`);
    const failed = (error) => answer(`"failed":${JSON.stringify(String(error).replaceAll("\n", " "))}`);
    try {
      this.#do(request, answer, failed);
    } catch (error) {
      failed(error);
    }
  }

  #do(request, answer, failed) {
    const terms = this.#terms;
    const self = "process" in request ? this.#process(request.process) : null;
    switch (request.do) {
      case "spawn":
        return answer(`"pid":${terms.write(this.#spawn())}`);
      case "call":
        return this.#call(self, request, answer, failed);
      case "mailbox":
        return answer(`"messages":${terms.write(self.mailbox)}`);
      case "take":
        if (request.count === undefined) answer(`"messages":${terms.write(self.mailbox)}`);
        else answer('"ok":true');
        self.mailbox.splice(0, request.count ?? self.mailbox.length);
        return;
      case "exit":
        self.signal(this.#outside, terms.read(request.reason));
        return answer('"ok":true');
      case "status":
        return answer(`"status":"${self.status}"`);
      case "settle":
        return this.#settle().then((rest) => answer(`"ok":true,"rest":${rest}`));
      case "clear":
        this.#clear();
        return answer('"ok":true');
      case "stop":
        return process.exit();
      default:
        throw new Error(`nothing is known of ${request.do}`);
    }
  }

  #process(number) {
    const found = this.#terms.handle(number);
    if (!(found instanceof Process)) throw new Error(`handle ${number} is no process`);
    return found;
  }

  #spawn() {
    const made = new Process(this);
    this.#processes.add(made);
    return made;
  }

  #call(self, request, answer, failed) {
    const args = request.args.map((each) => this.#terms.read(each));
    const name = `${request.module}.${request.function}/${args.length}`;
    const called = this.functions[name];
    if (called === undefined) throw new Error(`${name} is not offered`);
    self.call(
      () => called(self, ...args),
      (kind, term) => {
        if (kind === "raised") answer(`"raised":["${term.kind}",${this.#terms.write(term.reason)}]`);
        else if (kind === "failed") failed(term);
        else answer(`"${kind}":${this.#terms.write(term)}`);
      },
    );
  }

  /** Whether all that can happen without further input or passing time has happened; false if it goes on and on. */
  async #settle() {
    const limit = performance.now() + 100;
    for (let trips = 0, quiet = 0; trips < 2 || quiet < 2; trips++) {
      if (performance.now() > limit) return false;
      await this.echo.roundTrip(); // what was sent to us before is in our sockets now
      for (let rounds = 0; rounds < 2; rounds++) {
        const before = this.activity;
        await immediate(); // everything that was ready has had its turn
        quiet = this.activity === before ? quiet + 1 : 0;
      }
    }
    return true;
  }

  #clear() {
    for (const port of this.ports) {
      port.alive = false;
      port.inner?.abort();
    }
    for (const each of this.#processes) each.end("killed");
    for (const table of [this.ports, this.#processes, this.names, this.monitored, this.#terms]) table.clear();
  }
}

/** A loopback connection to oneself: what comes back on it came after all that was sent before. */
class Echo {
  #waiting = [];

  static async make() {
    const echo = new Echo();
    const server = net.createServer({ noDelay: true });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    echo.socket = net.connect({ port: server.address().port, host: "127.0.0.1", noDelay: true });
    const connected = new Promise((resolve) => echo.socket.on("connect", resolve));
    const accepted = new Promise((resolve) => server.on("connection", resolve));
    await connected;
    const other = await accepted;
    server.close();
    other.on("data", (data) => other.write(data));
    echo.socket.on("data", (data) => echo.#waiting.splice(0, data.length).forEach((done) => done()));
    return echo;
  }

  roundTrip() {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.socket.write("x");
    });
  }
}
