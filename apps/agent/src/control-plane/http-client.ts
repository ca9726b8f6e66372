import { parseRetryAfter } from '@sluice/platform/retry';
import type { Clock, Network, NetworkAnswer } from '../ports/index.ts';
import { HttpError, NotControlPlaneError } from './http-error.ts';

export type HttpClientDeps = { network: Network; clock: Clock; baseUrl: string; agentVersion: string };

export type CallOptions = {
  method?: 'GET' | 'POST';
  path: string;
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** Statuses that are answers and no errors, besides 200. */
  accept?: readonly number[];
  timeoutMs?: number;
  signal?: AbortSignal;
};

const timeoutMsDefault = 30_000;
const problemBytesMax = 64 * 1024;

/** Reads a body whole. @throws NotControlPlaneError when it is longer than allowed */
async function readAll(answer: NetworkAnswer, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body) {
    length += chunk.length;
    if (length > bytesMax) throw new NotControlPlaneError(`the answer is longer than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function isJson(answer: NetworkAnswer): boolean {
  return /^application\/([a-z0-9.-]+\+)?json\b/i.test(answer.headers['content-type'] ?? '');
}

/** Reads a JSON answer. A page of HTML with status 200 is a captive portal's, not the control plane's. @throws NotControlPlaneError */
export async function readJson(answer: NetworkAnswer, bytesMax: number): Promise<unknown> {
  if (!isJson(answer)) {
    answer.discard();
    throw new NotControlPlaneError(`the answer is ${answer.headers['content-type'] ?? 'of no type'} instead of JSON`);
  }
  const text = Buffer.from(await readAll(answer, bytesMax)).toString('utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new NotControlPlaneError('the answer is not JSON', { cause });
  }
}

async function readProblem(answer: NetworkAnswer): Promise<{ code?: string; detail?: string }> {
  if (!isJson(answer)) {
    answer.discard();
    return {};
  }
  try {
    const problem: unknown = JSON.parse(Buffer.from(await readAll(answer, problemBytesMax)).toString('utf8'));
    if (typeof problem !== 'object' || problem === null) return {};
    const { code, detail } = problem as { code?: unknown; detail?: unknown };
    return { ...(typeof code === 'string' ? { code } : {}), ...(typeof detail === 'string' ? { detail } : {}) };
  } catch {
    return {};
  }
}

/** Speaks HTTP with the control plane: one place for addresses, tokens, time limits and what counts as an answer. */
export function createHttpClient(deps: HttpClientDeps) {
  const base = deps.baseUrl.replace(/\/+$/, '');

  const call = async (options: CallOptions): Promise<NetworkAnswer> => {
    const answer = await deps.network.request({
      method: options.method ?? 'GET',
      url: `${base}/device/v1${options.path}`,
      headers: {
        accept: 'application/json, application/octet-stream;q=0.9',
        'user-agent': `sluice-agent/${deps.agentVersion}`,
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: Buffer.from(JSON.stringify(options.body)) }),
      timeoutMs: options.timeoutMs ?? timeoutMsDefault,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    if (answer.status === 200 || options.accept?.includes(answer.status) === true) return answer;
    const retryAfterMs = parseRetryAfter(answer.headers['retry-after'], deps.clock.now());
    // A redirect is never followed: the control plane makes none, portals do.
    if (answer.status >= 300 && answer.status < 400) {
      answer.discard();
      throw new NotControlPlaneError(`redirected (${answer.status}), which the control plane never does`);
    }
    throw new HttpError(answer.status, { ...(await readProblem(answer)), retryAfterMs });
  };

  /** Calls and reads a JSON answer of at most so many bytes. @throws HttpError, NotControlPlaneError, NetworkError */
  const callJson = async (options: CallOptions & { bytesMax: number }): Promise<unknown> => {
    return readJson(await call(options), options.bytesMax);
  };
  return { call, callJson };
}
export type HttpClient = ReturnType<typeof createHttpClient>;
