// Waiting for something, for so long at most, and as long as somebody wants it.

import { SocketError } from "./settings.js";

const LONGEST = 0x7fffffff; // a timer of Node.js can wait for, in ms: 25 days

/** A promise, and how to keep it; it fails with `timeout` after so many ms, and is forgotten when `signal` says so. */
export function wait(timeout, signal, forget) {
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
