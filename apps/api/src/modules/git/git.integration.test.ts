import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Application, CreatedApiToken, LedgerEntryView, Page, Snapshot } from '@sluice/contracts';
import { flowsRevision } from '@sluice/snapshot';
import { readCommittedSnapshot } from '@sluice/vcs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { flows } from '../../testing/seed.ts';
import { type ApiUnderTest, startApi } from '../../testing/start-api.ts';

let api: ApiUnderTest;
let origin: string;
let folder: string;
let token: string;

beforeAll(async () => {
  api = await startApi();
  origin = await api.app.listen({ host: '127.0.0.1', port: 0 });
  folder = await mkdtemp(join(tmpdir(), 'sluice-git-'));
  token = (await api.owner.post<CreatedApiToken>('/tokens', { name: 'git', role: 'viewer' })).token;
});
afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true, force: true });
});

/** The stock client, without anything of the machine's own configuration. */
function run(args: string[]): Promise<{ stdout: string; stderr: string }> {
  const env = { PATH: process.env['PATH'], HOME: folder, GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' };
  return promisify(execFile)('git', args, { cwd: folder, env, timeout: 60_000, maxBuffer: 64 * 1024 * 1024 });
}

const git = async (...args: string[]): Promise<string> => (await run(args)).stdout;

/** What the client says on the way. */
async function progress(...args: string[]): Promise<string> {
  return (await run(args)).stderr;
}

/** What the client says when it fails. */
const complaint = (...args: string[]): Promise<string> =>
  git(...args).then(
    () => 'it worked',
    (error: { stderr?: string }) => String(error.stderr),
  );

const address = (application: string, options: { password?: string; organization?: string } = {}): string => {
  const url = new URL(`${origin}/git/${options.organization ?? api.owner.organizationId}/${encodeURIComponent(application)}.git`);
  url.username = 'anybody';
  url.password = options.password ?? token;
  return url.href;
};

let applications = 0;
async function createApplication(): Promise<Application> {
  applications += 1;
  return api.owner.post<Application>('/applications', { name: `line ${applications}` });
}

const capture = (application: Application, body: object): Promise<Snapshot> =>
  api.owner.post<Snapshot>(`/applications/${application.id}/snapshots`, body);

const withCode = (func: string) => flows.map((node) => (node.id === 'n2' ? { ...node, func } : node));

/** An application with so many snapshots that differ in the code of a function. */
async function withHistory(count: number): Promise<{ application: Application; snapshots: Snapshot[] }> {
  const application = await createApplication();
  const snapshots: Snapshot[] = [];
  for (let index = 1; index <= count; index += 1) {
    snapshots.push(await capture(application, { flows: withCode(`const step = ${index};\nreturn msg;`), message: `Step ${index}` }));
  }
  return { application, snapshots };
}

it('when an application is cloned, its snapshots are commits with author, trailers and tags, and the repository is sound', async () => {
  const { application, snapshots } = await withHistory(3);
  await git('clone', '-q', address(application.id), 'clone');
  expect(await git('-C', 'clone', 'fsck', '--strict', '--full')).toBe('');
  const log = await git('-C', 'clone', 'log', '--format=%H|%an|%s|%(trailers:key=Snapshot-Number,valueonly,separator=)|%D');
  expect(log.trim().split('\n')).toEqual([
    `${snapshots[2]?.commit}|owner|Step 3|3|HEAD -> main, tag: v3, origin/main, origin/HEAD`,
    `${snapshots[1]?.commit}|owner|Step 2|2|tag: v2`,
    `${snapshots[0]?.commit}|owner|Step 1|1|tag: v1`,
  ]);
  expect((await git('-C', 'clone', 'log', '-1', '--format=%(trailers:key=Snapshot-Digest,valueonly)')).trim()).toBe(snapshots[2]?.digest);
  const { items } = await api.owner.get<Page<LedgerEntryView>>(`/ledger?targetKind=snapshot&targetId=${snapshots[2]?.id}`);
  const entry = JSON.parse(Buffer.from(items[0]?.entry ?? '', 'base64').toString());
  expect(entry).toMatchObject({ action: 'snapshot.created', after: { commit: snapshots[2]?.commit } });
});

it('when a function changes, git log -p shows its lines and nothing else', async () => {
  const { application } = await withHistory(2);
  await git('clone', '-q', address(application.name), 'lines');
  const diff = await git('-C', 'lines', 'log', '-1', '-p', '--format=');
  expect(diff.split('\n').filter((line) => /^[-+]/.test(line))).toEqual([
    '--- a/flows/t1/n2.js',
    '+++ b/flows/t1/n2.js',
    '-const step = 1;',
    '+const step = 2;',
  ]);
  expect(await readFile(join(folder, 'lines', 'flows', 't1', 'n2.js'), 'utf8')).toBe('const step = 2;\nreturn msg;\n');
});

it('when a commit is read back, the flows are byte for byte those of the snapshot', async () => {
  const application = await createApplication();
  const odd = [{ id: 'n1', type: 'function', z: 'gone', func: 'a\r\nb\u0000\uFFFD', x: 1.5 }, ...flows, { id: 'n1', type: 'x', z: '' }];
  const { commit = '' } = await capture(application, { flows: odd, settings: { debugMaxLength: 7 } });
  const repository = { organizationId: api.owner.organizationId, applicationId: application.id };
  const read = await readCommittedSnapshot(api.store, repository, commit);
  expect(read.flows.toString()).toBe(JSON.stringify(odd));
  expect(flowsRevision(JSON.parse(read.flows.toString()))).toBe(flowsRevision(odd as never));
  expect(read.settings).toEqual({ debugMaxLength: 7 });
  expect(JSON.parse(String(read.packageJson))).toMatchObject({ dependencies: { 'node-red': '5.0.7' } });
});

it.each([0, 1, 2])('when version %i of the protocol is spoken, clone, fetch and a shallow history work', async (version) => {
  const { application } = await withHistory(3);
  const speak = ['-c', `protocol.version=${version}`];
  const [full, short] = [`full-${version}`, `short-${version}`];
  await git(...speak, 'clone', '-q', address(application.id), full);
  await git(...speak, 'clone', '-q', '--depth', '1', address(application.id), short);
  expect((await git('-C', short, 'rev-list', '--count', 'HEAD')).trim()).toBe('1');
  const before = await git('-C', full, 'count-objects', '-v');
  // Back to what the first commit had, but for one file: objects that a shallow client never got.
  await capture(application, { flows: withCode('const step = 1;\nreturn msg;'), settings: { debugMaxLength: 9 } });
  for (const clone of [full, short]) {
    await git(...speak, '-C', clone, 'pull', '-q', '--ff-only');
    expect(await git('-C', clone, 'fsck', '--strict', '--full')).toBe('');
    expect(await readFile(join(folder, clone, 'settings.json'), 'utf8')).toContain('9');
  }
  expect(before).not.toBe(await git('-C', full, 'count-objects', '-v'));
  expect((await git('-C', short, 'rev-list', '--count', 'HEAD')).trim()).toBe('2');
  await git(...speak, '-C', short, 'fetch', '-q', '--deepen', '1');
  expect((await git('-C', short, 'rev-list', '--count', 'HEAD')).trim()).toBe('3');
  await git(...speak, '-C', short, 'fetch', '-q', '--unshallow');
  expect((await git('-C', short, 'rev-list', '--count', 'HEAD')).trim()).toBe('4');
  expect(await git('-C', short, 'fsck', '--strict', '--full')).toBe('');
  expect((await git('-C', short, 'rev-parse', 'HEAD')).trim()).toBe((await git('-C', full, 'rev-parse', 'HEAD')).trim());
});

it('when a clone is up to date, or has commits of its own, a fetch brings only what is new', async () => {
  const { application, snapshots } = await withHistory(2);
  await git('clone', '-q', address(application.id), 'own');
  await git('-C', 'own', 'fetch', '-q');
  await git('-C', 'own', '-c', 'user.name=x', '-c', 'user.email=x@x', 'commit', '-q', '--allow-empty', '-m', 'mine');
  const next = await capture(application, { flows: withCode('3') });
  // A commit, three folders, one file.
  expect(await progress('-C', 'own', 'fetch', '--progress')).toContain('remote: Sending 5 objects, done.');
  expect((await git('-C', 'own', 'rev-parse', 'origin/main')).trim()).toBe(next.commit);
  expect((await git('-C', 'own', 'merge-base', 'HEAD', 'origin/main')).trim()).toBe(snapshots[1]?.commit);
});

it('when nothing was captured yet, the clone is empty and its branch is main', async () => {
  const application = await createApplication();
  for (const version of [0, 2]) {
    await git('-c', `protocol.version=${version}`, 'clone', '-q', address(application.id), `empty-${version}`);
    expect((await git('-C', `empty-${version}`, 'for-each-ref')).trim()).toBe('');
  }
  expect((await git('-C', 'empty-2', 'symbolic-ref', 'HEAD')).trim()).toBe('refs/heads/main');
});

it('when the token is wrong, missing, revoked or of another organization, nothing is told', async () => {
  const { application } = await withHistory(1);
  const url = `${origin}/git/${api.owner.organizationId}/${application.id}.git/info/refs?service=git-upload-pack`;
  const unauthenticated = await fetch(url);
  expect(unauthenticated.status).toBe(401);
  expect(unauthenticated.headers.get('www-authenticate')).toMatch(/^Basic realm="Sluice"/);
  expect(await complaint('clone', address(application.id, { password: 'a.b.c' }), 'x')).toMatch(/Authentication failed/);
  const revoked = await api.owner.post<CreatedApiToken>('/tokens', { name: 'revoked', role: 'viewer' });
  await api.owner.request('DELETE', `/tokens/${revoked.id}`);
  expect(await complaint('clone', address(application.id, { password: revoked.token }), 'x')).toMatch(/Authentication failed/);
  const foreign = (await api.stranger.post<CreatedApiToken>('/tokens', { name: 'foreign', role: 'owner' })).token;
  expect(await complaint('clone', address(application.id, { password: foreign }), 'x')).toMatch(/not found/);
  const below = { password: foreign, organization: api.stranger.organizationId };
  expect(await complaint('clone', address(application.id, below), 'x')).toMatch(/not found/);
  expect(await complaint('clone', address('nothing'), 'x')).toMatch(/not found/);
});

it('when somebody pushes, it is refused with words that say what to do', async () => {
  const { application } = await withHistory(1);
  await git('clone', '-q', address(application.id), 'push');
  await git('-C', 'push', '-c', 'user.name=x', '-c', 'user.email=x@x', 'commit', '-q', '--allow-empty', '-m', 'mine');
  const text = await complaint('-C', 'push', 'push');
  expect(text).toMatch(/read-only: a commit is made by capturing a snapshot/);
  expect(text).toMatch(/403/);
});

it.each([
  ['is no protocol', 'hello', 'a packet begins with no length'],
  ['is cut off', '00ff', 'a packet is cut off'],
  ['wants what is not here', `0032want ${'1'.repeat(40)}\n`, 'not our ref'],
])('when a request %s, the client is told', async (_what, payload, detail) => {
  const { application } = await withHistory(1);
  const body = payload.startsWith('0032') ? `0011command=fetch0001${payload}0009done\n0000` : payload;
  const response = await fetch(`${origin}/git/${api.owner.organizationId}/${application.id}.git/git-upload-pack`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-git-upload-pack-request', 'git-protocol': 'version=2' },
    body,
  });
  expect(response.status).toBe(200);
  expect(await response.text()).toContain(detail);
});

it('when snapshots are captured at the same time, their commits stand one behind the other', async () => {
  const { application } = await withHistory(1);
  await Promise.all(Array.from({ length: 6 }, (_, index) => capture(application, { flows: withCode(`at once ${index}`) })));
  await git('clone', '-q', address(application.id), 'at-once');
  expect(await git('-C', 'at-once', 'fsck', '--strict', '--full')).toBe('');
  const numbers = await git('-C', 'at-once', 'log', '--format=%(trailers:key=Snapshot-Number,valueonly,separator=)');
  expect(numbers.trim().split('\n')).toEqual(['7', '6', '5', '4', '3', '2', '1']);
});

it('when a snapshot cannot be kept, neither is its commit', async () => {
  const { application, snapshots } = await withHistory(1);
  const key = 'same key, other request';
  const post = (body: object) =>
    api.owner.request('POST', `/applications/${application.id}/snapshots`, body, { 'idempotency-key': key.replaceAll(/[ ,]/g, '-') });
  expect((await post({ flows: withCode('2') })).status).toBe(201);
  expect((await post({ flows: withCode('3') })).problem.code).toBe('IDEMPOTENCY_KEY_REUSED');
  const rows = await api.store.query<{ commits: number }>(
    `select count(*)::int as commits from git_object where application_id = $1 and type = 'commit'`,
    [application.id],
  );
  expect(rows).toEqual([{ commits: snapshots.length + 1 }]);
});
