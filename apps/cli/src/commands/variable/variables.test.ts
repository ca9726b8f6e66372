import type { EncryptionKeys, ResolvedVariables, Variable } from '@sluice/contracts';
import { expect, it } from 'vitest';
import { createFakeControlPlane, type FakeAnswer } from '../../testing/fake-control-plane.ts';
import { createMemoryFiles } from '../../testing/memory-files.ts';
import { instantClock, runInProcess } from '../../testing/run.ts';

const organizationId = '01a202cc-23e8-7068-8f38-6a322d7b8ad0';
const id = '01a202d3-981d-7056-bf28-0cd6826e8613';
const base = `/api/v1/organizations/${organizationId}`;
const at = '2026-11-22T09:00:00.000Z';
const variable: Variable = { id, scope: 'group', scopeId: id, name: 'PLC', secret: true, value: null, revision: 3, updatedAt: at };

async function run(args: string[], answers: Record<string, FakeAnswer | FakeAnswer[]>, stdin?: string) {
  const { fetch, seen } = createFakeControlPlane({
    'GET /api/v1/me': { body: { memberships: [{ organizationId, organizationName: 'One', role: 'owner' }] } },
    [`GET ${base}/applications`]: { body: { items: [], nextCursor: null } },
    [`GET ${base}/groups`]: { body: { items: [{ id, name: 'ulm' }], nextCursor: null } },
    ...answers,
  });
  const environment = { SLUICE_URL: 'https://sluice.example', SLUICE_TOKEN: 'x' };
  const options = { environment, fetch, files: createMemoryFiles({ '/value': 'from a file\n' }), clock: instantClock() };
  return { ...(await runInProcess(args, { ...options, ...(stdin === undefined ? {} : { stdin }) })), seen };
}

it('when a secret is set, its value comes from standard input or a file, never from the command line, and is not printed', async () => {
  const set = ['variable', 'set', 'PLC', '--group', 'ulm', '--secret'];
  const answers = { [`PUT ${base}/variables`]: { body: variable } };
  const { exitCode, stdout, seen } = await run([...set, '--value-stdin'], answers, 'hunter2\n');
  expect(exitCode).toBe(0);
  const sent = seen.find(({ method }) => method === 'PUT');
  expect(sent?.body).toEqual({ scope: 'group', scopeId: id, name: 'PLC', value: 'hunter2', secret: true });
  expect(stdout).toContain('(secret)');
  expect(stdout).not.toContain('hunter2');
  expect((await run([...set, 'hunter2'], answers)).exitCode).toBe(2);
  expect((await run(set, answers)).exitCode).toBe(2);
  expect((await run([...set, '--value-file', '/value', '--device', 'press'], answers)).exitCode).toBe(2);
  const tried = await run([...set, '--value-file', '/value', '--dry-run'], {});
  expect(tried.stdout).not.toContain('from a file');
});

it('when variables of a device are resolved, the layer of each is shown, what competes, and what it still lacks', async () => {
  const sentence = 'PLC is set by 2 groups.';
  const resolved: ResolvedVariables = {
    ...{ revision: 9, deviceRevision: 7, devices: 1 },
    variables: [{ name: 'PLC', scope: 'group', scopeId: id, scopeName: 'ulm', secret: false, value: '10.0.0.7', revision: 3, devices: 1 }],
    warnings: [{ code: 'GROUPS_COMPETE', name: 'PLC', groups: ['graz', 'ulm'], devices: 1, sentence }],
  };
  const { stdout, stderr } = await run(['variable', 'resolve', '--device', id], {
    [`GET ${base}/devices/${id}/variables`]: { body: resolved },
  });
  expect(stdout).toMatch(/PLC\s+10\.0\.0\.7\s+group ulm/);
  expect(stderr).toContain(sentence);
  expect(stderr).toContain('revision 7');
  expect((await run(['variable', 'resolve'], {})).exitCode).toBe(2);
});

it('when a variable is removed, it is found by its name at its layer, and named when it is not there', async () => {
  const answers = { [`GET ${base}/variables?scope=group&scopeId=${id}`]: { body: { items: [variable], nextCursor: null } } };
  const list = { [`GET ${base}/variables`]: { body: { items: [variable], nextCursor: null } }, ...answers };
  const gone = await run(['variable', 'remove', 'PLC', '--group', 'ulm'], { ...list, [`DELETE ${base}/variables/${id}`]: { status: 204 } });
  expect(gone.exitCode).toBe(0);
  const missing = await run(['variable', 'remove', 'PCL', '--group', 'ulm'], list);
  expect(missing).toMatchObject({ exitCode: 5 });
  expect(missing.stderr).toContain('PLC');
});

it('when a key is rotated and waited for, it tells how far it is, and ends with 8 when the time is over', async () => {
  const key = { id, number: 2, state: 'active' as const, createdBy: 'Ada', createdAt: at, retiredAt: null, destroyedAt: null, secrets: 1 };
  const started: EncryptionKeys = { keys: [key], secrets: 5, remaining: 4, isDone: false };
  const done: EncryptionKeys = { keys: [key], secrets: 5, remaining: 0, isDone: true };
  const rotated = { [`POST ${base}/encryption-keys`]: { status: 201, body: started } };
  const finished = await run(['key', 'rotate', '--wait'], {
    ...rotated,
    [`GET ${base}/encryption-keys`]: [{ body: started }, { body: done }],
  });
  expect(finished.exitCode).toBe(0);
  expect(finished.stderr).toContain('1 of 5 secrets');
  const slow = await run(['key', 'rotate', '--timeout', '3s'], { ...rotated, [`GET ${base}/encryption-keys`]: { body: started } });
  expect(slow.exitCode).toBe(8);
});
