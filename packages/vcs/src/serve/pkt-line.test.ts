import { expect, it } from 'vitest';
import { DELIMITER, FLUSH, GitProtocolError, onBand, packet, parsePackets, textOfPacket } from './pkt-line.ts';
import { protocolVersionOf } from './upload-pack.ts';

it('when packets are written, they are read back', () => {
  const body = Buffer.concat([packet('command=fetch\n'), DELIMITER, packet(Buffer.from([0, 255])), FLUSH, Buffer.from('0002')]);
  const packets = parsePackets(body);
  expect(packets.map((each) => each.kind)).toEqual(['data', 'delimiter', 'data', 'flush', 'response_end']);
  expect(packets[0]?.kind === 'data' && textOfPacket(packets[0].payload)).toBe('command=fetch');
});

it.each(['zzzz', '0003', '000', '00ffabc', '-001', '0x01'])('when a request is %s, it is refused', (body) => {
  expect(() => parsePackets(Buffer.from(body))).toThrow(GitProtocolError);
});

it('when bytes go on a side band, they are cut into packets that git accepts, and none is lost', () => {
  const bytes = Buffer.alloc(200_000, 'abc');
  const packets = parsePackets(onBand('data', bytes));
  const payloads = packets.flatMap((each) => (each.kind === 'data' ? [each.payload] : []));
  expect(payloads.every((payload) => payload.length <= 65_516 && payload[0] === 1)).toBe(true);
  expect(Buffer.concat(payloads.map((payload) => payload.subarray(1))).equals(bytes)).toBe(true);
  expect(onBand('data', Buffer.alloc(0))).toHaveLength(0);
  expect(() => packet(Buffer.alloc(65_517))).toThrow(RangeError);
});

it.each([
  [undefined, 0],
  ['version=1', 1],
  ['version=2', 2],
  ['other:version=2', 2],
  ['version=3', 0],
])('when the client asks for %s, version %i is spoken', (header, version) => {
  expect(protocolVersionOf(header)).toBe(version);
});
