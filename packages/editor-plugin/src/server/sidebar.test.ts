import { credentialsContext, generateSealingKey, open } from '@sluice/trust';
import { expect, it } from 'vitest';
import type { ConnectRequest, ModuleNote } from '../view.ts';
import type { Connection } from './connection-file.ts';
import { createSidebar } from './sidebar.ts';

const sealingKey = generateSealingKey();
const connection: Connection = {
  address: 'https://sluice.example',
  token: 'kept-token',
  organization: { id: 'org', name: 'Aquaterra' },
  application: { id: 'app', name: 'Bottling' },
  sealingKey: sealingKey.publicKey,
};
const password = 'hunter2-of-the-plc';

type Sent = { url: string; token: string | null; key: string | null; body: Record<string, unknown> };
type Answer = { status: number; body: unknown } | Error;

/** The server half with a control plane that answers as it is told, by the end of the address. */
function sidebarWith(answers: Record<string, Answer>, { kept = connection as Connection | undefined, notes = [] as ModuleNote[] } = {}) {
  const sent: Sent[] = [];
  const written: Connection[] = [];
  const sidebar = createSidebar({
    fetch: async (url, init) => {
      sent.push({
        url,
        token: new Headers(init.headers).get('authorization'),
        key: new Headers(init.headers).get('idempotency-key'),
        body: JSON.parse(String(init.body ?? '{}')),
      });
      const answer = Object.entries(answers).find(([end]) => new URL(url).pathname.endsWith(end))?.[1];
      if (answer instanceof Error) throw answer;
      const { status, body } = answer ?? { status: 404, body: { code: 'NOT_FOUND', detail: 'There is no such thing.' } };
      const isText = typeof body === 'string';
      return new Response(isText ? body : JSON.stringify(body), { status, headers: isText ? { location: body } : {} });
    },
    file: { read: async () => kept, write: async (value) => void written.push(value), remove: async () => undefined },
    deployed: async () => ({
      flows: [{ id: 'n1', type: 'x' }],
      credentials: { n1: { password } },
      package: { dependencies: {} },
      lock: undefined,
      runtimeVersion: '5.0.7',
      notes,
    }),
  });
  return { sidebar, sent, written };
}
const request = { message: 'm', labels: {} };
const key = { status: 200, body: { publicKey: sealingKey.publicKey } };
const created = { status: 201, body: { id: 'snap', number: 7 } };
const refused = (code: string): unknown => expect.objectContaining({ code });

it('when a snapshot is created, the credentials leave sealed for its application and nothing else tells them', async () => {
  const { sidebar, sent } = sidebarWith({ '/sealing-key': key, '/snapshots': created });
  expect(await sidebar.create(request)).toEqual({ number: 7, url: 'https://sluice.example/organizations/org/snapshots/snap' });
  expect(JSON.stringify(sent)).not.toContain(password);
  const aad = credentialsContext({ organizationId: 'org', applicationId: 'app' });
  const opened = open(sealingKey.privateKey, sent.at(-1)?.body['sealedCredentials'], aad);
  expect(JSON.parse(new TextDecoder().decode(opened))).toEqual({ n1: { password } });
});

it('when the sealing key is another one than at the time of connecting, nothing is sent', async () => {
  const { sidebar, sent } = sidebarWith({
    '/sealing-key': { status: 200, body: { publicKey: generateSealingKey().publicKey } },
    '/snapshots': created,
  });
  await expect(sidebar.create(request)).rejects.toEqual(refused('SEALING_KEY_CHANGED'));
  expect(sent.map(({ url }) => new URL(url).pathname)).toEqual(['/api/v1/organizations/org/sealing-key']);
});

it('when a module does not come from a registry, nothing is sent and the module is named', async () => {
  const notes: ModuleNote[] = [{ code: 'NOT_FROM_REGISTRY', module: 'mine', source: 'file:../mine' }];
  const { sidebar, sent } = sidebarWith({ '/sealing-key': key, '/snapshots': created }, { notes });
  await expect(sidebar.create(request)).rejects.toEqual(refused('MODULES_NOT_FROM_REGISTRY'));
  expect(sent).toEqual([]);
});

it('when the address changes, the token that was kept stays here', async () => {
  const { sidebar, sent } = sidebarWith({});
  const elsewhere: ConnectRequest = { controlPlaneUrl: 'https://evil.example', organizationId: 'org', applicationId: 'app' };
  await expect(sidebar.connect(elsewhere)).rejects.toEqual(refused('TOKEN_MISSING'));
  await expect(sidebar.choices({ controlPlaneUrl: 'https://user:pass@sluice.example' })).rejects.toEqual(refused('ADDRESS_INVALID'));
  expect(sent).toEqual([]);
});

it('when the token may only read, connecting says so and keeps nothing', async () => {
  const membership = { organizationId: 'org', organizationName: 'Aquaterra', role: 'viewer' };
  const { sidebar, written } = sidebarWith({
    '/me': { status: 200, body: { name: 't', memberships: [membership] } },
    '/applications': { status: 200, body: { items: [{ id: 'app', name: 'Bottling' }] } },
  });
  const reader: ConnectRequest = { controlPlaneUrl: 'https://sluice.example/', organizationId: 'org', applicationId: 'app' };
  await expect(sidebar.connect(reader)).rejects.toEqual(refused('TOKEN_MAY_ONLY_READ'));
  expect(written).toEqual([]);
});

it('when an answer got lost, the same content is sent again as the same request; other content is another one', async () => {
  const answers: Record<string, Answer> = { '/sealing-key': key, '/snapshots': new TypeError('fetch failed') };
  const { sidebar, sent } = sidebarWith(answers);
  await expect(sidebar.create(request)).rejects.toEqual(refused('OFFLINE'));
  await expect(sidebar.create({ ...request, message: 'other' })).rejects.toEqual(refused('OFFLINE'));
  answers['/snapshots'] = created;
  await sidebar.create({ ...request, message: 'other' });
  await sidebar.create({ ...request, message: 'other' });
  const [first, second, again, afterwards] = sent.filter(({ url }) => url.endsWith('/snapshots'));
  expect([again?.key, again?.body]).toEqual([second?.key, second?.body]);
  expect(new Set([first?.key, second?.key, afterwards?.key]).size).toBe(3);
});

const withCause = (code: string): Error => new TypeError('fetch failed', { cause: Object.assign(new Error('why'), { code }) });
it.each<[string, Answer, string]>([
  ['is gone', withCause('ECONNREFUSED'), 'OFFLINE'],
  ['has a certificate that nobody knows', withCause('DEPTH_ZERO_SELF_SIGNED_CERT'), 'TLS'],
  ['has a certificate of another host', withCause('ERR_TLS_CERT_ALTNAME_INVALID'), 'TLS'],
  ['does not answer', Object.assign(new Error('too long'), { name: 'TimeoutError' }), 'TIMEOUT'],
  ['answers with a page', { status: 200, body: '<html>' }, 'NOT_SLUICE'],
  ['sends to another address', { status: 302, body: 'https://login.example' }, 'REDIRECTED'],
  ['does not know the token', { status: 401, body: { code: 'TOKEN_REVOKED', detail: 'revoked' } }, 'TOKEN_REFUSED'],
  ['does not let the token write', { status: 403, body: { code: 'FORBIDDEN', detail: 'no' } }, 'TOKEN_MAY_ONLY_READ'],
  ['does not know the application', { status: 404, body: { code: 'NOT_FOUND', detail: 'no' } }, 'NOT_FOUND'],
  ['refuses the lock', { status: 422, body: { code: 'LOCK_MISMATCH', detail: 'no' } }, 'REFUSED'],
  ['is starting', { status: 503, body: { code: 'UNAVAILABLE', detail: 'soon' } }, 'OFFLINE'],
])('when the control plane %s, the person is told so', async (_what, answer, code) => {
  const { sidebar } = sidebarWith({ '/sealing-key': key, '/snapshots': answer });
  await expect(sidebar.create(request)).rejects.toEqual(refused(code));
});
