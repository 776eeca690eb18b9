// Framing: where the first packet of the input ends, and what goes before one on the wire.

import { Improper } from "./gen_tck_node.js";
import { SocketError } from "./settings.js";

const LONGEST = 0x7fffffff;

/** The length of the first packet, its header included; null if it is not all there. Throws `emsgsize`. */
export function packetLength(input, { packet, packet_size, line_delimiter }) {
  const available = input.length;
  if (packet === "line") {
    const length = input.indexOf(line_delimiter) + 1;
    if (packet_size > 0 && (length || available) > packet_size) throw new SocketError("emsgsize");
    return length || null;
  }
  if (available < packet) return null;
  const length = input.readUIntBE(0, packet);
  if ((packet_size > 0 && length > packet_size) || length + packet > LONGEST) throw new SocketError("emsgsize");
  return length + packet <= available ? length + packet : null;
}

/** What of a packet is delivered. */
export const body = (packet, { packet: kind }) => (kind === "line" ? packet : packet.subarray(kind));

/** Bytes as they go onto the wire. Throws `emsgsize` if their length does not fit into the header. */
export function framed(data, { packet }) {
  if (packet === "line" || packet === 0) return data;
  if (data.length >= 256 ** packet) throw new SocketError("emsgsize");
  const header = Buffer.alloc(packet);
  header.writeUIntBE(data.length, 0, packet);
  return Buffer.concat([header, data]);
}

/** Bytes as the term that the options ask for. */
export function shaped(bytes, { mode, header }) {
  if (mode === "list" || bytes.length < header) return [...bytes];
  return header === 0 ? bytes : new Improper([...bytes.subarray(0, header)], bytes.subarray(header));
}
