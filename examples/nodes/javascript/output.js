// What is to be sent and the kernel has not taken, and who waits for that.
//
// A send that finds nothing waiting is done at once, whatever of it the kernel takes. One that finds something is done
// too, unless it fills the queue to the high watermark: then it waits until the queue is down to the low one, and those
// who want to send meanwhile are suspended.

import { wait } from "./waiting.js";

const PIECE = 65536; // so that what is known of the progress is not too coarse

export class Output {
  bytes = 0;
  busy = false;
  #pieces = [];
  #writing = false;
  #waiting = [];
  #suspended = [];
  #flushed = [];
  #timer = null;

  constructor(connection, socket) {
    this.connection = connection;
    this.socket = socket;
  }

  /** Sends, or queues; the promise is kept when the sender may go on. */
  async add(data, signal) {
    const { send_timeout, high_watermark, delay_send } = this.connection;
    const first = this.bytes === 0;
    for (let start = 0; start < data.length; start += PIECE) this.#pieces.push(data.subarray(start, start + PIECE));
    this.bytes += data.length;
    if (first) return delay_send ? void setImmediate(() => this.#next()) : this.#write(true);
    if (this.bytes < high_watermark) return;
    const request = wait(Infinity, signal, () => (this.#waiting = this.#waiting.filter((each) => each !== request)));
    this.#waiting.push(request);
    if (send_timeout === 0) this.connection.sendTimedOut();
    else this.#becomeBusy(send_timeout);
    return request.promise;
  }

  /** Waits until it is no longer busy. */
  suspension(signal) {
    const request = wait(
      Infinity,
      signal,
      () => (this.#suspended = this.#suspended.filter((each) => each !== request)),
    );
    this.#suspended.push(request);
    return request.promise;
  }

  /** Waits for the end of what is queued, `timeout` ms at most. */
  flushed(timeout, signal) {
    const request = wait(timeout, signal, () => (this.#flushed = this.#flushed.filter((each) => each !== request)));
    this.#flushed.push(request);
    return request.promise;
  }

  #becomeBusy(timeout) {
    this.busy = true;
    if (timeout === "infinity" || this.#timer !== null) return;
    this.#timer = wait(timeout, null, () => (this.#timer = null));
    this.#timer.promise.catch(() => this.connection.sendTimedOut());
  }

  /** Gives the next piece to the kernel. A promise if it was taken, or refused, at once: a sender `isWaiting` then. */
  #write(isWaiting = false) {
    if (this.#writing || this.#pieces.length === 0) return;
    const piece = this.#pieces.shift();
    this.#writing = true;
    return new Promise((resolve, reject) => {
      this.socket.write(piece, (error) => {
        this.connection.happened();
        this.#writing = false;
        if (error) return reject(this.connection.writeFailed(error, isWaiting || this.hasWaiting));
        this.bytes = Math.max(0, this.bytes - piece.length);
        resolve();
        this.#progress();
      });
      if (this.socket.writableLength === 0) return;
      isWaiting = false; // the kernel has no room: the sender goes on
      resolve();
    });
  }

  get hasWaiting() {
    return this.#waiting.length > 0;
  }

  #progress() {
    if (this.bytes <= this.connection.low_watermark) this.release(null);
    if (this.bytes === 0) this.#tellFlushed();
    this.#next();
  }

  #next() {
    this.#write()?.catch(() => {}); // whoever is concerned was told
  }

  #tellFlushed() {
    for (const each of this.#flushed.splice(0)) each.resolve();
    this.connection.flushed();
  }

  /** Those who wait may go on: with `reason`, if that is not null. */
  release(reason) {
    this.#timer?.resolve();
    this.#timer = null;
    this.busy = false;
    for (const each of this.#waiting.splice(0)) reason === null ? each.resolve() : each.reject(reason);
    for (const each of this.#suspended.splice(0)) each.resolve();
  }

  /** What is queued is lost. */
  drop() {
    this.#pieces = [];
    this.bytes = 0;
    for (const each of this.#flushed.splice(0)) each.resolve();
  }
}
