import { failureOfAnswer, unreachable } from './problem.ts';

type Call = { method: string; path: string; body?: unknown; version?: number; signal?: AbortSignal };

async function bodyOf(response: Response): Promise<unknown> {
  return response.json().catch(() => undefined);
}

async function send({ method, path, body, version, signal }: Call): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (version !== undefined) headers['if-match'] = `"${version}"`;
  const request: RequestInit = { method, headers, credentials: 'same-origin', cache: 'no-store' };
  if (body !== undefined) request.body = JSON.stringify(body);
  if (signal !== undefined) request.signal = signal;
  const response = await fetch(path, request).catch((error: unknown) => {
    if (signal?.aborted === true) throw error;
    throw unreachable();
  });
  if (!response.ok) throw failureOfAnswer(response.status, await bodyOf(response));
  return response;
}

/**
 * Reads from the API. The session travels in a cookie that scripts cannot see.
 * @throws ApiFailure
 */
export async function read<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await send({ method: 'GET', path, ...(signal === undefined ? {} : { signal }) });
  return (await response.json()) as T;
}

/**
 * Changes something through the API. `version` is sent as `If-Match`.
 * @throws ApiFailure
 */
export async function change<T>(
  method: 'POST' | 'PATCH' | 'PUT' | 'DELETE',
  path: string,
  options: { body?: unknown; version?: number } = {},
): Promise<T> {
  const response = await send({ method, path, ...options });
  return (response.status === 204 ? undefined : await bodyOf(response)) as T;
}

/** A path with the members of `query` that are set. */
export function withQuery(path: string, query: Record<string, string | number | boolean | undefined>): string {
  const parameters = Object.entries(query).flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, String(value)]]));
  return parameters.length === 0 ? path : `${path}?${new URLSearchParams(parameters)}`;
}
