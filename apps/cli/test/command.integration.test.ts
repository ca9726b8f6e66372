import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@sluice/platform/clock';
import { type NodeChild, startNodeChild } from '@sluice/platform/process';
import { systemRandom } from '@sluice/platform/random';
import { createTestDatabase, lockedAt, startTinyRegistry, type TestDatabase, type TinyRegistry } from '@sluice/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeFiles } from '../src/node/node-files.ts';
import { type Outcome, runInProcess } from '../src/testing/run.ts';

const login = { email: 'owner@cli.example', password: 'a long enough password' };
const flows = [
  { id: 't1', type: 'tab', label: 'Line' },
  { id: 'n1', type: 'inject', z: 't1', x: 100, y: 100, wires: [['n2']] },
  { id: 'n2', type: 'function', z: 't1', func: 'return env.get("PLC_HOST");', x: 200, y: 100, wires: [] },
];
const packageJson = { dependencies: { 'node-red': '5.0.7' } };
const lock = {
  lockfileVersion: 3,
  packages: { '': packageJson, 'node_modules/node-red': lockedAt('node-red', '5.0.7') },
};

let database: TestDatabase;
let folder: string;
let api: NodeChild;
let address: string;
let registry: TinyRegistry;

beforeAll(async () => {
  database = await createTestDatabase();
  registry = await startTinyRegistry({ 'node-red': '5.0.7' });
  folder = await mkdtemp(join(tmpdir(), 'sluice-cli-'));
  api = await startNodeChild({
    name: 'api',
    entry: fileURLToPath(new URL('../../api/src/main.ts', import.meta.url)),
    environment: {
      PATH: process.env['PATH'],
      DATABASE_URL: database.connectionString,
      SLUICE_DATA: join(folder, 'data'),
      SLUICE_PORT: '0',
      SLUICE_OWNER_EMAIL: login.email,
      SLUICE_OWNER_PASSWORD: login.password,
      ...registry.environment(join(folder, 'npm-cache')),
    },
    ready: 'message',
  });
  address = String(api.readyDetails['address']);
  await writeProject('project', flows);
});
afterAll(async () => {
  await api?.stop();
  await registry.close();
  await database.drop();
  await rm(folder, { recursive: true });
});

async function writeProject(name: string, content: object[]): Promise<string> {
  const path = join(folder, name);
  await nodeFiles.write(join(path, 'flows.json'), JSON.stringify(content));
  await nodeFiles.write(join(path, 'package.json'), JSON.stringify(packageJson));
  await nodeFiles.write(join(path, 'package-lock.json'), JSON.stringify(lock));
  return path;
}

const machine = { files: nodeFiles, fetch: globalThis.fetch, clock: systemClock, random: systemRandom };

/** The words, with files relative to the test's folder written as `@name`. */
function sluice(words: string, options: { stdin?: string; environment?: Record<string, string> } = {}): Promise<Outcome> {
  const args = words.split(' ').map((word) => (word.startsWith('@') ? join(folder, word.slice(1)) : word));
  const environment = { XDG_CONFIG_HOME: join(folder, 'configuration'), ...options.environment };
  return runInProcess(args, { ...options, ...machine, environment });
}

async function json<T>(words: string): Promise<T> {
  const { exitCode, stdout, stderr } = await sluice(`${words} -o json`);
  if (exitCode !== 0 && exitCode !== 3) throw new Error(`${words}: ${exitCode} ${stderr}`);
  return JSON.parse(stdout) as T;
}

describe('an integrator from the first sign-in to a release', () => {
  it('when the owner signs in, the sign-in is kept, and later commands use it', async () => {
    const { exitCode } = await sluice(`login --url ${address} --email ${login.email} --password-stdin --role owner`, {
      stdin: login.password,
    });
    expect(exitCode).toBe(0);
    const stored = JSON.parse(await readFile(join(folder, 'configuration/sluice/config.json'), 'utf8'));
    expect(Object.values(stored.contexts)).toMatchObject([{ url: address, organization: { name: 'Main organization' } }]);
    expect((await sluice('app list')).exitCode).toBe(0);
  });

  it('when a project is captured and published, it is the release of that snapshot, also the second time', async () => {
    expect((await sluice('app create line --description bottling')).exitCode).toBe(0);
    const captured = await sluice('snapshot create @project --app line -m first -o name');
    expect(captured).toMatchObject({ exitCode: 0, stdout: 'line/v1\n' });
    expect(await sluice('release publish v1 --app line -o name')).toMatchObject({ exitCode: 0, stdout: 'line/v1\n' });
    const again = await json<{ counter: number; snapshotNumber: number }>('release publish line/latest');
    expect(again).toMatchObject({ counter: 1, snapshotNumber: 1 });
  });

  it.each([
    ['app list', 'line'],
    ['snapshot list --app line', 'line/v1'],
    ['release list --app line', 'line/v1'],
    ['snapshot show v1', 'line/v1'],
    ['release show v1', 'line/v1'],
    ['app get line', 'line'],
  ])('when %s is shown in any format, names are references, and JSON and YAML have the same', async (words, name) => {
    expect((await sluice(`${words} -o name`)).stdout).toBe(`${name}\n`);
    const document = await json<object>(words);
    const yaml = (await sluice(`${words} -o yaml`)).stdout;
    const [first] = Array.isArray(document) ? document : [document];
    expect(yaml).toContain(`id: ${first.id}`);
    const [table, wide] = [await sluice(words), await sluice(`${words} -o wide`)];
    expect(wide.stdout).toContain(first.id);
    expect(table).toMatchObject({ exitCode: 0, stderr: '' });
    for (const { stdout } of [table, wide]) expect(stdout).toContain(name.replace('line/', ''));
  });

  it('when flows change, the difference says where, by exit code and by words; moving a node is only cosmetic', async () => {
    const changed = flows.map((node) => (node.id === 'n2' ? { ...node, func: 'return env.get("PLC_PORT");' } : node));
    await writeProject('changed', changed);
    await writeProject(
      'moved',
      flows.map((node) => (node.id === 'n2' ? { ...node, x: 300 } : node)),
    );
    expect((await sluice('snapshot diff v1 @project')).exitCode).toBe(0);
    const outcome = await sluice('snapshot diff line/v1 @changed');
    expect(outcome.exitCode).toBe(3);
    expect(outcome.stdout).toContain('"return env.get(\\"PLC_HOST\\");" → "return env.get(\\"PLC_PORT\\");"');
    expect((await sluice('snapshot diff v1 @moved')).exitCode).toBe(3);
    expect((await sluice('snapshot diff v1 @moved --ignore-cosmetic')).exitCode).toBe(0);
    expect((await sluice('snapshot create @changed --app line -o name')).stdout).toBe('line/v2\n');
    const diff = await json<{ counts: object; after: string }>('snapshot diff v1 v2');
    expect(diff).toMatchObject({
      after: 'line/v2',
      counts: { nodes: { changed: 1 } },
      variables: [{ name: 'PLC_HOST' }, { name: 'PLC_PORT' }],
    });
  });

  it('when a snapshot is exported, its folder is a project again, and is not overwritten unasked', async () => {
    expect((await sluice('snapshot export v1 @exported')).exitCode).toBe(0);
    expect(await readdir(join(folder, 'exported'))).toEqual(
      expect.arrayContaining(['README.md', 'flows.json', 'package-lock.json', 'package.json', 'settings.js', 'variables.json']),
    );
    expect(JSON.parse(await readFile(join(folder, 'exported/flows.json'), 'utf8'))).toEqual(flows);
    expect((await sluice('snapshot diff v1 @exported')).exitCode).toBe(0);
    expect((await sluice('snapshot export v1 @exported')).exitCode).toBe(6);
    expect((await sluice('snapshot export v1 @exported --force')).exitCode).toBe(0);
  });

  it('when credentials come along, their secret is taken from standard input and never shown', async () => {
    await nodeFiles.write(join(folder, 'project/flows_cred.json'), JSON.stringify({ $: `${'0'.repeat(32)}AAAA` }));
    const without = await sluice('snapshot create @project --app line');
    expect([without.exitCode, without.stderr]).toEqual([0, expect.stringContaining('were left out')]);
    const wrong = await sluice('snapshot create @project --app line --credential-secret-stdin -o json', { stdin: 'not-the-secret\n' });
    expect([wrong.exitCode, JSON.parse(wrong.stderr).error.code]).toEqual([1, 'CREDENTIALS_UNREADABLE']);
    expect(wrong.stderr).not.toContain('not-the-secret');
  });
});

describe('errors', () => {
  it.each([
    ['app create line', 6, 'NAME_TAKEN'],
    ['app get lin', 5, 'NOT_FOUND'],
    ['app get 01a202cc-23e8-7068-8f38-6a322d7b8ad0', 5, 'NOT_FOUND'],
    ['snapshot show v99', 5, 'NOT_FOUND'],
    ['release publish v99 --app line', 5, 'NOT_FOUND'],
    ['snapshot create @nothing --app line', 2, 'FILE_NOT_FOUND'],
    ['rollout create --release v1 --stage prod', 5, 'NOT_FOUND'],
    ['rollout watch 01a202cc-23e8-7068-8f38-6a322d7b8ad0', 5, 'NOT_FOUND'],
    ['device get plc-1', 5, 'NOT_FOUND'],
    ['app list --context nowhere', 5, 'CONTEXT_UNKNOWN'],
  ])('when %s goes wrong, the exit code is %i and the code %s', async (words, exitCode, code) => {
    const outcome = await sluice(`${words} -o json`);
    expect(outcome).toMatchObject({ exitCode, stdout: '' });
    expect(JSON.parse(outcome.stderr).error).toMatchObject({ code, exitCode });
  });

  it('when the same name is in several applications, the error lists them, and the full name helps', async () => {
    await sluice('app create oven');
    await sluice('snapshot create @project --app oven');
    const outcome = await sluice('snapshot show v1 -o json');
    expect(JSON.parse(outcome.stderr).error).toMatchObject({ code: 'AMBIGUOUS', exitCode: 2, candidates: ['oven/v1', 'line/v1'] });
    expect((await sluice('snapshot show oven/v1')).exitCode).toBe(0);
    expect((await sluice('snapshot show v1 --app oven')).exitCode).toBe(0);
  });

  it('when the token is wrong or too weak, it is a matter of authentication', async () => {
    const stranger = { SLUICE_URL: address, SLUICE_TOKEN: 'not-a-token' };
    expect((await sluice('app list', { environment: stranger })).exitCode).toBe(4);
    const viewer = `login --url ${address} --context viewer --email ${login.email} --password-stdin --role viewer`;
    const configuration = { XDG_CONFIG_HOME: join(folder, 'other') };
    await sluice(viewer, { stdin: login.password, environment: configuration });
    const outcome = await sluice('app create forbidden -o json', { environment: configuration });
    expect([outcome.exitCode, JSON.parse(outcome.stderr).error.code]).toEqual([4, 'FORBIDDEN']);
  });
});

describe('the program itself', () => {
  const entry = fileURLToPath(new URL('../bin/sluice.mjs', import.meta.url));
  const environment = () => ({ PATH: process.env['PATH'], XDG_CONFIG_HOME: join(folder, 'configuration') });

  it('when it is started as a process, it reads standard input, writes to its outputs and ends with its code', async () => {
    const child = spawn(process.execPath, [entry, 'snapshot', 'create', '-', '--app', 'line', '-o', 'name'], { env: environment() });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stdin.end(JSON.stringify(flows));
    const exitCode = await new Promise((resolve) => child.once('close', resolve));
    expect([exitCode, output]).toEqual([0, expect.stringMatching(/^line\/v\d+\n$/)]);
  });

  it('when bash completes with the script, words fit what was typed', async () => {
    const { stdout: script } = await sluice('completion bash');
    const path = join(folder, 'completion.bash');
    await writeFile(path, script);
    const complete = (words: string[]): Promise<string[]> =>
      new Promise((resolve, reject) => {
        const itself = `sluice() { '${process.execPath}' '${entry}' "$@"; }`;
        const call = `${itself}; source '${path}'; COMP_WORDS=(sluice "$@"); COMP_CWORD=$#; _sluice; printf '%s\\n' "\${COMPREPLY[@]}"`;
        execFile('bash', ['-c', call, 'bash', ...words], { env: environment() }, (error, stdout) =>
          error === null ? resolve(stdout.trim().split('\n')) : reject(error),
        );
      });
    expect(await complete(['rol'])).toEqual(['rollout']);
    expect(await complete(['rollout', 're'])).toEqual(['reject', 'resume', 'retry']);
    expect(await complete(['rollout', 'create', '--stag'])).toEqual(['--stage']);
    expect(await complete(['app', 'list', '-o', 'j'])).toEqual(['json']);
    expect(await complete(['snapshot', 'show', '-o', 'json', 'line/v1'])).toEqual(['line/v1']);
  });
});

describe('files', () => {
  it('when a snapshot leaves in any form with its credentials, it comes back as the same', async () => {
    await sluice('app create travel');
    await nodeFiles.write(join(folder, 'secret.txt'), 'a secret of my own\n');
    await nodeFiles.write(join(folder, 'project/flows_cred.json'), '{"n2":{"password":"hunter2"}}');
    const first = await json<{ digest: string; hasCredentials: boolean }>('snapshot create @project --app travel');
    expect(first.hasCredentials).toBe(true);
    const secret = '--credential-secret-file @secret.txt';
    for (const [words, path] of [
      ['', 'travel-folder'],
      ['', 'travel.zip'],
      ['--format flowfuse', 'travel-flowfuse.json'],
    ]) {
      const exported = await sluice(`snapshot export travel/v1 @${path} ${words} ${secret}`.replaceAll(/ +/g, ' '));
      expect([exported.exitCode, exported.stderr], path).toEqual([0, expect.not.stringContaining('not part')]);
      const back = await json<{ digest: string }>(`snapshot create @${path} --app travel ${secret}`);
      expect(back.digest, path).toBe(first.digest);
    }
    const bare = await sluice('snapshot export travel/v1 --format flows');
    expect(bare.stdout).toBe(JSON.stringify(flows));
    expect(bare.stderr).toContain('credentials');
    const without = await sluice('snapshot create @travel.zip --app travel');
    expect([without.exitCode, without.stderr]).toEqual([0, expect.stringContaining('left out')]);
  });
});

describe('another site', () => {
  it('when a release is carried away as a file, it is verified at both ends, and published again where it arrives', async () => {
    const bundle = await json<{ root: { digest: string }; modules: number }>('release bundle line/v1 @carried.tar');
    expect(bundle).toMatchObject({ application: 'line', modules: 1, credentialsNeeded: [] });
    expect((await sluice('release bundle line/v1 @carried.tar')).exitCode).toBe(6);
    const trust = `--trusted-root ${bundle.root.digest}`;
    expect(await json(`release verify-bundle @carried.tar ${trust}`)).toMatchObject({ root: { trusted: true } });
    const bytes = await readFile(join(folder, 'carried.tar'));
    await writeFile(join(folder, 'cut.tar'), bytes.subarray(0, -3000));
    for (const words of ['release verify-bundle @cut.tar', `release import @carried.tar --app line --trusted-root ${'0'.repeat(64)}`]) {
      const refused = await sluice(`${words} -o json`);
      const code = words.includes('cut') ? 'BUNDLE_MALFORMED' : 'BUNDLE_UNTRUSTED';
      expect([refused.exitCode, JSON.parse(refused.stderr).error.code]).toEqual([1, code]);
    }
    expect((await sluice('app create hall-2')).exitCode).toBe(0);
    const imported = await json<{ release: { importedFrom: object } }>(`release import @carried.tar --app hall-2 ${trust}`);
    expect(imported).toMatchObject({ release: { name: 'v1', importedFrom: { applicationName: 'line' } }, snapshot: { number: 1 } });
    expect((await sluice('release import @carried.tar --app hall-2 -o name')).stdout).toBe('hall-2/v1\n');
    expect(await readdir(folder)).not.toContainEqual(expect.stringContaining('.part'));
  });

  it('when somebody else signs a release, its bundle shows it, and whoever asks for another key does not take it', async () => {
    const [key, other] = [
      await json<{ publicKey: string; keyId: string }>('release make-key @quality.pem'),
      await json<{ publicKey: string }>('release make-key @other.pem'),
    ];
    expect((await sluice('release make-key @quality.pem')).exitCode).toBe(6);
    const unknown = await sluice('release sign line/v1 --key-file @quality.pem -o json');
    expect([unknown.exitCode, JSON.parse(unknown.stderr).error.code]).toEqual([6, 'STATE_CONFLICT']);
    expect((await sluice(`signer create quality --public-key ${key.publicKey} -o name`)).stdout).toBe('quality\n');
    const sign = 'release sign line/v1 --key-file @quality.pem -o name';
    const signed = await sluice(sign);
    expect(signed.stdout.split('\n')).toContain(key.keyId);
    expect((await sluice(sign)).stdout).toBe(signed.stdout);
    expect((await sluice('release show line/v1')).stdout).toContain('quality');
    await json('release bundle line/v1 @signed.tar');
    expect(await json(`release verify-bundle @signed.tar --public-key ${key.publicKey}`)).toMatchObject({
      signedBy: [expect.any(String), key.keyId],
    });
    const refused = await sluice(`release verify-bundle @signed.tar --public-key ${other.publicKey} -o json`);
    expect([refused.exitCode, JSON.parse(refused.stderr).error.code]).toEqual([1, 'BUNDLE_UNTRUSTED']);
    expect((await sluice('signer remove quality --yes')).exitCode).toBe(0);
    expect((await sluice('signer list -o name')).stdout).toBe('');
    expect((await sluice('release show line/v1')).stdout).toContain('not registered any more');
  });

  it('when snapshots have labels, lists are narrowed by them; one that nothing keeps can be deleted', async () => {
    const labelled = 'snapshot create @changed --app hall-2 --label line=3 --label keep --parent 1';
    expect(await json(labelled)).toMatchObject({ labels: { line: '3', keep: '' }, parent: 1 });
    expect((await sluice('snapshot list --app hall-2 --label line=3 --label keep -o name')).stdout).toBe('hall-2/v2\n');
    expect((await sluice('snapshot list --app hall-2 --label !keep -o name')).stdout).toBe('hall-2/v1\n');
    const kept = await sluice('snapshot delete hall-2/v2 --yes -o json');
    expect([kept.exitCode, JSON.parse(kept.stderr).error.message]).toEqual([6, expect.stringMatching(/labelled keep.* newest/)]);
    expect((await sluice('snapshot delete hall-2/v1')).exitCode).toBe(2);
    expect((await sluice('snapshot delete hall-2/v1 --yes')).stderr).toBe('Deleted hall-2/v1 and what was released of it (v1).\n');
    expect((await sluice('release show hall-2/v1')).exitCode).toBe(5);
  });
});

it('when values become variables, the new snapshot says so, differs from its parent by that, and is asked what it talks to', async () => {
  const broker = { id: 'b', type: 'mqtt-broker', name: 'Plant', broker: '10.1.1.5', port: '1883' };
  await writeProject('hard', [...flows, broker, { id: 'i', type: 'mqtt in', topic: 'a', broker: 'b', z: 't1', x: 1, y: 1, wires: [] }]);
  expect((await sluice('app create hard')).exitCode).toBe(0);
  expect((await sluice('snapshot create @hard --app hard -o name')).stdout).toBe('hard/v1\n');
  expect((await sluice('snapshot variables hard/v1 -o name')).stdout.split('\n')).toContain('PLANT_HOST');
  expect((await sluice('snapshot variables hard/v1 --extract PLANT_HOST=BROKER -o name')).stdout).toBe('hard/v2\n');
  const diff = await json<object>('snapshot diff hard/v2');
  expect(diff).toMatchObject({ before: 'hard/v1', variables: [{ name: 'BROKER', before: null }], endpoints: [{ change: 'changed' }] });
  const name = 'mqtt://10.1.1.5:1883\n';
  for (const words of ['snapshot map hard/v1 --address 10.1.1.5', 'snapshot map @hard']) {
    expect((await sluice(`${words} -o name`)).stdout, words).toBe(name);
  }
  expect(await json('integration list --app hard')).toEqual([]);
  expect((await sluice('integration list --stage prod')).exitCode).toBe(2);
});
