// INVARIANTS
// 1. Every request ends: with an answer, an error or its timeout.
// 2. Only reads are repeated, and only when no answer came at all.
// 3. The token goes to the address that it was given for and to no other: redirects are not followed.
import { type Random, uuidv7 } from '@sluice/platform/random';
import { retry } from '@sluice/platform/retry';
import { CliError } from '../errors.ts';
import type { Ports } from '../ports.ts';
import { problemError } from './problem.ts';
import { readBytes, readText } from './read-text.ts';
import { type ByteStream, openStream, type TransferDeps, uploadStream } from './transfer.ts';

export type HttpPorts = Pick<Ports, 'fetch' | 'clock' | 'signal'> & { random: Random };
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** Talks to the people's API. `T` is what the control plane's contract says; nothing but its being JSON is checked. */
export type Http = {
  /** @throws CliError: the code of the problem, UNREACHABLE, TIMEOUT, NOT_SLUICE */
  get<T>(path: string, query?: Query): Promise<T>;
  /** Carries an Idempotency-Key of its own. With a version only for what has it. @throws as `get` */
  post<T>(path: string, body?: unknown, version?: number): Promise<T>;
  /** The bytes of a file; with a body it is asked for by POST. @throws as `get` */
  download(path: string, request: { query?: Query; body?: unknown }): Promise<Download>;
  /** A file of any size, piece by piece; it may take as long as it moves. @throws as `get` */
  stream(path: string): Promise<ByteStream>;
  /** Sends a file of any size. @throws as `get`; as `chunks` */
  upload<T>(path: string, body: { type: string; chunks: AsyncIterable<Uint8Array>; query?: Query }): Promise<T>;
  /** Replaces what has this version; with another one nothing is changed (VERSION_STALE). @throws as `get` */
  put<T>(path: string, body: unknown, version?: number): Promise<T>;
  /** As `put`, for some of its members. @throws as `get` */
  patch<T>(path: string, body: unknown, version: number): Promise<T>;
  /** With a version only what has it. @throws as `get` */
  remove(path: string, version?: number): Promise<void>;
};

export type Download = { bytes: Uint8Array; headers: Headers };

export type HttpOptions = {
  url: string;
  /** Headers that say who asks. */
  headers: Readonly<Record<string, string>>;
  timeoutMs: number;
  /** Sees the headers of every answer. */
  onAnswer?: (headers: Headers) => void;
};

const readPolicy = { attemptsMax: 4, baseDelayMs: 200, delayMsMax: 2_000 };
const answerBytesMax = 64 * 1024 * 1024;

/** An error before any answer arrived. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof CliError && error.code === 'UNREACHABLE';
}

function withQuery(url: string, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  return parameters.size === 0 ? url : `${url}?${parameters}`;
}

/** What the operating system said: fetch itself only says that it failed. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code: unknown = cause instanceof Error ? Reflect.get(cause, 'code') : undefined;
  if (typeof code === 'string') return code;
  return cause instanceof Error ? cause.message : String(error);
}

async function receive(response: Response, url: string): Promise<unknown> {
  if (response.status >= 300 && response.status < 400) {
    const location = response.headers.get('location');
    throw new CliError('REDIRECTED', `${url} answered with a redirect${location === null ? '' : ` to ${location}`}.`, {
      hint: 'Sign in again with the address that the control plane really has.',
    });
  }
  const text = await readText(response, answerBytesMax);
  if (response.ok && text === '') return undefined;
  const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
  let body: unknown;
  try {
    if (isJson) body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  if (response.ok && body !== undefined) return body;
  throw problemError(response.status, body, url);
}

type Reader<T> = (response: Response, address: string) => Promise<T>;

async function receiveFile(response: Response, address: string): Promise<Download> {
  if (response.status === 200) return { bytes: await readBytes(response, answerBytesMax), headers: response.headers };
  await receive(response, address);
  throw problemError(response.status, undefined, address);
}

/** Makes a client of one control plane. */
export function createHttp(ports: HttpPorts, { url, headers, timeoutMs, onAnswer }: HttpOptions): Http {
  type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  type More = Readonly<Record<string, string>>;
  const exchange = async <T>(read: Reader<T>, method: Method, path: string, body?: unknown, more: More = {}): Promise<T> => {
    const address = `${url}${path}`;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await ports.fetch(address, {
        method,
        headers: {
          accept: 'application/json, */*;q=0.1',
          'user-agent': 'sluice-cli',
          ...headers,
          ...more,
          ...(method === 'POST' ? { 'idempotency-key': uuidv7(ports.clock, ports.random) } : {}),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: 'manual',
        signal: AbortSignal.any([ports.signal, timeout]),
      });
      onAnswer?.(response.headers);
      return await read(response, address);
    } catch (error) {
      if (error instanceof CliError) throw error;
      ports.signal.throwIfAborted();
      if (timeout.aborted) {
        const hint =
          method === 'GET'
            ? 'Try again, or allow more with --request-timeout.'
            : 'It may have been carried out: look before you repeat it.';
        throw new CliError('TIMEOUT', `${url} did not answer within ${timeoutMs / 1000} s.`, { hint, cause: error });
      }
      throw new CliError('UNREACHABLE', `${url} cannot be reached (${reasonOf(error)}).`, {
        hint: 'Is the address right, and is the control plane up?',
        cause: error,
      });
    }
  };
  const send = (method: Method, path: string, body?: unknown, more?: Readonly<Record<string, string>>): Promise<unknown> =>
    exchange(receive, method, path, body, more);
  const repeated = <T>(read: () => Promise<T>): Promise<T> =>
    retry(read, { clock: ports.clock, random: ports.random, policy: readPolicy, signal: ports.signal, isRetryable: isUnreachable });
  const transfer: TransferDeps = {
    fetch: ports.fetch,
    clock: ports.clock,
    signal: ports.signal,
    headers,
    timeoutMs,
    receive,
    refuse: async (response, address) => {
      await receive(response, address);
      throw problemError(response.status, undefined, address);
    },
  };
  return {
    stream: (path) => openStream(transfer, `${url}${path}`),
    upload: async <T>(path: string, { type, chunks, query }: { type: string; chunks: AsyncIterable<Uint8Array>; query?: Query }) => {
      const repeatable = { 'idempotency-key': uuidv7(ports.clock, ports.random) };
      return (await uploadStream(transfer, `${url}${withQuery(path, query)}`, { type, chunks, headers: repeatable })) as T;
    },
    get: async <T>(path: string, query?: Query) => (await repeated(() => send('GET', withQuery(path, query)))) as T,
    download: (path, { query, body }) =>
      body === undefined
        ? repeated(() => exchange(receiveFile, 'GET', withQuery(path, query)))
        : exchange(receiveFile, 'POST', withQuery(path, query), body),
    post: async <T>(path: string, body?: unknown, version?: number) =>
      (await send('POST', path, body, version === undefined ? {} : { 'if-match': `"${version}"` })) as T,
    put: async <T>(path: string, body: unknown, version?: number) =>
      (await send('PUT', path, body, version === undefined ? {} : { 'if-match': `"${version}"` })) as T,
    patch: async <T>(path: string, body: unknown, version: number) =>
      (await send('PATCH', path, body, { 'if-match': `"${version}"` })) as T,
    remove: async (path, version) =>
      void (await send('DELETE', path, undefined, version === undefined ? {} : { 'if-match': `"${version}"` })),
  };
}
