import { PassThrough } from 'node:stream';
import type { CreatedApiToken, Problem, Role } from '@sluice/contracts';
import { systemActor } from '@sluice/ledger';
import { type Clock, createLogger, systemClock, systemRandom } from '@sluice/platform';
import { createKeyring, createPerson, createStore, masterKeysOf, type Store } from '@sluice/store';
import { createTestDatabase, type TestDatabase } from '@sluice/testkit';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { buildApp } from '../app.ts';
import { hashPassword } from '../authentication/password.ts';
import { type ApiDependencies, purposeKeysOf } from '../dependencies.ts';
import { createMetrics } from '../http/metrics.ts';
import type { ApiServer } from '../http/server.ts';
import type { FlowLinter } from '../modules/policies/flow-linter.ts';
import type { ModuleResolver } from '../modules/releases/module-resolver.ts';
import type { TarballSource } from '../modules/releases/tarball-source.ts';
import { ensureOwner } from '../owner.ts';
import { contentLinter, instantResolver, instantTarballs } from './modules.ts';

export const publicUrl = 'http://sluice.test';
export const ownerLogin = { email: 'owner@one.example', password: 'a long enough password' };

/** Runs with the time of the machine, and jumps when a test says so. */
export type JumpingClock = Clock & { jump(byMs: number): void };

function createJumpingClock(): JumpingClock {
  let offsetMs = 0;
  return {
    ...systemClock,
    now: () => systemClock.now() + offsetMs,
    jump: (byMs) => {
      offsetMs += byMs;
    },
  };
}

/** Somebody who talks to the API, below one organization. */
export type Caller = {
  organizationId: string;
  headers: Record<string, string>;
  /** Path below the organization, or an absolute one that starts with `/api`. */
  request(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** The body of a request that has to succeed. */
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
};

export type Answer = { status: number; headers: LightMyRequestResponse['headers']; body: never; problem: Problem; text: string };

export type ApiUnderTest = {
  app: ApiServer;
  deps: ApiDependencies;
  store: Store;
  clock: JumpingClock;
  /** Rollouts that the worker was told to look at. */
  advanced: string[];
  owner: Caller;
  /** Owner of another organization. */
  stranger: Caller;
  /** The same organization as the owner's, through an API token of this role. */
  caller(role: Role): Promise<Caller>;
  /** Another person of the owner's organization, signed in. */
  colleague(name: string, role: Role): Promise<Caller>;
  close(): Promise<void>;
};

function answerOf(response: LightMyRequestResponse): Answer {
  const isJson = String(response.headers['content-type'] ?? '').includes('json');
  const body = isJson ? (response.json() as never) : (undefined as never);
  return { status: response.statusCode, headers: response.headers, body, problem: body, text: response.body };
}

/** Makes somebody who calls with these headers. */
export function createCaller(app: ApiServer, organizationId: string, headers: Record<string, string>): Caller {
  const request: Caller['request'] = async (method, path, body, more = {}) => {
    const url = path.startsWith('/api') ? path : `/api/v1/organizations/${organizationId}${path}`;
    const options: InjectOptions = { method, url, headers: { ...headers, ...more } };
    if (body !== undefined) options.payload = body as object;
    return answerOf(await app.inject(options));
  };
  const succeed = async <T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> => {
    const answer = await request(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body as T;
  };
  return { organizationId, headers, request, get: (path) => succeed('GET', path), post: (path, body) => succeed('POST', path, body) };
}

/** The headers of a person who signed in with the browser's console. */
export async function signIn(app: ApiServer, login: { email: string; password: string }): Promise<Record<string, string>> {
  const response = await app.inject({ method: 'POST', url: '/api/v1/sessions', payload: login });
  const cookie = response.cookies.find((each) => each.name === 'sluice_session');
  if (cookie === undefined) throw new Error(`no session: ${response.statusCode} ${response.body}`);
  return { cookie: `sluice_session=${cookie.value}`, origin: publicUrl };
}

async function createOwner(deps: ApiDependencies, app: ApiServer, setup: { email: string; password: string; organizationName: string }) {
  const { organizationId } = await ensureOwner(deps, setup);
  return createCaller(app, organizationId, await signIn(app, { email: setup.email, password: setup.password }));
}

export type StartApiOptions = {
  moduleResolver?: ModuleResolver;
  tarballs?: TarballSource;
  linter?: FlowLinter;
  consoleFolder?: string;
  /** Default: a clone of the run's template database. */
  database?: TestDatabase;
};

/** The API on a database of its own, with an owner each of two organizations. */
export async function startApi(options: StartApiOptions = {}): Promise<ApiUnderTest> {
  const database = options.database ?? (await createTestDatabase());
  const clock = createJumpingClock();
  const store = createStore({ connectionString: database.connectionString, poolSize: 8, clock, random: systemRandom });
  const advanced: string[] = [];
  const deps: ApiDependencies = {
    store,
    clock,
    random: systemRandom,
    keys: purposeKeysOf(Buffer.alloc(32, 3)),
    keyring: createKeyring({ current: masterKeysOf(Buffer.alloc(32, 3)), random: systemRandom }),
    jobs: {
      advanceRollout: async (rolloutId) => void advanced.push(rolloutId),
      lookAtPromotions: async () => undefined,
      pushToMirror: async (id) => void advanced.push(id),
      importFromRemote: async (id) => void advanced.push(id),
    },
    logger: createLogger({ name: 'api-test', stream: new PassThrough().resume(), pretty: false }),
    moduleResolver: options.moduleResolver ?? instantResolver,
    tarballs: options.tarballs ?? instantTarballs,
    linter: options.linter ?? contentLinter,
    metrics: createMetrics(),
    configuration: {
      publicUrl,
      trustProxy: false,
      ...(options.consoleFolder === undefined ? {} : { consoleFolder: options.consoleFolder }),
    },
  };
  const app = await buildApp(deps);
  await app.ready();
  const owner = await createOwner(deps, app, { ...ownerLogin, organizationName: 'One' });
  const stranger = await createOwner(deps, app, { email: 'owner@two.example', password: ownerLogin.password, organizationName: 'Two' });
  const caller = async (role: Role): Promise<Caller> => {
    const { token } = await owner.post<CreatedApiToken>('/tokens', { name: role, role });
    return createCaller(app, owner.organizationId, { authorization: `Bearer ${token}` });
  };
  const colleague = async (name: string, role: Role): Promise<Caller> => {
    const person = { email: `${name}@one.example`, name, passwordHash: await hashPassword(ownerLogin.password), role };
    await store.transaction((tx) => createPerson(tx, owner.organizationId, person, { actor: systemActor }));
    return createCaller(app, owner.organizationId, await signIn(app, { email: person.email, password: ownerLogin.password }));
  };
  const close = async (): Promise<void> => {
    await app.close();
    await store.close();
    await database.drop();
  };
  return { app, deps, store, clock, advanced, owner, stranger, caller, colleague, close };
}
