import jwt from 'jsonwebtoken';
import { beforeEach, describe, expect, it } from 'vitest';
import { createNonces } from './nonces.ts';
import { createSessions } from './sessions.ts';
import { createDeviceTokens } from './tokens.ts';

const key = Buffer.alloc(32, 1);
const device = { deviceId: 'd', organizationId: 'o', epoch: 3 };
let now: number;

beforeEach(() => {
  now = Date.UTC(2026, 0, 1);
});

describe('createNonces', () => {
  const make = (with_ = key) => createNonces({ key: with_, now: () => now, randomBytes: (size) => Buffer.alloc(size, 9) });

  it('when a nonce is ours and fresh, it is good until its minute is over', () => {
    const nonces = make();
    const { nonce, expiresAt } = nonces.issue();
    expect(Date.parse(expiresAt)).toBe(now + 60_000);
    now += 59_999;
    expect(() => nonces.check(nonce)).not.toThrow();
    now += 1;
    expect(() => nonces.check(nonce)).toThrow(expect.objectContaining({ code: 'NONCE_INVALID' }));
  });

  it('when it is forged, changed anywhere, or spelt in another way, it is refused', () => {
    const nonces = make();
    const { nonce } = nonces.issue();
    const bytes = Buffer.from(nonce, 'base64url');
    const changed = [...bytes.keys()].map((index) => {
      const copy = Buffer.from(bytes);
      copy[index] = (copy[index] ?? 0) ^ 1;
      return copy.toString('base64url');
    });
    for (const bad of [...changed, make(Buffer.alloc(32, 2)).issue().nonce, `${nonce}=`, nonce.slice(0, -1), '', 'ä']) {
      expect(() => nonces.check(bad)).toThrow(expect.objectContaining({ code: 'NONCE_INVALID' }));
    }
  });
});

describe('createDeviceTokens', () => {
  it('when a token is ours, its claims come back; after fifteen minutes it has expired', () => {
    const tokens = createDeviceTokens({ key, now: () => now });
    const { accessToken, expiresInSeconds } = tokens.issue(device);
    expect(expiresInSeconds).toBe(900);
    expect(tokens.verify(accessToken)).toEqual({ ...device, expiresAtMs: now + 900_000 });
    now += 900_000;
    expect(() => tokens.verify(accessToken)).toThrow(expect.objectContaining({ code: 'TOKEN_EXPIRED' }));
  });

  it('when it has another key, algorithm, type, issuer or audience, or lacks a claim, it is no token', () => {
    const tokens = createDeviceTokens({ key, now: () => now });
    const claims = { sub: 'd', org: 'o', epoch: 1, iss: 'sluice', aud: 'sluice-device', exp: now / 1000 + 60 };
    const sign = (over: object, options: jwt.SignOptions = {}, with_ = key) =>
      jwt.sign({ ...claims, ...over }, with_, { header: { alg: 'HS256', typ: 'sluice-device+jwt' }, ...options });
    expect(() => tokens.verify(sign({}))).not.toThrow();
    const unsigned = `${Buffer.from('{"alg":"none","typ":"sluice-device+jwt"}').toString('base64url')}.${sign({}).split('.')[1]}.`;
    for (const bad of [
      sign({}, {}, Buffer.alloc(32, 2)),
      sign({}, { header: { alg: 'HS512', typ: 'sluice-device+jwt' }, algorithm: 'HS512' }),
      sign({}, { header: { alg: 'HS256', typ: 'JWT' } }),
      sign({ iss: 'other' }),
      sign({ aud: 'sluice-api' }),
      sign({ epoch: '1' }),
      sign({ org: undefined }),
      unsigned,
      'a.b.c',
      '',
    ]) {
      expect(() => tokens.verify(bad)).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
    }
  });
});

describe('createSessions', () => {
  it('when a token was verified, it is known by its header from then on, until it expires', () => {
    const tokens = createDeviceTokens({ key, now: () => now });
    let verified = 0;
    const counting = {
      ...tokens,
      verify: (token: string) => {
        verified += 1;
        return tokens.verify(token);
      },
    };
    const sessions = createSessions({ tokens: counting, now: () => now, sessionsMax: 10 });
    const header = `Bearer ${tokens.issue(device).accessToken}`;
    expect(sessions.known(header)).toBeUndefined();
    const session = sessions.verify(header);
    expect([sessions.known(header), sessions.verify(header), verified]).toEqual([session, session, 1]);
    now += 900_000;
    expect(() => sessions.verify(header)).toThrow(expect.objectContaining({ code: 'TOKEN_EXPIRED' }));
    expect(() => sessions.verify(undefined)).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
  });
});
