import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { checkPack } from './check-pack.ts';
import { explainRemoteError } from './explain.ts';
import { isRefusedAddress } from './remote-addresses.ts';
import { parseRemoteUrl, signInHeaders } from './remote-url.ts';

const limits = { objectsMax: 10, objectBytesMax: 1_000, totalBytesMax: 2_500 };
const withCode = (code: string): Error => expect.objectContaining({ code }) as Error;

/** Type and size before an object's data, as git writes them. */
function head(type: number, size: number): Buffer {
  const bytes: number[] = [];
  let byte = (type << 4) | (size & 15);
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push(byte | 0x80);
    byte = rest & 0x7f;
  }
  return Buffer.from([...bytes, byte]);
}

function packOf(entries: readonly Buffer[], count = entries.length): Buffer {
  const start = Buffer.alloc(12);
  start.write('PACK');
  start.writeUInt32BE(2, 4);
  start.writeUInt32BE(count, 8);
  const body = Buffer.concat([start, ...entries]);
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

const blob = (content: Buffer, announced = content.length): Buffer => Buffer.concat([head(3, announced), deflateSync(content)]);
/** A delta against some object, with instructions that say how large the result is. */
const delta = (instructions: number[]): Buffer =>
  Buffer.concat([head(7, instructions.length), Buffer.alloc(20, 1), deflateSync(Buffer.from(instructions))]);

it('when a pack is what it says and within the limits, it passes', () => {
  expect(() => checkPack(packOf([blob(Buffer.from('a')), blob(Buffer.alloc(1_000)), delta([5, 200, 1])]), limits)).not.toThrow();
  expect(() => checkPack(packOf([]), limits)).not.toThrow();
});

it('when a pack would grow beyond the limits, it is refused before it is unpacked', () => {
  const tooLarge = withCode('TOO_LARGE');
  expect(() => checkPack(packOf([blob(Buffer.alloc(2_000_000))]), limits)).toThrow(tooLarge);
  // Small instructions that copy their base again and again: the second number is what they make.
  expect(() => checkPack(packOf([delta([5, 0x80, 0x80, 0x80, 0x80, 1])]), limits)).toThrow(tooLarge);
  expect(() => checkPack(packOf([1, 2, 3].map(() => blob(Buffer.alloc(999)))), limits)).toThrow(tooLarge);
  expect(() => checkPack(packOf([], 11), limits)).toThrow(tooLarge);
});

it('when a pack lies or is damaged, it is refused and nothing is unpacked further than announced', () => {
  const corrupt = withCode('OBJECTS_CORRUPT');
  const good = packOf([blob(Buffer.from('content'))]);
  const flipped = Buffer.from(good);
  flipped[15] = (flipped[15] ?? 0) ^ 1;
  for (const bytes of [Buffer.alloc(0), Buffer.from('PACK'), flipped, good.subarray(0, -1)])
    expect(() => checkPack(bytes, limits)).toThrow(corrupt);
  expect(() => checkPack(packOf([blob(Buffer.alloc(2_000_000), 10)]), limits)).toThrow(corrupt);
  expect(() => checkPack(packOf([blob(Buffer.from('short'), 900)]), limits)).toThrow(corrupt);
  expect(() => checkPack(packOf([], 3), limits)).toThrow(corrupt);
  expect(() => checkPack(packOf([Buffer.alloc(40, 0xff)]), limits)).toThrow(corrupt);
});

it('when an address holds user and password, they are taken out of it', () => {
  expect(parseRemoteUrl('https://ada:p%40ss@git.example.com:8443/team/flows.git/')).toEqual({
    url: 'https://git.example.com:8443/team/flows.git',
    username: 'ada',
    password: 'p@ss',
  });
  expect(signInHeaders({ username: null, password: 'glpat' })).toEqual({
    Authorization: `Basic ${Buffer.from('oauth2:glpat').toString('base64')}`,
  });
  expect(signInHeaders({ username: 'ada', password: null })).toEqual({});
});

it.each([
  'git@github.com:team/flows.git',
  'ssh://git@host/x.git',
  'file:///etc',
  '/srv/git/x.git',
  'ext::sh -c id',
  'https://host/x?a=b',
  'https://host/x#a',
  'https://a:%ff@host/x',
  'http://169.254.169.254/latest',
  'http://[::ffff:169.254.169.254]/latest',
  'http://2852039166/latest',
  'http://[fe80::1]/x',
])('when the address is %s, it is refused', (address) => {
  expect(() => parseRemoteUrl(address)).toThrow(withCode('ADDRESS_REFUSED'));
});

it('when an address is of the own network, it is asked; link-local, metadata and group addresses are not', () => {
  for (const address of ['10.0.0.7', '192.168.1.1', '172.16.0.9', '127.0.0.1', '::1', 'fd12::1', '8.8.8.8', '2001:db8::1'])
    expect(isRefusedAddress(address), address).toBe(false);
  for (const address of [
    '169.254.169.254',
    '::ffff:169.254.169.254',
    'fe80::1%eth0',
    '0.0.0.0',
    '::',
    '224.0.0.1',
    'ff02::1',
    'fd00:ec2::254',
    'x',
  ])
    expect(isRefusedAddress(address), address).toBe(true);
});

it('when something goes wrong, its code and words are for the person who set the remote up', () => {
  const http = (statusCode: number) => Object.assign(new Error('HTTP'), { code: 'HttpError', data: { statusCode, response: 'why\nnot' } });
  const node = (code: string) => Object.assign(new Error(code), { code });
  const cases: [unknown, string | undefined][] = [
    [http(401), 'AUTHENTICATION_FAILED'],
    [http(403), 'ACCESS_DENIED'],
    [http(404), 'REMOTE_NOT_FOUND'],
    [http(413), 'TOO_LARGE'],
    [http(503), 'UNREACHABLE'],
    [http(418), 'NOT_A_GIT_SERVER'],
    [node('ECONNREFUSED'), 'UNREACHABLE'],
    [node('ENOTFOUND'), 'UNREACHABLE'],
    [node('DEPTH_ZERO_SELF_SIGNED_CERT'), 'TLS_FAILED'],
    [node('ERR_TLS_CERT_ALTNAME_INVALID'), 'TLS_FAILED'],
    [Object.assign(new Error('x'), { code: 'PushRejectedError' }), 'DIVERGED'],
    [Object.assign(new Error('x'), { name: 'AbortError' }), 'UNREACHABLE'],
    [new TypeError('a mistake of ours'), undefined],
  ];
  for (const [error, code] of cases) expect(explainRemoteError(error, 'https://git.example.com/x')?.code, String(error)).toBe(code);
  expect(explainRemoteError(http(403), 'https://git.example.com/x')?.message).toContain('git.example.com');
  expect(explainRemoteError(http(403), 'https://git.example.com/x')?.message).toContain('why not');
});
