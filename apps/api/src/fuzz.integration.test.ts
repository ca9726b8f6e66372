import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiOperation, fillPath, listOperations } from './testing/operations.ts';
import { seedDevice, seedPromotable } from './testing/seed.ts';
import { type ApiUnderTest, startApi } from './testing/start-api.ts';

let api: ApiUnderTest;
let operations: ApiOperation[];
let ids: Record<string, string>;

beforeAll(async () => {
  api = await startApi();
  const deviceId = await seedDevice(api.store, api.owner.organizationId, { name: 'press' });
  const seeded = await seedPromotable(api.owner, { name: 'line', deviceIds: [deviceId] });
  const { application, snapshot, release, group, pipeline, stageId } = seeded;
  const rollout = await api.owner.post<{ id: string }>('/rollouts', { releaseId: release.id, stageId });
  ids = {
    organizationId: api.owner.organizationId,
    applicationId: application.id,
    snapshotId: snapshot.id,
    releaseId: release.id,
    pipelineId: pipeline.id,
    stageId,
    groupId: group.id,
    deviceId,
    rolloutId: rollout.id,
  };
  // A stream never ends, so asking for one with good credentials would wait for ever.
  operations = (await listOperations(api)).filter(({ operationId }) => operationId !== 'streamEvents');
});
afterAll(() => api.close());

const someId = '01935b6e-8f00-7000-8000-00000000ffff';
const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`;

/** Bodies that broke other servers; as text, because some are no JSON. */
const hostileBodies = [
  '',
  'null',
  '[]',
  '"text"',
  '{',
  '{"__proto__":{"admin":true}}',
  '{"constructor":{"prototype":{"admin":true}}}',
  '{"name":"a\\u0000b"}',
  '{"name":"\\ud800"}',
  '{"name":1e400,"limit":1e999,"version":-1e400}',
  '{"name":{"$gt":""},"scope":{},"flows":{},"stages":{}}',
  `{"name":"${'x'.repeat(10_000)}"}`,
  `{"name":${deep},"flows":${deep}}`,
  '{"flows":"\\u0000","snapshotId":"\\u0000","releaseId":"x","stageId":null}',
  '{"flows":[{"id":"a","type":"b","x":"\\ud800"}],"message":"\\ud800","settings":{"lang":"\\u0000"}}',
  '{"flows":[],"variables":[{"name":"A","required":true,"secret":false,"default":"\\ud800"}]}',
  '{"flows":[],"settings":{"lang":"\\ud800"}}',
  '{"flows":[],"package":{"dependencies":{"x":"file:../../etc"}}}',
  '{"flows":[],"package":"{\\"dependencies\\":{\\"__proto__\\":\\"1\\"}}","lock":"{}","credentials":"{\\"$\\":\\"zz\\"}","credentialSecret":""}',
  `{"releaseId":"${someId}","stageId":"${someId}","reason":"a"}`,
  '{"action":"pause","reason":"\\ud83d"}',
  '{"scope":"device","scopeId":"00000000-0000-0000-0000-000000000000","name":"A","value":"\\u0000"}',
  '{"email":"a@b","password":"\\ud800"}',
  '{"token":"\\u0000","password":"\\ud800\\ud800\\ud800\\ud800\\ud800\\ud800\\ud800\\ud800\\ud800\\ud800\\ud800\\ud800"}',
  '{"reports":[{"sequence":9007199254740993,"kind":"event"}],"deviceId":"\\u0000","nonce":"\\u0000","signature":"A"}',
  '{"add":["x"],"remove":[""],"labels":{"a b":"c"},"deviceIds":[1,2,3]}',
];
const hostileIds = [
  'x',
  '%00',
  '%ff',
  "'; drop table device; --",
  '..%2f..%2f',
  '00000000-0000-0000-0000-000000000000',
  '%F0%9F%98%80',
  'A'.repeat(600),
];
const hostileQueries = [
  'cursor=%00',
  'cursor=bm90LWEtdXVpZA',
  'limit=0&limit=-1',
  'limit=1e9',
  'limit=99999999999999999999',
  '__proto__[x]=1&constructor=1',
  'search=%ff%fe',
  'search=%00',
  'groupId=x&state=y&active=maybe&waveIndex=-1',
  'waveIndex=99999999999999999',
  'targetId=%00&targetKind=%00',
  'action=%ED%A0%80',
];
const hostileHeaders: Record<string, string>[] = [
  { 'if-match': '"99999999999999999999"' },
  { 'if-match': 'W/"x"' },
  { 'idempotency-key': 'x'.repeat(500) },
  { 'idempotency-key': 'é' },
  { 'content-type': 'text/plain' },
  { 'content-type': 'application/json; charset=utf-7' },
  { 'accept-encoding': 'x'.repeat(2000) },
  { authorization: 'Bearer \u00ff' },
  { cookie: 'sluice_session=%00; sluice_session=x' },
  { range: 'bytes=-99999999999999999999' },
  { prefer: 'wait=1e99' },
];

type Attack = { url: string; payload?: string; headers?: Record<string, string> };

function attacksOn({ path, method }: ApiOperation): Attack[] {
  const good = fillPath(path, ids, someId);
  const withBody = method !== 'GET' && method !== 'DELETE';
  const json = { 'content-type': 'application/json' };
  return [
    ...(withBody ? hostileBodies.map((payload) => ({ url: good, payload, headers: { 'if-match': '*', ...json } })) : []),
    ...(path.includes('{') ? hostileIds.map((id) => ({ url: fillPath(path, { organizationId: api.owner.organizationId }, id) })) : []),
    ...(path.includes('{') ? hostileIds.map((id) => ({ url: fillPath(path, {}, id) })) : []),
    ...(method === 'GET' ? hostileQueries.map((query) => ({ url: `${good}?${query}` })) : []),
    ...hostileHeaders.map((headers) => ({ url: good, headers, ...(withBody ? { payload: '{}' } : {}) })),
  ];
}

it('when every operation gets hostile input, none answers with a failure of ours, and every refusal is problem details', async () => {
  let asked = 0;
  for (const operation of operations) {
    for (const { url, payload, headers } of attacksOn(operation)) {
      const { operationId, method } = operation;
      // Signing out would end the session that the rest of the attacks need.
      if (operationId === 'signOut') continue;
      const options = { method, url, headers: { ...api.owner.headers, ...headers }, ...(payload === undefined ? {} : { payload }) };
      const response = await api.app.inject(options);
      asked += 1;
      const what = `${operationId} ${url.slice(0, 200)} ${payload?.slice(0, 100) ?? ''} ${JSON.stringify(headers ?? {}).slice(0, 100)}: ${response.body.slice(0, 500)}`;
      expect(response.statusCode, what).toBeLessThan(500);
      if (response.statusCode >= 400) expect(response.headers['content-type'], what).toContain('application/problem+json');
    }
  }
  expect(asked).toBeGreaterThan(1500);
  // The process is as it was: the prototype is clean and the API works.
  expect(({} as { admin?: unknown }).admin).toBeUndefined();
  expect((await api.owner.request('GET', '/applications')).status).toBe(200);
});
