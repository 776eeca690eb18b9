// TCP sockets after Erlang's fashion, over node:net: a connection, a listener, and how to open them.

import net from "node:net";
import { Output } from "./output.js";
import { body, framed, packetLength, shaped } from "./packets.js";
import { DEFAULTS, OF_THE_KERNEL, SocketError } from "./settings.js";
import { wait } from "./waiting.js";

export { SocketError };

// Streams of a high watermark of 0 read from the kernel when they are asked to, one chunk a time, and do not read ahead.
const STREAM = { allowHalfOpen: true, highWaterMark: 0 };
const NOTHING = Buffer.alloc(0);
const MOST = 0x4000000; // bytes that a receive may ask for
const MOST_COUNTED = 32767;

/** Time for what the kernel has already: Node.js cannot ask it but by the event loop. */
export async function aLook() {
  for (let rounds = 0; rounds < 2; rounds++) await new Promise((resolve) => setImmediate(resolve));
}

/** What can be set of a socket; a listener has it for the sockets that it accepts. */
class Settings {
  /** Of the next request, 0 to 65535. */
  references = 0;

  constructor() {
    Object.assign(this, DEFAULTS);
  }

  get settings() {
    return Object.keys(DEFAULTS).map((name) => [name, this[name]]);
  }

  /** Sets the mode; a number adds to the count, which is told when it comes to 0. */
  setActive(value) {
    if (typeof value !== "number") return (this.active = value);
    const count = (typeof this.active === "number" ? this.active : 0) + value;
    if (count > MOST_COUNTED) throw new SocketError("einval");
    this.active = count > 0 ? count : false;
    if (count <= 0) this.tell?.("passive");
  }

  setOne(name, value) {
    if (name === "active") return this.setActive(value);
    this[name] = value;
    if (name === "buffer") this.bufferIsSet = true;
    if (name === "recbuf" && !this.bufferIsSet) this.buffer = Math.max(this.buffer, value);
    if (name === "high_watermark") this.low_watermark = Math.min(this.low_watermark, value);
    if (name === "low_watermark") this.high_watermark = Math.max(this.high_watermark, value);
  }

  set(pairs) {
    for (const [name, value] of pairs) this.setOne(name, value);
  }

  get(name) {
    return this[name];
  }
}

/** The settings of a socket that is opened: of several modes the last, and its count starts from nothing. */
function opening(pairs) {
  const modes = [true, ...pairs.filter(([name]) => name === "active").map(([, value]) => value)];
  return [...pairs.filter(([name]) => name !== "active"), ["active", modes.at(-1)]];
}

const isReset = (code) => code === "econnreset" || code === "epipe";

export class Connection extends Settings {
  state = "connected"; // or "half closed", "disconnected"
  received = 0;
  packets = 0;
  sent = 0;
  sends = 0;
  #socket;
  #on;
  #input = NOTHING;
  /** That of the buffer in use, if a receive made it larger than `buffer`: it outlives the receive's timeout. */
  #bufferSize = 0;
  /** What was read after that, and is put behind it when it is looked at: not each chunk, if many are needed. */
  #chunks = [];
  #needed = 0;
  #receiver = null;
  /** What ended the input: "fin", or the reason of a failure; it is told when somebody reads. */
  #end = null;
  isLost = false; // there is no connection any more, whatever the state says
  #watching = false;
  #readStopped = false;
  #toldClosed = false;
  #closed = false;
  #readEnded = false; // by `shutdown`
  #writeEnded = false;
  #shutdownPending = false;
  /** What the next receive, and the next send, has still to be told of a lost connection. */
  #pending = {};

  /** `tell(event, value)` hears of data and ends while active; `on` is how to listen to an emitter. */
  constructor(socket, settings, tell, on) {
    super();
    this.active = false;
    this.#socket = socket;
    this.#on = on;
    this.tell = tell;
    this.output = new Output(this, socket);
    this.local = { address: socket.localAddress, port: socket.localPort };
    this.remote = { address: socket.remoteAddress, port: socket.remotePort };
    on(socket, "end", () => this.#probe().then((reason) => this.#ended(reason ?? "fin")));
    on(socket, "error", (error) => this.#ended(error.code?.toLowerCase() ?? "closed"));
    this.set(opening(settings));
  }

  /** Tells that something happened to who counts. */
  happened() {}

  /**
   * Why the connection is lost; null if it is not, or nobody can say. An empty write asks the kernel. It is needed since
   * Node.js says "end" where a reset comes close behind data, and takes the end of a lost connection for a success.
   */
  #probe() {
    if (this.#writeEnded || this.#socket.destroyed || this.#socket.writableLength > 0) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.#socket.write(NOTHING, (error) => {
        this.happened();
        resolve(error ? (error.code ?? "closed").toLowerCase() : null);
      });
    });
  }

  // Settings

  set(pairs) {
    const { active, packet } = this;
    super.set(pairs);
    if (kindOf(active) !== kindOf(this.active)) this.#readStopped = false;
    if (!this.#open) {
      if (this.active !== false && pairs.some(([name]) => name === "active")) this.#tellLoss();
    } else {
      if (pairs.some(([name]) => name === "nodelay")) this.#socket.setNoDelay(this.nodelay);
      if (pairs.some(([name]) => name === "keepalive")) this.#socket.setKeepAlive(this.keepalive);
      if (active === false || packet !== this.packet || pairs.length > 0) this.#go();
    }
  }

  get(name) {
    return this.state === "disconnected" && OF_THE_KERNEL.includes(name) ? undefined : this[name];
  }

  get #open() {
    return this.state !== "disconnected" && !this.#closed;
  }

  // Receiving

  /** Asks for bytes; a promise of them. Throws if that is refused. */
  receive(length, timeout, signal) {
    if (this.state === "disconnected") {
      const reason = this.#pending.receive ?? "enotconn";
      if (this.#pending.receive !== undefined) this.#pending = {};
      throw new SocketError(reason);
    }
    if (this.active !== false || (length > 0 && this.packet !== 0)) throw new SocketError("einval");
    if (length > MOST) throw new SocketError("enomem");
    if (this.#receiver !== null) {
      this.references++;
      throw new SocketError("ealready");
    }
    const receiver = wait(timeout, signal, () => (this.#receiver = null));
    receiver.promise.reference = this.references++ & 0xffff;
    receiver.length = length;
    this.#receiver = receiver;
    this.#bufferSize = Math.max(this.#bufferSize, length);
    this.#go();
    return receiver.promise;
  }

  /** Puts bytes in front of what has been read. */
  unreceive(data) {
    if (!this.#open) throw new SocketError("enotconn");
    this.#gather();
    this.#input = Buffer.concat([data, this.#input]);
    this.#go();
  }

  #wanted() {
    if (this.state === "half closed" && this.active !== false) return !this.#readStopped;
    return this.active !== false || this.#receiver !== null;
  }

  /** Delivers what is complete as long as somebody wants it, then reads if somebody wants more. */
  #go() {
    this.#gather();
    try {
      while (this.#open && this.#wanted()) {
        const length = this.#complete();
        if (length === null) break;
        const packet = this.#input.subarray(0, length);
        this.#input = this.#input.subarray(length);
        if (this.#input.length === 0) this.#bufferSize = 0;
        this.#deliver(shaped(body(packet, this), this));
      }
    } catch (error) {
      if (!(error instanceof SocketError)) throw error;
      return this.#fail(error.reason);
    }
    if (!this.#open || !this.#wanted()) return;
    this.#needed = this.#lacking();
    if (this.#end === null && !this.#readEnded) this.#read();
    else if (this.#end === null || this.#end === "fin" || (isReset(this.#end) && !this.show_econnreset)) this.#finish();
    else this.#fail(isReset(this.#end) ? "econnreset" : this.#end);
  }

  #complete() {
    if (this.packet !== 0) return packetLength(this.#input, this);
    const available = this.#input.length;
    const wanted = this.active === false ? this.#receiver.length : 0;
    const length = wanted || Math.min(available, Math.max(this.buffer, this.#bufferSize));
    return length > 0 && length <= available ? length : null;
  }

  #read() {
    if (this.#watching) return this.#socket.read(0);
    this.#watching = true;
    this.#on(this.#socket, "readable", () => {
      if (this.#socket.readableLength === 0) return;
      const chunk = this.#socket.read();
      this.received += chunk.length;
      this.packets++;
      this.#chunks.push(chunk);
      this.#needed -= chunk.length;
      if (this.#needed > 0 && this.#wanted()) this.#socket.read(0);
      else this.#go();
    });
  }

  #gather() {
    if (this.#chunks.length > 0) this.#input = Buffer.concat([this.#input, ...this.#chunks.splice(0)]);
    this.#needed = 0;
  }

  /** What was read and not delivered is lost. */
  #dropInput() {
    this.#input = NOTHING;
    this.#chunks = [];
    this.#needed = 0;
  }

  /** How many more bytes it takes until it is worth while to look again, as far as that is known. */
  #lacking() {
    const { packet } = this;
    const available = this.#input.length;
    if (packet === 0) return this.active === false ? (this.#receiver?.length ?? 0) - available : 0;
    if (packet === "line" || available < packet) return 0;
    return packet + this.#input.readUIntBE(0, packet) - available;
  }

  #deliver(data) {
    if (this.active === false) return this.#answer((receiver) => receiver.resolve(data));
    const spent = this.active === 1;
    if (typeof this.active === "number") this.active = spent ? false : this.active - 1;
    else if (this.active === "once") this.active = false;
    this.tell("data", data);
    if (spent) this.tell("passive");
  }

  #answer(how) {
    const receiver = this.#receiver;
    this.#receiver = null;
    if (receiver !== null) how(receiver);
  }

  // Sending

  /** Sends a packet; a process that is held up by others is `suspended(true)` meanwhile. */
  async send(data, signal, suspended) {
    while (this.output.busy) {
      suspended(true);
      await this.output.suspension(signal);
      suspended(false);
      if (this.#closed) throw new SocketError("closed");
    }
    if (!this.#open) {
      const reason = this.#pending.send ?? "enotconn";
      delete this.#pending.send;
      throw new SocketError(reason);
    }
    const packet = framed(data, this);
    if (this.#writeEnded || this.#socket.destroyed) throw this.writeFailed({ code: "EPIPE" }, true);
    this.sent += packet.length;
    this.sends++;
    if (packet.length > 0) await this.output.add(packet, signal);
  }

  /**
   * The kernel refuses what is written: the connection is lost. The error to tell the sender whose data it was, if one
   * `isWaiting`; the next one is told otherwise.
   */
  writeFailed({ code }, isWaiting) {
    const reset = isReset(code.toLowerCase()) && !this.#writeEnded;
    const reason = reset && this.show_econnreset ? "econnreset" : "closed";
    if (!this.#open) return new SocketError(reason);
    if (this.active === false) {
      this.#dropInput();
      this.#answer((receiver) => receiver.reject("closed"));
      this.#pending.receive = reason;
      if (!isWaiting || this.#pending.send !== undefined) this.#pending.send = reason;
      this.output.release(reason);
      this.#disconnect();
    } else {
      if (reason === "econnreset") this.tell("error", reason);
      this.#tellClosed();
      this.output.release(reason);
      this.#exitOr(() => this.#disconnect());
    }
    return new SocketError(reason);
  }

  sendTimedOut() {
    this.output.release("timeout");
    if (!this.send_timeout_close || !this.#open) return;
    this.#disconnect();
    this.#dropInput();
    this.#answer((receiver) => receiver.reject("closed"));
  }

  /** The queue is empty. */
  flushed() {
    if (this.#closed) return this.#release();
    if (!this.#shutdownPending) return;
    this.#shutdownPending = false;
    this.#socket.end();
  }

  /** Ends a direction: "read", "write" or "read_write". Node.js cannot end reading, so that is but remembered. */
  async shutdown(direction) {
    if (!this.#open) throw new SocketError("enotconn");
    const wasEnded = this.#writeEnded;
    const lost = this.#socket.destroyed || (await this.#probe()) !== null || (wasEnded && (await this.#peerHasEnded()));
    this.#writeEnded ||= direction !== "read";
    if (lost) throw new SocketError("enotconn");
    if (direction !== "write") {
      this.#readEnded = true;
      this.#go();
    }
    if (direction === "read" || wasEnded || !this.#open) return;
    if (this.output.bytes > 0) this.#shutdownPending = true;
    else this.#socket.end();
  }

  /** Looks, though nobody wants bytes: one chunk is read at most. */
  async #peerHasEnded() {
    this.#read();
    await aLook();
    this.happened();
    return this.#end !== null;
  }

  // The end

  #ended(reason) {
    if (isReset(reason)) this.isLost = true;
    if (this.#end === null || this.#end === "fin") this.#end = reason;
    if (!this.#open) return;
    if (this.#wanted()) this.#go();
    else if (reason !== "fin" && this.output.bytes > 0) this.writeFailed({ code: reason }, this.output.hasWaiting);
  }

  #finish() {
    if (!this.output.busy) this.#pending.send = "closed";
    this.#releaseSenders();
    this.#dropInput();
    if (this.active === false) {
      this.#halfCloseOr(() => this.#disconnect());
      this.#answer((receiver) => receiver.reject("closed"));
    } else {
      this.#tellClosed();
      if (this.exit_on_close) return this.tell("over", "normal");
      this.state = "half closed";
      this.#readStopped = true;
    }
  }

  /** Reading failed, or what was read is no packet. */
  #fail(reason) {
    this.#releaseSenders();
    this.#dropInput();
    if (this.#end !== null) this.#end = "fin"; // a reset is told once
    if (this.active === false) {
      this.#halfCloseOr(() => this.#disconnect());
      this.#answer((receiver) => receiver.reject(reason));
    } else {
      this.tell("error", reason);
      this.#tellClosed();
      this.#exitOr(() => this.#disconnect(), reason);
    }
  }

  #releaseSenders() {
    if (!this.output.busy || !this.exit_on_close) return;
    this.output.drop();
    this.output.release("closed");
  }

  #halfCloseOr(disconnect) {
    if (this.exit_on_close) disconnect();
    else this.state = "half closed";
  }

  #exitOr(disconnect, reason = "normal") {
    if (this.exit_on_close) this.tell("over", reason);
    else disconnect();
  }

  #tellClosed() {
    if (!this.#toldClosed) this.tell("closed");
    this.#toldClosed = true;
  }

  /** A mode is set that would have messages of a connection that is lost. */
  #tellLoss() {
    if (this.#pending.receive === "econnreset") {
      this.tell("error", "econnreset");
      this.#pending = { receive: "closed", send: "closed" };
    }
    this.#tellClosed();
    this.#exitOr(() => this.#disconnect());
  }

  /** The connection is gone; the socket stays to be asked. */
  #disconnect() {
    this.state = "disconnected";
    this.output.drop();
    this.output.release("closed");
    this.#socket.destroy();
  }

  /** Closes, once all is sent. */
  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.tell = () => {};
    this.#answer((receiver) => receiver.reject("closed"));
    this.output.release("closed");
    if (this.state === "disconnected" || this.lingersNot) this.output.drop();
    if (this.output.bytes === 0) this.#release();
  }

  /** Whether closing throws away what is queued. */
  get lingersNot() {
    return this.linger[0] && this.linger[1] === 0;
  }

  /** Bytes that nobody has read make a reset of it, as in the kernel. */
  #release() {
    this.#gather();
    if (this.lingersNot || (this.#input.length > 0 && this.#end === null)) this.#socket.resetAndDestroy();
    else if (this.#socket.writableLength === 0) this.#socket.destroy();
    else this.#socket.destroySoon();
  }

  /** Closes and forgets what is still to be sent. */
  abort() {
    this.tell = () => {};
    this.#closed = true;
    this.output.drop();
    this.#socket.resetAndDestroy();
  }
}

const kindOf = (active) => (typeof active === "number" ? "count" : active);

export class Listener extends Settings {
  state = "listening";
  #server;
  #arrived = [];
  #acceptors = [];

  constructor(server, settings, tell, on) {
    super();
    this.tell = tell;
    this.set(opening(settings));
    this.#server = server;
    this.local = server.address();
    on(server, "connection", (socket) => {
      socket.on("error", () => {});
      this.#arrived.push(socket);
      this.#go();
    });
  }

  /** The socket of the next connection. */
  accept(timeout, signal) {
    const request = wait(timeout, signal, () => (this.#acceptors = this.#acceptors.filter((each) => each !== request)));
    request.promise.reference = this.references++ & 0xffff;
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
export function connect(host, port, timeout, signal, on) {
  const socket = new net.Socket(STREAM);
  const request = wait(timeout, signal, () => socket.destroy());
  socket.pause(); // or it would read as soon as it is connected
  on(socket, "connect", () => request.resolve(socket));
  on(socket, "error", (error) => request.reject(failure(error).reason));
  socket.connect({ host, port });
  return request.promise;
}
