/** The request breaks git's protocol, or asks for what this server does not do. The message is for the person at the client. */
export class GitProtocolError extends Error {
  override readonly name = 'GitProtocolError';
}

const LENGTH_DIGITS = 4;
const PACKET_BYTES_MAX = 65_520;

/** A packet of git's protocol (gitprotocol-common, "pkt-line format"). */
export type Packet = { kind: 'data'; payload: Buffer } | { kind: 'flush' | 'delimiter' | 'response_end' };

const special = new Map<number, 'flush' | 'delimiter' | 'response_end'>([
  [0, 'flush'],
  [1, 'delimiter'],
  [2, 'response_end'],
]);

export const FLUSH: Buffer = Buffer.from('0000');
export const DELIMITER: Buffer = Buffer.from('0001');

function lengthOf(bytes: number): string {
  return (bytes + LENGTH_DIGITS).toString(16).padStart(LENGTH_DIGITS, '0');
}

/** One packet. @throws RangeError when it is too long */
export function packet(payload: string | Buffer): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  if (bytes.length + LENGTH_DIGITS > PACKET_BYTES_MAX) throw new RangeError(`a packet of ${bytes.length} bytes is too long`);
  return Buffer.concat([Buffer.from(lengthOf(bytes.length)), bytes]);
}

/** All packets of a request. @throws GitProtocolError */
export function parsePackets(body: Buffer): Packet[] {
  const packets: Packet[] = [];
  let at = 0;
  while (at < body.length) {
    const digits = body.toString('latin1', at, at + LENGTH_DIGITS);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw new GitProtocolError('a packet begins with no length');
    const length = Number.parseInt(digits, 16);
    const kind = special.get(length);
    if (kind !== undefined) packets.push({ kind });
    else if (length < LENGTH_DIGITS || at + length > body.length) throw new GitProtocolError('a packet is cut off');
    else packets.push({ kind: 'data', payload: body.subarray(at + LENGTH_DIGITS, at + length) });
    at += Math.max(length, LENGTH_DIGITS);
  }
  return packets;
}

/** A packet's text without the line break at its end. */
export function textOfPacket(payload: Buffer): string {
  const text = payload.toString('utf8');
  return text.endsWith('\n') ? text.slice(0, -1) : text;
}

const BAND_BYTES_MAX = PACKET_BYTES_MAX - LENGTH_DIGITS - 1;
const bands = { data: 1, progress: 2, error: 3 } as const;

/** Bytes as packets of a side band (side-band-64k). */
export function onBand(band: keyof typeof bands, bytes: Buffer): Buffer {
  const frames = Math.ceil(bytes.length / BAND_BYTES_MAX);
  const framed = Buffer.allocUnsafe(bytes.length + frames * (LENGTH_DIGITS + 1));
  let to = 0;
  for (let at = 0; at < bytes.length; at += BAND_BYTES_MAX) {
    const end = Math.min(at + BAND_BYTES_MAX, bytes.length);
    to += framed.write(lengthOf(end - at + 1), to, 'latin1');
    to = framed.writeUInt8(bands[band], to);
    to += bytes.copy(framed, to, at, end);
  }
  return framed;
}
