import type { Application } from '@sluice/contracts';
import { silentLog } from '@sluice/platform';
import { waitFor } from '@sluice/platform/testing';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createMetrics } from '../../http/metrics.ts';
import { type ApiUnderTest, type Caller, startApi } from '../../testing/start-api.ts';
import { createEvents } from './service.ts';

type ServerSentEvent = { id?: string; event?: string; data?: { kind: string; id: string } };
type Client = { events: ServerSentEvent[]; lastId(): string; changes(): string[]; ended: Promise<void>; close(): void };

let api: ApiUnderTest;
let origin: string;
const open: Client[] = [];

beforeAll(async () => {
  api = await startApi();
  origin = await api.app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});
afterAll(() => api.close());

function parse(block: string): ServerSentEvent {
  const fields = Object.fromEntries(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
  return {
    ...fields,
    ...(fields['data'] === undefined ? {} : { data: JSON.parse(fields['data']) as ServerSentEvent['data'] }),
  } as ServerSentEvent;
}

async function connect(caller: Caller, lastEventId?: string): Promise<Client> {
  const abort = new AbortController();
  const headers = { ...caller.headers, ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) };
  const response = await fetch(`${origin}/api/v1/organizations/${caller.organizationId}/events`, { headers, signal: abort.signal });
  if (response.status !== 200 || response.body === null) throw new Error(`${response.status} ${await response.text()}`);
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const events: ServerSentEvent[] = [];
  const read = async (body: ReadableStream<Uint8Array>): Promise<void> => {
    let text = '';
    for await (const chunk of body) {
      text += Buffer.from(chunk).toString();
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      events.push(...blocks.map(parse).filter((event) => event.event !== undefined));
    }
  };
  const client: Client = {
    events,
    lastId: () => events.findLast((event) => event.id !== undefined)?.id ?? '',
    changes: () => events.flatMap((event) => (event.event === 'change' ? [event.data?.id ?? ''] : [])),
    ended: read(response.body).catch(() => undefined),
    close: () => abort.abort(),
  };
  open.push(client);
  return client;
}

let names = 0;
const makeApplication = async (caller: Caller): Promise<string> => {
  names += 1;
  return (await caller.post<Application>('/applications', { name: `app ${names}` })).id;
};
const toSee = (client: Client, id: string) => waitFor(`the change of ${id}`, () => client.changes().includes(id));

it('when a stream begins, it says "reset", and then tells each change of the organization and of no other', async () => {
  const [ours, theirs] = [await connect(api.owner), await connect(api.stranger)];
  await waitFor('both to be reset', () => ours.events[0]?.event === 'reset' && theirs.events[0]?.event === 'reset');
  const id = await makeApplication(api.owner);
  const foreign = await makeApplication(api.stranger);
  await toSee(ours, id);
  await toSee(theirs, foreign);
  expect(ours.events.find((event) => event.data?.id === id)).toMatchObject({ event: 'change', data: { kind: 'application' } });
  expect(ours.changes()).not.toContain(foreign);
  expect(theirs.changes()).not.toContain(id);
});

it('when a client comes back with its last position, it gets what it missed and no "reset"', async () => {
  const first = await connect(api.owner);
  await toSee(first, await makeApplication(api.owner));
  const position = first.lastId();
  first.close();
  await first.ended;
  const missed = [await makeApplication(api.owner), await makeApplication(api.owner)];
  const second = await connect(api.owner, position);
  for (const id of missed) await toSee(second, id);
  const live = await makeApplication(api.owner);
  await toSee(second, live);
  expect(second.events.map((event) => event.event)).not.toContain('reset');
});

it('when a transaction was open while later ones were told, its change comes, too', async () => {
  const client = await connect(api.owner);
  await waitFor('the reset', () => client.events.length > 0);
  const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>();
  const { promise: hasWritten, resolve: written } = Promise.withResolvers<string>();
  const slow = api.store.transaction(async (tx) => {
    const id = tx.uuid();
    await tx.changed(api.owner.organizationId, 'device', [id]);
    written(id);
    await mayCommit;
  });
  const slowId = await hasWritten;
  await toSee(client, await makeApplication(api.owner));
  expect(client.changes()).not.toContain(slowId);
  // Whoever resumes from here has not seen it either.
  const position = client.lastId();
  commit();
  await slow;
  await toSee(client, slowId);
  await toSee(await connect(api.owner, position), slowId);
});

it('when something changes between looking back and the first byte, it is told, after what came before', async () => {
  const before = await connect(api.owner);
  await toSee(before, await makeApplication(api.owner));
  const events = createEvents({ store: api.store, clock: api.clock, logger: silentLog, metrics: createMetrics() });
  const written: string[] = [];
  const output = { write: (text: string) => written.push(text), end: () => undefined, destroy: () => undefined, on: () => undefined };
  const witnessed: string[] = [];
  const witness = { ...output, write: (text: string) => witnessed.push(text) };
  const missed = await makeApplication(api.owner);
  const late = await events.prepare(api.owner.organizationId, before.lastId());
  (await events.prepare(api.owner.organizationId, undefined)).start(witness as never);
  const between = await makeApplication(api.owner);
  await waitFor('the hub to have read it', () => witnessed.join('').includes(between));
  late.start(output as never);
  const text = written.join('');
  expect(text.indexOf(missed)).toBeGreaterThan(0);
  expect(text.indexOf(between)).toBeGreaterThan(text.indexOf(missed));
  events.close();
});

it.each(['nonsense', '1:1:', '99999999999:99999999999:', '3:2:9', `5:6:${'7,'.repeat(10)}`])(
  'when the position is %s, the client is told to read everything again',
  async (position) => {
    const client = await connect(api.owner, position);
    await waitFor('the reset', () => client.events[0]?.event === 'reset');
    await toSee(client, await makeApplication(api.owner));
  },
);

it('when old events were pruned, a client that had not seen them is told to read everything again', async () => {
  const client = await connect(api.owner);
  await toSee(client, await makeApplication(api.owner));
  const position = client.lastId();
  await makeApplication(api.owner);
  await api.store.query('DELETE FROM change_event');
  await makeApplication(api.owner);
  const late = await connect(api.owner, position);
  await waitFor('the reset', () => late.events[0]?.event === 'reset');
});

it('when the connection to the database breaks, changes meanwhile are told once it is back', async () => {
  const client = await connect(api.owner);
  await waitFor('the reset', () => client.events.length > 0);
  await api.store.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE '%change_event%' AND pid <> pg_backend_pid()`,
  );
  await toSee(client, await makeApplication(api.owner));
});

it('when many are connected, they share one connection to the database', async () => {
  const connections = async (): Promise<number> => {
    const [row] = await api.store.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database()',
    );
    return row?.count ?? 0;
  };
  const first = await connect(api.owner);
  await toSee(first, await makeApplication(api.owner));
  const clients = await Promise.all(Array.from({ length: 12 }, () => connect(api.owner)));
  const id = await makeApplication(api.owner);
  for (const client of clients) await toSee(client, id);
  // The pool of this API has eight.
  expect(await connections()).toBeLessThanOrEqual(8);
  const metrics = await api.app.inject({ url: '/metrics' });
  expect(metrics.body).toContain('sluice_event_streams 13');
});

it('when the server closes, streams end', async () => {
  const other = await startApi();
  const address = await other.app.listen({ host: '127.0.0.1', port: 0 });
  const response = await fetch(`${address}/api/v1/organizations/${other.owner.organizationId}/events`, { headers: other.owner.headers });
  const text = response.text();
  await other.close();
  expect(await text).toContain('event: reset');
});
