import type { Me } from '@sluice/contracts';
import { loadConfiguration } from '../configuration/config-file.ts';
import { chooseTarget, type Target } from '../configuration/target.ts';
import { CliError } from '../errors.ts';
import { createHttp, type Download, type Http, type Query } from '../http/client.ts';
import { listAll, listUpTo } from '../http/paging.ts';
import type { Ports } from '../ports.ts';
import { chooseMembership } from './membership.ts';

/** Signed in at one control plane, in one organization. Paths are below that organization. */
export type Session = {
  /** The path of the organization itself. */
  base: string;
  get<T>(path: string, query?: Query): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
  download(path: string, request: { query?: Query; body?: unknown }): Promise<Download>;
  stream: Http['stream'];
  upload: Http['upload'];
  put<T>(path: string, body: unknown, version?: number): Promise<T>;
  patch<T>(path: string, body: unknown, version: number): Promise<T>;
  remove(path: string, version?: number): Promise<void>;
  all<T>(path: string, query?: Query): Promise<T[]>;
  upTo<T>(path: string, query: Query, limit: number): Promise<{ items: T[]; more: boolean }>;
};

export type SessionOptions = { context: string | undefined; organization: string | undefined; timeoutMs: number };

/**
 * Who the token belongs to.
 * @throws CliError NOT_SLUICE when the answer is somebody else's
 */
export async function readMe(http: Http): Promise<Me> {
  const me = await http.get<Me>('/api/v1/me');
  if (Array.isArray(me?.memberships)) return me;
  throw new CliError('NOT_SLUICE', 'What answers at this address is not a control plane of Sluice.', { hint: 'Check the address.' });
}

async function organizationIdOf(http: Http, target: Target, reference: string | undefined): Promise<string> {
  const { organization } = target;
  const isStored =
    organization !== undefined && (reference === undefined || reference === organization.id || reference === organization.name);
  if (isStored) return organization.id;
  return chooseMembership((await readMe(http)).memberships, reference).organizationId;
}

/** Makes the client that a token is used with. */
export function httpFor(ports: Ports, options: { url: string; token: string; timeoutMs: number }): Http {
  const { url, token, timeoutMs } = options;
  return createHttp(ports, { url, timeoutMs, headers: { authorization: `Bearer ${token}` } });
}

/**
 * Signs in as the flags, the environment and the configuration say.
 * @throws CliError NOT_SIGNED_IN, CONTEXT_UNKNOWN, ORGANIZATION_…, and as Http
 */
export async function openSession(ports: Ports, { context, organization, timeoutMs }: SessionOptions): Promise<Session> {
  const target = chooseTarget(await loadConfiguration(ports), ports.environment, context);
  const http = httpFor(ports, { ...target, timeoutMs });
  const base = `/api/v1/organizations/${await organizationIdOf(http, target, organization)}`;
  return {
    base,
    get: (path, query) => http.get(`${base}${path}`, query),
    post: (path, body) => http.post(`${base}${path}`, body),
    download: (path, request) => http.download(`${base}${path}`, request),
    stream: (path) => http.stream(`${base}${path}`),
    upload: (path, body) => http.upload(`${base}${path}`, body),
    put: (path, body, version) => http.put(`${base}${path}`, body, version),
    patch: (path, body, version) => http.patch(`${base}${path}`, body, version),
    remove: (path, version) => http.remove(`${base}${path}`, version),
    all: (path, query) => listAll(http, `${base}${path}`, query),
    upTo: (path, query, limit) => listUpTo(http, `${base}${path}`, query, limit),
  };
}
