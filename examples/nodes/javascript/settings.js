// The options of sockets, by Erlang's names: what each may be, and what it is if nobody says anything.

import { Tuple, isList, tuple } from "./gen_tck_node.js";

export class SocketError extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

const isNumber = (least, most) => (value) => Number.isInteger(value) && value >= least && value <= most;
const isBoolean = (value) => typeof value === "boolean";
const isSize = isNumber(0, 2 ** 31 - 1);
const isLinger = (value) => value instanceof Tuple && value.length === 2 && isBoolean(value[0]) && isSize(value[1]);
const isMode = (value) => isBoolean(value) || value === "once" || isNumber(-32768, 32767)(value);
const oneOf =
  (...values) =>
  (value) =>
    values.includes(value);

const OPTIONS = {
  mode: ["list", oneOf("list", "binary")],
  active: [true, isMode],
  packet: [0, oneOf(0, "raw", 1, 2, 4, "line")],
  packet_size: [0, isSize],
  line_delimiter: [10, isNumber(0, 255)],
  header: [0, isSize],
  deliver: ["term", oneOf("term", "port")],
  buffer: [1460, isNumber(1, 2 ** 31 - 1)],
  exit_on_close: [true, isBoolean],
  show_econnreset: [false, isBoolean],
  delay_send: [false, isBoolean],
  send_timeout: ["infinity", (value) => value === "infinity" || isNumber(0, 2 ** 32 - 1)(value)],
  send_timeout_close: [false, isBoolean],
  high_watermark: [8192, isSize],
  low_watermark: [4096, isSize],
  linger: [tuple(false, 0), isLinger],
  nodelay: [false, isBoolean],
  keepalive: [false, isBoolean],
  // Node.js cannot set the buffers of a TCP socket: these are kept and told, and change nothing in the kernel.
  recbuf: [65536, isNumber(1, 2 ** 31 - 1)],
  sndbuf: [65536, isNumber(1, 2 ** 31 - 1)],
};

/** Those that are no more when the connection is gone. */
export const OF_THE_KERNEL = ["linger", "nodelay", "keepalive", "recbuf", "sndbuf"];
/** Those that are said of a socket only when it is opened. */
const OPENING = ["ip", "ifaddr", "inet", "backlog", "reuseaddr"];

export const DEFAULTS = Object.fromEntries(Object.entries(OPTIONS).map(([name, [value]]) => [name, value]));
export const isOption = (name) => typeof name === "string" && Object.hasOwn(OPTIONS, name);

/** Options as pairs of a name and a value; null if one of them is none. */
export function pairs(given, opening = false) {
  if (!isList(given)) return null;
  const found = [];
  for (const option of given) {
    const [name, value] = option instanceof Tuple && option.length === 2 ? option : ["mode", option];
    if (opening && OPENING.includes(typeof option === "string" ? option : name)) continue;
    if (!isOption(name) || !OPTIONS[name][1](value)) return null;
    found.push([name, value === "raw" && name === "packet" ? 0 : value]);
  }
  return found;
}
