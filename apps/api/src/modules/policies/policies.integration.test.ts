import type {
  AdvisoryFile,
  Application,
  CurrentAdvisoryFile,
  Group,
  LedgerEntryView,
  Page,
  Pipeline,
  PolicyReport,
  PolicyRuleCatalogue,
  PolicySettingsView,
  PolicyWaiver,
  Release,
  ReleaseFindings,
  Snapshot,
} from '@sluice/contracts';
import { policyRuleNames } from '@sluice/contracts';
import { getBlob } from '@sluice/store';
import { tarballOf } from '@sluice/testkit';
import { sha256Hex } from '@sluice/trust';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instantTarballs } from '../../testing/modules.ts';
import { policy as rolloutPolicy, seedDevice } from '../../testing/seed.ts';
import { type Answer, type ApiUnderTest, type Caller, startApi } from '../../testing/start-api.ts';
import type { LintOutcome } from './flow-linter.ts';

let api: ApiUnderTest;
let operator: Caller;
let fetched: string[] = [];
let linted: LintOutcome = { kind: 'done', results: [] };

beforeAll(async () => {
  api = await startApi({
    linter: { lint: async () => linted, close: async () => undefined },
    tarballs: {
      ...instantTarballs,
      // One module that is not known to bring anything but what its tarball says.
      fetch: async function* (wanted) {
        fetched.push(...wanted.map(({ name }) => name));
        const acme = {
          name: 'acme-nodes',
          version: '1.0.0',
          license: 'AGPL-3.0-only',
          engines: { node: '>=20' },
          'node-red': { version: '>=9', nodes: { a: 'a.js' } },
        };
        const bytes = tarballOf({
          'package.json': JSON.stringify(acme),
          'a.js': '',
          'a.html': '<script type="text/html" data-template-name="acme in">',
        });
        for await (const each of instantTarballs.fetch(wanted)) yield each.wanted.name === 'acme-nodes' ? { ...each, bytes } : each;
      },
    },
  });
  operator = await api.caller('operator');
});
afterAll(() => api.close());

const tab = { id: 't1', type: 'tab', label: 'Line 3' };
const exec = { id: 'e1', type: 'exec', z: 't1', name: 'Restart', command: 'reboot', x: 1, y: 1, wires: [] };
const secret = { id: 'c1', type: 'http request', z: 't1', name: 'MES', url: 'http://app:hunter2@mes.plant/orders', x: 1, y: 1, wires: [] };

type World = {
  application: Application;
  base: string;
  snapshot: (flows: object[], more?: object) => Promise<Snapshot>;
  publish: (snapshot: Snapshot) => Promise<Answer>;
};

let worlds = 0;
async function world(): Promise<World> {
  worlds += 1;
  const application = await api.owner.post<Application>('/applications', { name: `application ${worlds}` });
  const base = `/applications/${application.id}`;
  return {
    application,
    base,
    snapshot: (flows, more = {}) => api.owner.post(`${base}/snapshots`, { flows: [tab, ...flows], ...more }),
    publish: (snapshot) => operator.request('POST', `${base}/releases`, { snapshotId: snapshot.id }),
  };
}

const set = (path: string, settings: object, match = '*', caller = api.owner) =>
  caller.request('PUT', `${path}/policy-settings`, { settings, reason: 'because' }, { 'if-match': match });
const codeOf = ({ status, problem }: Answer): unknown[] => [status, problem.code];
const ledgerOf = async (kind: string, id: string): Promise<LedgerEntryView[]> =>
  (await api.owner.get<Page<LedgerEntryView>>(`/ledger?targetKind=${kind}&targetId=${id}`)).items;
const rulesOf = (findings: readonly { rule: string }[] | undefined): string[] => (findings ?? []).map(({ rule }) => rule);

describe('policy settings', () => {
  it('when the rules are listed, each has its words and its default', async () => {
    const { items, version } = await operator.get<PolicyRuleCatalogue>('/policy-rules');
    expect(items.map(({ rule }) => rule)).toEqual(policyRuleNames);
    expect(items.every(({ title, why }) => title !== '' && why !== '')).toBe(true);
    expect(version).toBeGreaterThanOrEqual(1);
  });

  it('when layers are set, the narrower wins, each has versions of its own, and the ledger tells both sides', async () => {
    const { base, application } = await world();
    const { stages } = await api.owner.post<{ stages: { id: string }[] }>(`${base}/pipelines`, {
      name: 'main',
      stages: [{ name: 'prod', groupIds: [], policy: rolloutPolicy }],
    });
    const stage = `/stages/${stages[0]?.id}`;
    const empty = await api.owner.request('GET', `${base}/policy-settings`);
    expect([empty.headers['etag'], (empty.body as PolicySettingsView).settings]).toEqual(['"0"', {}]);
    expect((await set(base, { rules: { exec: 'block', no_catch: 'off' }, allowedModules: ['@acme/*'] }, '"0"')).status).toBe(200);
    expect((await set(stage, { rules: { exec: 'off' }, allowedModules: null }, '"0"')).status).toBe(200);
    const here = await api.owner.get<PolicySettingsView>(`${stage}/policy-settings`);
    expect(here).toMatchObject({ scope: 'stage', version: 1, settings: { allowedModules: null } });
    expect(here.effective).toMatchObject({ rules: { exec: 'off', no_catch: 'off', lint: 'warn' }, allowedModules: null });
    expect(codeOf(await set(base, {}, '"0"'))).toEqual([412, 'VERSION_STALE']);
    expect((await set(base, { rules: { exec: 'warn' } }, '"1"')).headers['etag']).toBe('"2"');
    const entries = await ledgerOf('policy_settings', application.id);
    expect(entries.map(({ action, reason }) => [action, reason])).toEqual([
      ['policy_settings.changed', 'because'],
      ['policy_settings.changed', 'because'],
    ]);
    const { before, after } = JSON.parse(Buffer.from(entries[0]?.entry ?? '', 'base64').toString());
    expect([before.settings.rules, after.settings.rules]).toEqual([{ exec: 'block', no_catch: 'off' }, { exec: 'warn' }]);
  });

  it('when who or what is wrong, it is refused and nothing is set', async () => {
    const { base } = await world();
    expect(codeOf(await set(base, {}, '*', operator))).toEqual([403, 'FORBIDDEN']);
    expect(codeOf(await set(base, {}, '*', api.stranger))).toEqual([404, 'NOT_FOUND']);
    expect(codeOf(await set(base, { rules: { exce: 'off' } }))).toEqual([400, 'VALIDATION_FAILED']);
    expect(codeOf(await set(base, { registries: ['not an address'] }))).toEqual([400, 'VALIDATION_FAILED']);
    expect(codeOf(await api.owner.request('PUT', `${base}/policy-settings`, { settings: {} }))).toEqual([428, 'PRECONDITION_REQUIRED']);
    expect((await api.owner.get<PolicySettingsView>(`${base}/policy-settings`)).version).toBe(0);
  });
});

describe('publishing', () => {
  it('when findings block, all are told with node, tab, why and fix, and nothing is fetched or published', async () => {
    const { base, snapshot, publish } = await world();
    fetched = [];
    const answer = await publish(await snapshot([exec, secret, { ...exec, id: 'e2', type: 'subflow:absent' }]));
    expect(codeOf(answer)).toEqual([422, 'POLICY_BLOCKED']);
    const blocking = answer.problem.findings?.filter(({ severity }) => severity === 'block');
    expect(rulesOf(blocking)).toEqual(['secret_in_plain_text', 'subflow_missing']);
    expect(answer.problem.findings?.find(({ rule }) => rule === 'exec')).toMatchObject({
      severity: 'warn',
      nodeId: 'e1',
      nodeName: 'Restart',
      tab: 'Line 3',
      message: expect.stringContaining('runs a command'),
      why: expect.stringContaining('every right'),
      fix: expect.stringContaining('waive'),
    });
    expect(answer.problem.detail).toContain('2 findings');
    expect(answer.text).not.toContain('hunter2');
    expect(fetched).toEqual([]);
    expect((await api.owner.get<Page<Release>>(`${base}/releases`)).items).toEqual([]);
  });

  it('when what blocks is waived, it is published, and the release keeps the report whose digest the ledger has', async () => {
    const { snapshot, publish, application } = await world();
    const taken = await snapshot([exec, secret]);
    const found = await operator.get<PolicyReport>(`/snapshots/${taken.id}/findings`);
    expect([found.isBlocked, found.counts.block]).toEqual([true, 1]);
    const subject = found.findings.find(({ rule }) => rule === 'secret_in_plain_text')?.subject;
    const waiver = await operator.post<PolicyWaiver>('/waivers', {
      rule: 'secret_in_plain_text',
      subject,
      reason: 'A dummy for the test bench',
      applicationId: application.id,
    });
    const answer = await publish(taken);
    expect(answer.status).toBe(201);
    const release = answer.body as Release;
    const kept = await operator.get<ReleaseFindings>(`/releases/${release.id}/findings`);
    expect(kept.report).toMatchObject({ isBlocked: false, snapshotDigest: taken.digest, stage: null, counts: { block: 0, waived: 1 } });
    expect(kept.report?.findings.find(({ rule }) => rule === 'secret_in_plain_text')?.waiver).toEqual({
      id: waiver.id,
      reason: 'A dummy for the test bench',
      by: 'operator',
      at: waiver.at,
      expiresAt: null,
    });
    expect(sha256Hex(await getBlob(api.store, api.owner.organizationId, kept.digest ?? ''))).toBe(kept.digest);
    const [entry] = await ledgerOf('release', release.id);
    expect(JSON.parse(Buffer.from(entry?.entry ?? '', 'base64').toString()).after.policyReport).toBe(kept.digest);
    // What happens later changes nothing about what was found then.
    await operator.request('POST', `/waivers/${waiver.id}/revoke`, {});
    expect(await operator.get(`/releases/${release.id}/findings`)).toEqual(kept);
    expect((await operator.get<PolicyReport>(`/snapshots/${taken.id}/findings`)).isBlocked).toBe(true);
    expect((await publish(taken)).status).toBe(200);
  });

  it('when only the tarballs tell, what they tell blocks, and only then', async () => {
    const { base, snapshot, publish } = await world();
    const taken = await snapshot([{ id: 'a', type: 'acme out', z: 't1', x: 1, y: 1, wires: [] }], {
      package: { dependencies: { 'acme-nodes': '1.0.0' } },
    });
    expect((await operator.get<PolicyReport>(`/snapshots/${taken.id}/findings`)).notices.map(({ code }) => code)).toContain('NO_LOCK');
    await set(base, { deniedLicences: ['AGPL-*'] });
    const answer = await publish(taken);
    expect(codeOf(answer)).toEqual([422, 'POLICY_BLOCKED']);
    expect(fetched).toContain('acme-nodes');
    const blocking = answer.problem.findings?.filter(({ severity }) => severity === 'block');
    expect(rulesOf(blocking)).toEqual(['module_missing', 'runtime_too_old', 'licence_denied']);
    // Types that the tarball brings are there, so only the list and the runtime are left.
    const right = await publish(
      await snapshot([{ id: 'a', type: 'acme in', z: 't1', x: 1, y: 1, wires: [] }], {
        package: { dependencies: { 'acme-nodes': '1.0.0' } },
      }),
    );
    expect(rulesOf(right.problem.findings?.filter(({ severity }) => severity === 'block'))).toEqual(['runtime_too_old', 'licence_denied']);
  });

  it('when nrlint finds something it is a finding, and when it does not end, it is a notice and no failure', async () => {
    const { snapshot, publish } = await world();
    linted = { kind: 'timed_out' };
    const answer = await publish(await snapshot([exec]));
    const { report } = await operator.get<ReleaseFindings>(`/releases/${(answer.body as Release).id}/findings`);
    expect(report?.notices.map(({ code }) => code)).toContain('LINT_TIMED_OUT');
    linted = { kind: 'done', results: [{ rule: 'no-loops', message: 'loop detected', location: ['e1'] }] };
    const found = await operator.get<PolicyReport>(`/snapshots/${(await snapshot([{ ...exec, name: 'Other' }])).id}/findings`);
    linted = { kind: 'done', results: [] };
    expect(found.findings.find(({ rule }) => rule === 'lint')).toMatchObject({ nodeId: 'e1', subject: 'e1#no-loops', severity: 'warn' });
  });
});

describe('findings for a stage', () => {
  it('when every device there gets a variable, it has a value, wherever it is set; stages of other applications are not found', async () => {
    const { base, snapshot } = await world();
    const names = ['one', 'two'];
    const [one, two] = await Promise.all(names.map((name) => seedDevice(api.store, api.owner.organizationId, { name })));
    const group = await api.owner.post<Group>('/groups', { name: 'line 3', deviceIds: [one, two] });
    const { stages } = await api.owner.post<Pipeline>(`${base}/pipelines`, {
      name: 'main',
      stages: [{ name: 'prod', groupIds: [group.id], policy: rolloutPolicy }],
    });
    const stageId = stages[0]?.id ?? '';
    const code = {
      id: 'f',
      type: 'function',
      z: 't1',
      x: 1,
      y: 1,
      func: 'return env.get("PLC_HOST") + env.get("TOKEN") + env.get("LINE") + env.get("CELL");',
      wires: [],
    };
    const taken = await snapshot([code, { ...exec, command: 'x' }]);
    const variable = (scope: string, scopeId: string, name: string, isSecret = false) =>
      api.owner.request('PUT', '/variables', { scope, scopeId, name, value: 'v', secret: isSecret });
    await variable('stage', stageId, 'PLC_HOST');
    await variable('organization', api.owner.organizationId, 'TOKEN', true);
    await variable('device', one ?? '', 'LINE');
    await variable('device', one ?? '', 'CELL');
    await variable('device', two ?? '', 'CELL');
    await set(`/stages/${stageId}`, { rules: { exec: 'block' } });
    const found = await operator.get<PolicyReport>(`/snapshots/${taken.id}/findings?stageId=${stageId}`);
    expect(found).toMatchObject({ isBlocked: true, stage: { id: stageId, name: 'prod' } });
    expect(found.findings.filter(({ rule }) => rule === 'variable_missing').map(({ subject }) => subject)).toEqual(['LINE']);
    await variable('group', group.id, 'LINE');
    const again = await operator.get<PolicyReport>(`/snapshots/${taken.id}/findings?stageId=${stageId}`);
    expect(rulesOf(again.findings)).not.toContain('variable_missing');
    expect(found.findings.find(({ rule }) => rule === 'exec')?.severity).toBe('block');
    expect(found.policy.layers.map(({ scope, version }) => [scope, version])).toEqual([
      ['organization', 0],
      ['application', 0],
      ['stage', 1],
    ]);
    // A waiver for the stage counts there and nowhere else, so not when something is published.
    await set(base, { rules: { exec: 'block' } });
    await operator.post('/waivers', { rule: 'exec', reason: 'Only there', stageId });
    const isBlocked = async (query: string) => (await operator.get<PolicyReport>(`/snapshots/${taken.id}/findings${query}`)).isBlocked;
    expect([await isBlocked(`?stageId=${stageId}`), await isBlocked('')]).toEqual([false, true]);
    const other = await (await world()).snapshot([code]);
    expect(codeOf(await operator.request('GET', `/snapshots/${other.id}/findings?stageId=${stageId}`))).toEqual([404, 'NOT_FOUND']);
    expect(codeOf(await api.stranger.request('GET', `/snapshots/${taken.id}/findings`))).toEqual([404, 'NOT_FOUND']);
  });
});

describe('waivers', () => {
  it.each([
    ['no reason', { reason: '  ' }, [422, 'WAIVER_REFUSED']],
    ['an end in the past', { expiresAt: '2020-01-01T00:00:00.000Z' }, [422, 'WAIVER_REFUSED']],
    ['a rule that does not exist', { rule: 'everything' }, [400, 'VALIDATION_FAILED']],
    ['a stage that does not exist', { stageId: '01935b6e-8f00-7000-8000-000000000001' }, [404, 'NOT_FOUND']],
  ])('when a waiver has %s, it is refused', async (_, change, expected) => {
    expect(codeOf(await operator.request('POST', '/waivers', { rule: 'exec', reason: 'x', ...change }))).toEqual(expected);
  });

  it('when a waiver is sent twice with one key, it is one', async () => {
    const send = (reason: string) => operator.request('POST', '/waivers', { rule: 'lint', reason }, { 'idempotency-key': 'once' });
    const [first, second] = [await send('x'), await send('x')];
    expect([first.status, second.body]).toEqual([201, first.body]);
    expect(codeOf(await send('y'))).toEqual([409, 'IDEMPOTENCY_KEY_REUSED']);
  });

  it('when a waiver ends, or is for something else, it does not count', async () => {
    const { base, snapshot, application } = await world();
    await set(base, { rules: { exec: 'block' } });
    const taken = await snapshot([exec]);
    const other = await snapshot([exec]);
    const isBlocked = async ({ id }: Snapshot): Promise<boolean> =>
      (await operator.get<PolicyReport>(`/snapshots/${id}/findings`)).isBlocked;
    const waive = (more: object): Promise<PolicyWaiver> =>
      operator.post('/waivers', { rule: 'exec', reason: 'The watchdog needs it', applicationId: application.id, ...more });
    await waive({ subject: 'another' });
    const one = await waive({ snapshotId: taken.id, expiresAt: new Date(api.clock.now() + 3_600_000).toISOString() });
    expect([await isBlocked(taken), await isBlocked(other)]).toEqual([false, true]);
    api.clock.jump(2 * 3_600_000);
    expect(await isBlocked(taken)).toBe(true);
    expect((await operator.get<PolicyWaiver>(`/waivers/${one.id}`)).state).toBe('expired');
    const all = await waive({});
    expect(await isBlocked(taken)).toBe(false);
    const revoked = await operator.request('POST', `/waivers/${all.id}/revoke`, { reason: 'replaced the node' });
    expect(revoked.body).toMatchObject({ state: 'revoked', revokedBy: 'operator', revokedReason: 'replaced the node' });
    expect(await isBlocked(taken)).toBe(true);
    expect((await ledgerOf('waiver', all.id)).map(({ action, reason }) => [action, reason])).toEqual([
      ['waiver.revoked', 'replaced the node'],
      ['waiver.created', 'The watchdog needs it'],
    ]);
    const active = await operator.get<Page<PolicyWaiver>>(`/waivers?applicationId=${application.id}&active=true`);
    expect(active.items.map(({ subject }) => subject)).toEqual(['another']);
    expect(codeOf(await api.stranger.request('GET', `/waivers/${one.id}`))).toEqual([404, 'NOT_FOUND']);
  });
});

describe('the file of advisories', () => {
  const advisory = { id: 'GHSA-aaaa', module: 'node-red', range: '<6.0.0', severity: 'high', title: 'It can be talked into things' };
  const upload = (content: unknown, match = '*') =>
    api.owner.request('PUT', '/advisory-file', { content, source: 'weekly export' }, { 'if-match': match });

  it('when a file is uploaded, it is kept byte by byte and found in modules; one bad entry refuses the next as a whole', async () => {
    const { snapshot } = await world();
    const taken = await snapshot([exec]);
    expect(await operator.get<CurrentAdvisoryFile>('/advisory-file')).toEqual({ current: null });
    expect(codeOf(await api.owner.request('GET', '/advisory-file/content'))).toEqual([404, 'NOT_FOUND']);
    const text = ` ${JSON.stringify([advisory])}\n`;
    const uploaded = await upload(text, '"0"');
    expect(uploaded.body as AdvisoryFile).toMatchObject({ digest: sha256Hex(text), count: 1, source: 'weekly export', version: 1 });
    expect((await operator.request('GET', '/advisory-file/content')).text).toBe(text);
    const report = await operator.get<PolicyReport>(`/snapshots/${taken.id}/findings`);
    expect(report.findings.find(({ rule }) => rule === 'module_vulnerable')).toMatchObject({
      subject: 'node-red#GHSA-aaaa',
      severity: 'block',
    });
    const bad = await upload([advisory, { ...advisory, range: 'all' }]);
    expect([...codeOf(bad), bad.problem.errors?.[0]?.pointer]).toEqual([422, 'ADVISORIES_MALFORMED', '/1/range']);
    expect(codeOf(await upload('{'))).toEqual([422, 'ADVISORIES_MALFORMED']);
    expect(codeOf(await upload([], '"0"'))).toEqual([412, 'VERSION_STALE']);
    expect((await operator.get<CurrentAdvisoryFile>('/advisory-file')).current?.count).toBe(1);
    expect((await upload([], '"1"')).body).toMatchObject({ count: 0, version: 2 });
    const entries = await ledgerOf('advisory_file', api.owner.organizationId);
    expect(entries.map(({ action }) => action)).toEqual(['advisory_file.replaced', 'advisory_file.replaced']);
  });
});
