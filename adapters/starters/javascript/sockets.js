// TCP sockets after Erlang's fashion, over node:net: modes, receives and framing. They know nothing of Erlang's terms
// nor of gen_tck. Put your own in place of these.

import net from "node:net";

const LONGEST = 0x7fffffff; // of a packet, and of a timer of Node.js, 25 days
// Streams of a high watermark of 0 read from the kernel when they are asked to, one chunk a time, and do not read ahead.
const STREAM = { allowHalfOpen: true, highWaterMark: 0 };

export class SocketError extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/** A promise, and how to keep it; it fails with `timeout` after so many ms, and is forgotten when `signal` says so. */
function wait(timeout, signal, forget) {
  const request = {};
  request.promise = new Promise((resolve, reject) => {
    const deadline = performance.now() + timeout;
    const over = () => {
      clearTimeout(request.timer);
      request.over = true;
      signal?.removeEventListener("abort", abandon);
    };
    const abandon = () => {
      over();
      forget(request);
    };
    const expire = () => {
      if (request.over) return;
      abandon();
      reject(new SocketError("timeout"));
    };
    const start = () => {
      const left = Math.ceil(deadline - performance.now()); // timers may be early
      // What has arrived counts, also if the timer was first: the kernel is asked once more.
      if (left <= 0) setImmediate(() => setImmediate(expire));
      else if (left <= LONGEST) request.timer = setTimeout(start, left);
    };
    request.resolve = (value) => (over(), resolve(value));
    request.reject = (reason) => (over(), reject(new SocketError(reason)));
    signal?.addEventListener("abort", abandon);
    start();
  });
  return request;
}

/** What can be set of a socket, by Erlang's names. A listener has it for the sockets that it accepts. */
class Settings {
  mode = "list"; // or "binary"
  active = true; // or false, or "once"
  packet = 0; // or 1, 2, 4 or "line"
  packet_size = 0;
  line_delimiter = 10;

  get settings() {
    const { mode, active, packet, packet_size, line_delimiter } = this;
    return { mode, active, packet, packet_size, line_delimiter };
  }

  set(settings) {
    Object.assign(this, settings);
    if (this.packet === "raw") this.packet = 0;
  }
}

export class Connection extends Settings {
  #socket;
  #on;
  #input = Buffer.alloc(0);
  #receiver = null;
  #ended = false;
  #failed = false;
  #watching = false;

  /** `tell(event, value)` hears of `data`, `error` and `closed` while active; `on` is how to listen to an emitter. */
  constructor(socket, settings, tell, on) {
    super();
    this.#socket = socket;
    this.tell = tell;
    this.#on = on;
    this.port = socket.localPort;
    on(socket, "end", () => this.#end());
    on(socket, "error", () => this.#end());
    this.set(settings);
  }

  set(settings) {
    super.set(settings);
    this.#go();
  }

  /** The next `length` bytes, or with 0 what there is, or the next packet. */
  receive(length, timeout, signal) {
    if (this.#failed) throw new SocketError("enotconn");
    if (this.active !== false || (length > 0 && this.packet !== 0)) throw new SocketError("einval");
    if (this.#receiver !== null) throw new SocketError("ealready");
    this.#receiver = wait(timeout, signal, () => (this.#receiver = null));
    this.#receiver.length = length;
    const { promise } = this.#receiver;
    this.#go();
    return promise;
  }

  send(data) {
    return new Promise((resolve, reject) => {
      const sent = (error) => (error ? reject(new SocketError("closed")) : resolve());
      if (this.#failed) throw new SocketError("enotconn");
      if (this.#socket.destroyed) return sent(true);
      const header = Buffer.alloc(this.packet === "line" ? 0 : this.packet);
      if (data.length >= 256 ** header.length && header.length > 0) throw new SocketError("emsgsize");
      if (header.length > 0) header.writeUIntBE(data.length, 0, header.length);
      if (header.length + data.length === 0) return sent();
      this.#socket.write(Buffer.concat([header, data]), sent);
    });
  }

  /** Closes, once all is sent; with bytes that nobody has read the peer gets a reset, as from the kernel. */
  close() {
    this.tell = () => {};
    this.#receiver?.reject("closed");
    if (this.#input.length > 0) this.#socket.resetAndDestroy();
    else if (this.#socket.writableLength === 0) this.#socket.destroy();
    else this.#socket.destroySoon();
  }

  /** Closes and forgets what is still to be sent. */
  abort() {
    this.tell = () => {};
    this.#socket.resetAndDestroy();
  }

  /** Delivers what is complete as long as somebody wants it, then reads if somebody wants more. */
  #go() {
    try {
      while (this.#wanted()) {
        const length = this.#complete();
        if (length === null) break;
        const packet = this.#input.subarray(0, length);
        this.#input = this.#input.subarray(length);
        this.#deliver(this.packet === "line" ? packet : packet.subarray(this.packet));
      }
    } catch (error) {
      if (!(error instanceof SocketError)) throw error;
      return this.#fail(error.reason);
    }
    if (!this.#wanted()) return;
    if (this.#ended) this.#tellEnd();
    else if (this.#watching) this.#socket.read(0);
    else {
      this.#watching = true;
      this.#on(this.#socket, "readable", () => this.#read());
    }
  }

  #wanted() {
    return this.active !== false || this.#receiver !== null;
  }

  #read() {
    if (this.#socket.readableLength > 0) this.#input = Buffer.concat([this.#input, this.#socket.read()]);
    this.#go();
  }

  /** The length of the first packet of the input, header included; null if it is not all there. */
  #complete() {
    const { packet, packet_size } = this;
    const available = this.#input.length;
    if (packet === 0) {
      const length = this.#receiver?.length || available;
      return length > 0 && length <= available ? length : null;
    }
    if (packet === "line") {
      // TO MEND: `line_delimiter` says where lines end; README.md has the line.
      const length = this.#input.indexOf(10) + 1;
      if (packet_size > 0 && (length || available) > packet_size) throw new SocketError("emsgsize");
      return length || null;
    }
    if (available < packet) return null;
    const length = this.#input.readUIntBE(0, packet);
    if ((packet_size > 0 && length > packet_size) || length + packet > LONGEST) throw new SocketError("emsgsize");
    return length + packet <= available ? length + packet : null;
  }

  #deliver(bytes) {
    const data = this.mode === "list" ? [...bytes] : bytes;
    const receiver = this.#receiver;
    if (receiver !== null) {
      this.#receiver = null;
      return receiver.resolve(data);
    }
    if (this.active === "once") this.active = false;
    this.tell("data", data);
  }

  #end() {
    this.#ended = true;
    this.#go();
  }

  #tellEnd() {
    this.#input = Buffer.alloc(0);
    const receiver = this.#receiver;
    this.#receiver = null;
    this.#socket.destroy();
    if (receiver !== null) return receiver.reject("closed");
    this.active = false;
    this.tell("closed");
  }

  /** What comes is no packet: the connection is of no more use. */
  #fail(reason) {
    this.#input = Buffer.alloc(0);
    this.#ended = this.#failed = true;
    this.#socket.destroy();
    const receiver = this.#receiver;
    this.#receiver = null;
    if (receiver !== null) return receiver.reject(reason);
    this.tell("error", reason);
    this.#tellEnd();
  }
}

export class Listener extends Settings {
  #server;
  #arrived = [];
  #acceptors = [];

  constructor(server, settings, on) {
    super();
    this.set(settings);
    this.#server = server;
    this.port = server.address().port;
    on(server, "connection", (socket) => {
      socket.on("error", () => {});
      this.#arrived.push(socket);
      this.#go();
    });
  }

  /** The socket of the next connection. */
  accept(timeout, signal) {
    const forget = (request) => this.#acceptors.splice(this.#acceptors.indexOf(request), 1);
    const request = wait(timeout, signal, forget);
    this.#acceptors.push(request);
    this.#go();
    return request.promise;
  }

  #go() {
    while (this.#acceptors.length > 0 && this.#arrived.length > 0)
      this.#acceptors.shift().resolve(this.#arrived.shift());
  }

  close() {
    this.#server.close();
    for (const socket of this.#arrived) socket.resetAndDestroy();
    for (const request of this.#acceptors.splice(0)) request.reject("closed");
  }

  abort() {
    this.close();
  }
}

/** The reason of a failure: the name of its POSIX error, in lower case. */
const failure = (error) => new SocketError((error.code ?? "einval").toLowerCase());

/** A listener's server; `on` is how to listen to an emitter. */
export function listen(host, port, on) {
  return new Promise((resolve, reject) => {
    const server = net.createServer({ ...STREAM, pauseOnConnect: true });
    on(server, "listening", () => resolve(server));
    on(server, "error", (error) => reject(failure(error)));
    server.listen(port, host);
  });
}

/** A connected socket. */
export function connect(host, port, on) {
  return new Promise((resolve, reject) => {
    const socket = new net.Socket(STREAM);
    socket.pause(); // or it would read as soon as it is connected
    on(socket, "connect", () => resolve(socket));
    on(socket, "error", (error) => reject(failure(error)));
    socket.connect({ host, port });
  });
}
