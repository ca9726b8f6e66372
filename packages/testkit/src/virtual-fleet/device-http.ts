import * as http from 'node:http';
import type { Problem } from '@sluice/contracts';
import { parseRetryAfter } from '@sluice/platform/retry';

/** An answer of the control plane that is no success. */
export class DeviceHttpError extends Error {
  override readonly name = 'DeviceHttpError';
  readonly status: number;
  /** `code` of its problem details. */
  readonly code: string;
  /** What `Retry-After` asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, problem: Partial<Problem>, retryAfterMs: number | undefined) {
    super(`${status} ${problem.code ?? 'without a code'}: ${problem.detail ?? 'no detail'}`);
    this.status = status;
    this.code = problem.code ?? 'UNKNOWN';
    this.retryAfterMs = retryAfterMs;
  }
}

export type DeviceRequest = {
  method: 'GET' | 'POST';
  /** Below `/device/v1`. */
  path: string;
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** Longest silence of the control plane in milliseconds (default 30,000). */
  timeoutMs?: number;
  signal: AbortSignal;
};

export type DeviceAnswer = { status: number; headers: http.IncomingHttpHeaders; body: Buffer };

export type DeviceHttp = {
  /** @throws DeviceHttpError for anything but 200, 206 and 304; Error when there was no answer */
  send(request: DeviceRequest): Promise<DeviceAnswer>;
  close(): void;
};

const accepted = new Set([200, 206, 304]);
const bodyBytesMax = 32 * 1024 * 1024;

async function readBody(message: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bodyBytesMax) throw new Error(`the answer is longer than ${bodyBytesMax} bytes`);
    chunks.push(chunk);
  }
  if (!message.complete) throw new Error('the answer ended early');
  return Buffer.concat(chunks);
}

function problemOf({ headers, body }: DeviceAnswer): Partial<Problem> {
  if (!(headers['content-type'] ?? '').includes('json')) return {};
  try {
    return JSON.parse(body.toString()) as Partial<Problem>;
  } catch {
    return {};
  }
}

/** Plain HTTP for all devices of a fleet, on connections that are kept open. */
export function createDeviceHttp(origin: string, now: () => number): DeviceHttp {
  const { hostname, port } = new URL(origin);
  const agent = new http.Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY, scheduling: 'lifo' });

  const exchange = ({ method, path, token, body, headers, timeoutMs = 30_000, signal }: DeviceRequest): Promise<DeviceAnswer> => {
    const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const { promise, resolve, reject } = Promise.withResolvers<DeviceAnswer>();
    const request = http.request({
      agent,
      hostname,
      port,
      method,
      path: `/device/v1${path}`,
      timeout: timeoutMs,
      signal,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(content === undefined ? {} : { 'content-type': 'application/json', 'content-length': content.length }),
        ...headers,
      },
    });
    request.once('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    request.once('error', reject);
    request.once('response', (message) => {
      readBody(message).then((read) => resolve({ status: message.statusCode ?? 0, headers: message.headers, body: read }), reject);
    });
    request.end(content);
    return promise;
  };

  return {
    send: async (request) => {
      const answer = await exchange(request);
      if (accepted.has(answer.status)) return answer;
      throw new DeviceHttpError(answer.status, problemOf(answer), parseRetryAfter(answer.headers['retry-after'], now()));
    },
    close: () => agent.destroy(),
  };
}
