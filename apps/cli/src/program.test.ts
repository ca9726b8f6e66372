import { describe, expect, it } from 'vitest';
import { nouns } from './commands/nouns.ts';
import { formatAskedFor } from './program.ts';
import { createFakeControlPlane, type FakeAnswer, problem } from './testing/fake-control-plane.ts';
import { createMemoryFiles } from './testing/memory-files.ts';
import { type RunOptions, runInProcess } from './testing/run.ts';

const url = 'https://sluice.example';
const organizationId = '01a202cc-23e8-7068-8f38-6a322d7b8ad0';
const rolloutId = '01a202d3-981d-7056-bf28-0cd6826e8613';
const base = `/api/v1/organizations/${organizationId}`;
const me = {
  kind: 'token',
  id: rolloutId,
  name: 'ci',
  email: null,
  memberships: [{ organizationId, organizationName: 'One', role: 'operator' }],
};
const environment = { SLUICE_URL: url, SLUICE_TOKEN: 'secret-token' };

/** Runs the command against prepared answers. */
async function run(args: string[], answers: Record<string, FakeAnswer | FakeAnswer[]> = {}, options: RunOptions = {}) {
  const { fetch, seen } = createFakeControlPlane({ 'GET /api/v1/me': { body: me }, ...answers });
  return { ...(await runInProcess(args, { environment, fetch, ...options })), seen };
}

describe('usage', () => {
  it.each([
    ['a noun that does not exist', ['lines'], 2],
    ['a verb that does not exist', ['app', 'lst'], 2],
    ['an option that does not exist', ['app', 'list', '--nope'], 2],
    ['an argument too many', ['app', 'get', 'a', 'b'], 2],
    ['an argument too few', ['app', 'get'], 2],
    ['a format that does not exist', ['app', 'list', '-o', 'xml'], 2],
    ['a noun without a verb', ['app'], 2],
    ['nothing', [], 2],
    ['a wish for help', ['app', 'list', '--help'], 0],
    ['a wish for the version', ['--version'], 0],
  ])('when the command is %s, the exit code says so and nothing is asked', async (_what, args, exitCode) => {
    const outcome = await run(args);
    expect([outcome.exitCode, outcome.seen]).toEqual([exitCode, []]);
    expect(outcome.stdout !== '').toBe(exitCode === 0);
  });

  it('when the format is JSON, errors are JSON on standard error, those of usage too', async () => {
    for (const args of [
      ['app', 'lst', '-o', 'json'],
      ['app', 'list', '--nope', '--output=json'],
    ]) {
      const { stdout, stderr } = await run(args);
      expect([stdout, JSON.parse(stderr).error]).toMatchObject(['', { code: 'USAGE', exitCode: 2 }]);
    }
  });

  it('when a token is written on the command line, it is refused and not repeated', async () => {
    const outcome = await run(['login', '--url', url, '--token=do-not-show']);
    expect(outcome.exitCode).toBe(2);
    expect(outcome.stderr).toContain('--token-stdin');
    expect(outcome.stderr).not.toContain('do-not-show');
  });

  it('when the format is written in any way, it is understood', () => {
    const ways = [['-o', 'json'], ['-ojson'], ['--output', 'json'], ['--output=json'], ['-o=json']];
    expect(ways.map(formatAskedFor)).toEqual(ways.map(() => 'json'));
    expect([formatAskedFor([]), formatAskedFor(['-o', 'xml'])]).toEqual(['table', 'table']);
  });
});

describe('signing in', () => {
  it('when a token comes on standard input, it is checked and kept, and shown nowhere', async () => {
    const files = createMemoryFiles();
    const signedIn = await run(['login', '--url', `${url}/`, '--token-stdin'], {}, { environment: {}, stdin: 'secret-token\n', files });
    expect(signedIn).toMatchObject({ exitCode: 0, stdout: '' });
    expect(signedIn.seen[0]?.headers.get('authorization')).toBe('Bearer secret-token');
    const shown = await run(['context', 'list', '-o', 'json'], {}, { environment: {}, files });
    expect(JSON.parse(shown.stdout)).toEqual([{ name: 'sluice.example', current: true, url, organization: 'One' }]);
    expect(signedIn.stderr + shown.stdout).not.toContain('secret-token');
    // The context knows its organization: nothing but the list is asked.
    const list = await run(
      ['app', 'list'],
      { [`GET ${base}/applications`]: { body: { items: [], nextCursor: null } } },
      { environment: {}, files },
    );
    expect(list.seen.map(({ path }) => path)).toEqual([`${base}/applications?limit=100`]);
  });

  it('when the token is refused, nothing is kept', async () => {
    const files = createMemoryFiles();
    const refused = { status: 401, body: problem(401, 'UNAUTHENTICATED', 'no') };
    const outcome = await run(
      ['login', '--url', url, '--token-stdin'],
      { 'GET /api/v1/me': refused },
      { environment: {}, stdin: 'x', files },
    );
    expect([outcome.exitCode, files.contents.size]).toEqual([4, 0]);
  });

  it('when a person signs in at a terminal, they are asked for the token', async () => {
    const files = createMemoryFiles();
    const terminal = { typed: [url, 'typed-token'], columns: 80 };
    const outcome = await run(['login'], {}, { environment: {}, files, terminal });
    expect(outcome.exitCode).toBe(0);
    expect([...files.contents.values()].join()).toContain('typed-token');
  });

  it('when an owner signs in with a password, a token remains and the session ends', async () => {
    const files = createMemoryFiles();
    const answers = {
      'POST /api/v1/sessions': { status: 201, body: me, headers: { 'set-cookie': 'sluice_session=abc; HttpOnly' } },
      [`POST ${base}/tokens`]: { status: 201, body: { token: 'issued-token' } },
      'DELETE /api/v1/sessions/current': { status: 204 },
    };
    const options = { environment: {}, stdin: 'the password', files };
    const { exitCode, seen } = await run(['login', '--url', url, '--email', 'kim@x.example', '--password-stdin'], answers, options);
    expect(exitCode).toBe(0);
    expect(seen.map(({ method }) => method)).toEqual(['POST', 'POST', 'DELETE']);
    expect(seen[1]).toMatchObject({ body: { role: 'operator', expiresInDays: 90 } });
    expect(seen[1]?.headers.get('cookie')).toBe('sluice_session=abc');
    expect([...files.contents.values()].join()).toMatch(/issued-token/);
    expect([...files.contents.values()].join()).not.toMatch(/the password/);
  });

  it('when a token has several organizations, the command needs to know which', async () => {
    const others = [...me.memberships, { organizationId: rolloutId, organizationName: 'Two', role: 'viewer' }];
    const answers = {
      'GET /api/v1/me': { body: { ...me, memberships: others } },
      [`GET ${base}/applications`]: { body: { items: [], nextCursor: null } },
    };
    const ambiguous = await run(['app', 'list', '-o', 'json'], answers);
    expect(JSON.parse(ambiguous.stderr).error).toMatchObject({ code: 'ORGANIZATION_NEEDED', exitCode: 2, candidates: ['One', 'Two'] });
    expect((await run(['app', 'list', '--organization', 'One'], answers)).exitCode).toBe(0);
    expect((await run(['app', 'list', '--organization', 'Three'], answers)).exitCode).toBe(5);
  });
});

describe('what cannot be taken back', () => {
  const action = `POST ${base}/rollouts/${rolloutId}/actions`;
  const release = { name: 'v1' };
  const answers = { [action]: { status: 202, body: { id: rolloutId, state: 'aborting', counts: {}, release } } };

  it.each(['abort', 'rollback'])('when nobody is there to ask, %s is not done without --yes', async (verb) => {
    const outcome = await run(['rollout', verb, rolloutId], answers);
    expect([outcome.exitCode, outcome.seen.some(({ method }) => method === 'POST')]).toEqual([2, false]);
  });

  it.each([
    ['n', 2, false],
    ['', 2, false],
    ['yes', 0, true],
  ])('when a person answers %j, it is done or not', async (answer, exitCode, done) => {
    const outcome = await run(['rollout', 'abort', rolloutId, '-o', 'name'], answers, { terminal: { typed: [answer], columns: 80 } });
    expect([outcome.exitCode, outcome.seen.some(({ method }) => method === 'POST')]).toEqual([exitCode, done]);
  });

  it('when --yes is given, nobody is asked', async () => {
    const outcome = await run(['rollout', 'rollback', rolloutId, '--yes', '--reason', 'no pressure', '-o', 'name'], answers);
    expect(outcome).toMatchObject({ exitCode: 0, stdout: `${rolloutId}\n` });
    expect(outcome.seen.at(-1)?.body).toEqual({ action: 'roll_back', reason: 'no pressure' });
  });
});

it('when the person ends the command, it is interrupted, not failed', async () => {
  const ending = new AbortController();
  const fetch: typeof globalThis.fetch = async () => {
    ending.abort(new Error('SIGINT'));
    throw new Error('aborted');
  };
  expect(await runInProcess(['app', 'list'], { environment, fetch, signal: ending.signal })).toMatchObject({ exitCode: 130, stderr: '' });
});

it.each(['bash', 'zsh', 'fish'])('when the completion for %s is asked for, it knows every noun and verb', async (shell) => {
  const { stdout, exitCode } = await run(['completion', shell]);
  expect(exitCode).toBe(0);
  for (const noun of nouns) for (const word of [noun.name, ...Object.keys(noun.verbs)]) expect(stdout).toContain(word);
});
