import type { LedgerEntryView, Me, Page } from '@sluice/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureFirstOwner, ensureOwner, signInLinkOf } from '../../owner.ts';
import { type ApiUnderTest, createCaller, ownerLogin, publicUrl, signIn, startApi } from '../../testing/start-api.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

let addresses = 0;
/** Each call from an address of its own, unless one is given: what is limited per address does not disturb the other tests. */
function post(url: string, payload: object, options: { remoteAddress?: string; headers?: Record<string, string> } = {}) {
  addresses += 1;
  return api.app.inject({ method: 'POST', url, payload, remoteAddress: `10.0.${addresses >> 8}.${addresses & 255}`, ...options });
}
const trySignIn = (login: object, options = {}) => post('/api/v1/sessions', login, options);
const codeOf = (response: { json(): { code: string } }): string => response.json().code;

async function newPerson(email: string): Promise<{ email: string; password: string; organizationId: string }> {
  const login = { email, password: 'another long password' };
  const { organizationId } = await ensureOwner(api.deps, { ...login, organizationName: email });
  return { ...login, organizationId };
}

it('when the password is right, the cookie is kept from scripts and other sites, and the answer says who signed in', async () => {
  const response = await trySignIn({ ...ownerLogin, email: ownerLogin.email.toUpperCase() });
  expect(response.statusCode).toBe(201);
  expect(response.cookies[0]).toMatchObject({ name: 'sluice_session', httpOnly: true, sameSite: 'Lax', path: '/' });
  expect(response.cookies[0]?.secure).toBeUndefined();
  const me = response.json() as Me;
  expect(me).toMatchObject({ kind: 'person', email: ownerLogin.email, memberships: [{ organizationName: 'One', role: 'owner' }] });
  const [entry] = (await api.owner.get<Page<LedgerEntryView>>('/ledger?action=person.signed_in')).items;
  const written = JSON.parse(Buffer.from(entry?.entry ?? '', 'base64').toString()) as { actor: object };
  expect(written.actor).toMatchObject({
    kind: 'person',
    id: me.id,
    method: 'password',
    session: expect.any(String),
    address: expect.any(String),
  });
});

it('when the password is wrong or the address unknown, both answers are the same', async () => {
  const wrong = await trySignIn({ ...ownerLogin, password: 'not the password' });
  const unknown = await trySignIn({ email: 'nobody@one.example', password: 'not the password' });
  expect(wrong.statusCode).toBe(401);
  const { traceId: _, ...first } = wrong.json();
  const { traceId: __, ...second } = unknown.json();
  expect(second).toEqual(first);
  expect(first.code).toBe('CREDENTIALS_WRONG');
  expect(wrong.cookies).toEqual([]);
});

it('when ten passwords in a row are wrong, the account is locked for a minute, even for the right one', async () => {
  const login = await newPerson('locked@one.example');
  const { organizationId, ...right } = login;
  for (let tries = 0; tries < 10; tries += 1) expect(codeOf(await trySignIn({ ...right, password: 'wrong' }))).toBe('CREDENTIALS_WRONG');
  const locked = await trySignIn(right);
  expect([locked.statusCode, codeOf(locked)]).toEqual([429, 'RATE_LIMITED']);
  expect(Number(locked.headers['retry-after'])).toBeGreaterThan(50);
  api.clock.jump(61_000);
  expect((await trySignIn(right)).statusCode).toBe(201);
  // Signing in starts the count again.
  expect(codeOf(await trySignIn({ ...right, password: 'wrong' }))).toBe('CREDENTIALS_WRONG');
  expect((await trySignIn(right)).statusCode).toBe(201);
  const owner = createCaller(api.app, organizationId, await signIn(api.app, right));
  expect((await owner.get<Page<LedgerEntryView>>('/ledger?action=person.sign_in_failed')).items).toHaveLength(11);
});

it('when one address tries too often, it is slowed down, whoever it tries to be', async () => {
  const from = { remoteAddress: '203.0.113.9' };
  const codes: string[] = [];
  for (let tries = 0; tries < 31; tries += 1) codes.push(codeOf(await trySignIn({ email: `p${tries}@x.example`, password: 'x' }, from)));
  expect(codes.slice(0, 30)).toEqual(Array(30).fill('CREDENTIALS_WRONG'));
  expect(codes[30]).toBe('RATE_LIMITED');
}, 60_000);

it('when another site signs a browser in, it is refused', async () => {
  for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
    expect(codeOf(await trySignIn(ownerLogin, { headers }))).toBe('CROSS_SITE_REQUEST');
  }
  expect((await trySignIn(ownerLogin, { headers: { origin: publicUrl, 'sec-fetch-site': 'same-origin' } })).statusCode).toBe(201);
});

it('when a person signs out, the session is over everywhere', async () => {
  const caller = createCaller(api.app, api.owner.organizationId, await signIn(api.app, ownerLogin));
  expect((await caller.request('GET', '/api/v1/me')).status).toBe(200);
  const out = await caller.request('DELETE', '/api/v1/sessions/current');
  expect(out.status).toBe(204);
  expect(String(out.headers['set-cookie'])).toContain('sluice_session=;');
  expect((await caller.request('GET', '/api/v1/me')).problem.code).toBe('UNAUTHENTICATED');
  expect((await api.owner.request('GET', '/api/v1/me')).status).toBe(200);
});

it('when a week has passed, the session is over', async () => {
  const caller = createCaller(api.app, api.owner.organizationId, await signIn(api.app, ownerLogin));
  api.clock.jump(7 * 24 * 60 * 60 * 1000 + 1);
  expect((await caller.request('GET', '/api/v1/me')).problem.code).toBe('UNAUTHENTICATED');
  api.clock.jump(-7 * 24 * 60 * 60 * 1000 - 1);
  expect((await caller.request('GET', '/api/v1/me')).status).toBe(200);
});

it('when the first owner has no password, a link works once and sets it', async () => {
  const setup = { organizationName: 'Linked', email: 'linked@one.example' };
  const { signInToken, created } = await ensureOwner(api.deps, setup);
  expect(created).toBe(true);
  expect(signInLinkOf(publicUrl, signInToken ?? '')).toBe(`${publicUrl}/sign-in/link#token=${signInToken}`);
  expect(codeOf(await trySignIn({ email: setup.email, password: 'whatever it may be' }))).toBe('CREDENTIALS_WRONG');
  const request = { token: signInToken ?? '', password: 'chosen with the link' };
  expect((await post('/api/v1/sessions/link', { ...request, password: 'short' })).statusCode).toBe(400);
  const used = await post('/api/v1/sessions/link', request);
  expect(used.statusCode).toBe(201);
  expect(used.cookies[0]?.name).toBe('sluice_session');
  expect(codeOf(await post('/api/v1/sessions/link', request))).toBe('CREDENTIALS_WRONG');
  expect((await trySignIn({ email: setup.email, password: request.password })).statusCode).toBe(201);
  // The next start finds everything done.
  expect(await ensureOwner(api.deps, setup)).toMatchObject({ created: false, signInToken: null });
});

it('when a link is a day old, it is worthless, and the next start makes a new one', async () => {
  const setup = { organizationName: 'Late', email: 'late@one.example' };
  const first = await ensureOwner(api.deps, setup);
  api.clock.jump(24 * 60 * 60 * 1000 + 1);
  expect(codeOf(await post('/api/v1/sessions/link', { token: first.signInToken ?? '', password: 'chosen too late' }))).toBe(
    'CREDENTIALS_WRONG',
  );
  const second = await ensureFirstOwner(api.deps, setup);
  expect((await post('/api/v1/sessions/link', { token: second?.signInToken ?? '', password: 'chosen in time' })).statusCode).toBe(201);
});

it('when the control plane belongs to others, a start founds nothing', async () => {
  expect(await ensureFirstOwner(api.deps, { organizationName: 'Mine', email: 'new@one.example' })).toBeNull();
});

it('when several processes make the owner at the same time, there is one', async () => {
  // Without a password there is none to hash, which would keep them apart.
  const setup = { organizationName: 'Twins', email: 'twins@one.example' };
  const all = await Promise.all(Array.from({ length: 6 }, () => ensureOwner(api.deps, setup)));
  expect(all.filter((each) => each.created)).toHaveLength(1);
  expect(new Set(all.map((each) => each.organizationId)).size).toBe(1);
});
