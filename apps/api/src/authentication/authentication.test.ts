import { seededRandom, VirtualClock } from '@sluice/platform/testing';
import jwt from 'jsonwebtoken';
import { expect, it } from 'vitest';
import { includesRole, requireAccess } from './access.ts';
import type { Actor } from './actor.ts';
import { issueApiToken, verifyApiToken } from './api-token.ts';
import { isCrossSite } from './cross-site.ts';
import { failuresBeforeLock, lockMs } from './lock-out.ts';
import { hashPassword, passwordMatches } from './password.ts';
import { createSecretToken, hashOfToken } from './secret-token.ts';

const key = Buffer.alloc(32, 7);
const organizationId = '01935b6e-8f00-7000-8000-000000000001';
const tokenId = '01935b6e-8f00-7000-8000-000000000002';

function actorWith(role: 'owner' | 'operator' | 'viewer'): Actor {
  const memberships = [{ organizationId, organizationName: 'A', role }];
  return { kind: 'person', id: tokenId, name: 'P', email: null, method: 'session', sessionId: null, address: '::1', memberships };
}

it('when a password is hashed, it is argon2id with the parameters of OWASP, and only it matches', async () => {
  const stored = await hashPassword('correct horse battery');
  expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await passwordMatches(stored, 'correct horse battery')).toBe(true);
  expect(await passwordMatches(stored, 'correct horse batterz')).toBe(false);
});

it('when no password is stored, none matches, not even the decoy', async () => {
  expect(await passwordMatches(null, 'a password nobody has')).toBe(false);
});

it('when passwords fail in a row, the lock begins at the tenth, doubles and ends at an hour', () => {
  expect(lockMs(failuresBeforeLock - 1)).toBe(0);
  expect(lockMs(failuresBeforeLock)).toBe(60_000);
  expect(lockMs(failuresBeforeLock + 1)).toBe(120_000);
  expect(lockMs(10_000)).toBe(3_600_000);
});

it('when a secret token is made, it is found by its hash', () => {
  const { token, hash } = createSecretToken(seededRandom(1));
  expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  expect(hashOfToken(token)).toBe(hash);
});

it('when an API token is verified, it gives back what was issued until it expires', async () => {
  const clock = new VirtualClock();
  const token = issueApiToken(key, { tokenId, organizationId, expiresAt: new Date(clock.now() + 60_000) }, clock);
  expect(verifyApiToken(key, token, clock)).toEqual({ tokenId, organizationId });
  await clock.advance(61_000);
  expect(() => verifyApiToken(key, token, clock)).toThrow(expect.objectContaining({ code: 'TOKEN_EXPIRED' }));
});

it.each([
  [
    'another key',
    () => jwt.sign({ org: organizationId }, Buffer.alloc(32, 8), { issuer: 'sluice', audience: 'sluice-api', jwtid: tokenId }),
  ],
  ['another audience', () => jwt.sign({ org: organizationId }, key, { issuer: 'sluice', audience: 'sluice-device', jwtid: tokenId })],
  ['another type', () => jwt.sign({ org: organizationId }, key, { issuer: 'sluice', audience: 'sluice-api', jwtid: tokenId })],
  [
    'no algorithm',
    () => jwt.sign({ org: organizationId }, '', { algorithm: 'none', issuer: 'sluice', audience: 'sluice-api', jwtid: tokenId }),
  ],
  ['no form of a token', () => 'x.y.z'],
])('when a token has %s, it is refused', (_what, make) => {
  expect(() => verifyApiToken(key, make(), new VirtualClock())).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
});

it.each([
  [{ 'sec-fetch-site': 'same-origin' }, false],
  [{ 'sec-fetch-site': 'none' }, false],
  [{ 'sec-fetch-site': 'same-site' }, true],
  [{ 'sec-fetch-site': 'cross-site', origin: 'https://sluice.example' }, true],
  [{ origin: 'https://sluice.example' }, false],
  [{ origin: 'https://evil.example' }, true],
  [{ origin: 'http://localhost:3400', host: 'localhost:3400' }, false],
  [{ origin: 'null' }, true],
  [{}, true],
])('when a cookie comes with %o, cross-site is %s', (headers, crossSite) => {
  expect(isCrossSite({ method: 'POST', headers }, 'https://sluice.example')).toBe(crossSite);
  expect(isCrossSite({ method: 'GET', headers }, 'https://sluice.example')).toBe(false);
});

it('when roles are compared, an owner includes an operator, who includes a viewer, and not the other way round', () => {
  expect([includesRole('owner', 'operator'), includesRole('operator', 'viewer'), includesRole('viewer', 'viewer')]).toEqual([
    true,
    true,
    true,
  ]);
  expect([includesRole('viewer', 'operator'), includesRole('operator', 'owner')]).toEqual([false, false]);
});

it('when access is checked, strangers get 401, other organizations do not exist and weak roles are forbidden', () => {
  const codeOf = (check: () => void): unknown => {
    try {
      check();
      return 'allowed';
    } catch (error) {
      return (error as { code?: unknown }).code;
    }
  };
  expect(codeOf(() => requireAccess('viewer', null, organizationId))).toBe('UNAUTHENTICATED');
  expect(codeOf(() => requireAccess('viewer', actorWith('owner'), tokenId))).toBe('NOT_FOUND');
  expect(codeOf(() => requireAccess('operator', actorWith('viewer'), organizationId))).toBe('FORBIDDEN');
  expect(codeOf(() => requireAccess('operator', actorWith('owner'), organizationId))).toBe('allowed');
  expect(codeOf(() => requireAccess('public', null, undefined))).toBe('allowed');
});
