import type { Problem } from '@sluice/contracts';
import { PluginFailure } from './failure.ts';

/** The network as the plugin uses it: the global `fetch`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export type ControlPlane = {
  /** @throws PluginFailure */
  get<T>(path: string): Promise<T>;
  /** @throws PluginFailure */
  post<T>(path: string, body: unknown, idempotencyKey?: string): Promise<T>;
};

const requestTimeoutMs = 60_000;
const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * The origin (and path) of a control plane as a person typed it, without a slash at the end.
 * @throws PluginFailure ADDRESS_INVALID
 */
export function readAddress(typed: string): string {
  const url = parseUrl(typed.trim());
  const isWeb = url !== undefined && /^https?:$/.test(url.protocol);
  if (!isWeb || url.username !== '' || url.password !== '') throw new PluginFailure('ADDRESS_INVALID', typed.trim().slice(0, 200));
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** Node 18.5, which Node-RED 4.1 still runs on, has no `URL.canParse`. */
function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** Whether nobody on the way can read what goes to this address. */
export function isEncrypted(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || loopback.test(hostname);
}

/** Talks to the control plane at an address with an API token. */
export function createControlPlane(fetch: Fetch, { address, token }: { address: string; token: string }): ControlPlane {
  const send = async <T>(method: string, path: string, body: unknown, key: string | undefined): Promise<T> => {
    const headers: Record<string, string> = { authorization: `Bearer ${token}`, accept: 'application/json' };
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (key !== undefined) headers['idempotency-key'] = key;
    try {
      const response = await fetch(`${address}/api/v1${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        // A redirect would take token and flows to an address that nobody chose.
        redirect: 'manual',
        signal: AbortSignal.timeout(requestTimeoutMs),
      });
      return readAnswer<T>(response, await response.text(), address);
    } catch (error) {
      throw error instanceof PluginFailure ? error : networkFailure(error, address);
    }
  };
  return { get: (path) => send('GET', path, undefined, undefined), post: (path, body, key) => send('POST', path, body, key) };
}

function readAnswer<T>(response: Response, text: string, address: string): T {
  if (response.status >= 300 && response.status < 400) {
    throw new PluginFailure('REDIRECTED', response.headers.get('location')?.slice(0, 200) ?? address);
  }
  const json = parseObject(text);
  if (json === undefined) throw new PluginFailure(response.status >= 500 ? 'OFFLINE' : 'NOT_SLUICE', `${address} (${response.status})`);
  if (response.ok) return json as T;
  throw refusal(response.status, json as Partial<Problem>, address);
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function refusal(status: number, { code, detail, errors }: Partial<Problem>, address: string): PluginFailure {
  if (typeof code !== 'string' || typeof detail !== 'string') return new PluginFailure('NOT_SLUICE', `${address} (${status})`);
  if (status === 401) return new PluginFailure('TOKEN_REFUSED', detail);
  if (code === 'FORBIDDEN') return new PluginFailure('TOKEN_MAY_ONLY_READ', detail);
  if (code === 'NOT_FOUND') return new PluginFailure('NOT_FOUND', detail);
  if (code === 'UNAVAILABLE') return new PluginFailure('OFFLINE', detail);
  const places = (errors ?? []).slice(0, 5).map((error) => `${error.pointer}: ${error.detail}`);
  return new PluginFailure('REFUSED', [detail, ...places.filter((place) => !place.endsWith(detail))].join('\n'));
}

/** Errors of certificates, as OpenSSL and Node name them. */
const certificateError = /CERT|SELF_SIGNED|ERR_TLS|ERR_SSL|UNABLE_TO_(GET|VERIFY)|EPROTO/;

function networkFailure(error: unknown, address: string): PluginFailure {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  const code = [error, cause]
    .map((each) => (each instanceof Error ? String(Reflect.get(each, 'code') ?? '') : ''))
    .find((text) => /^[A-Z]/.test(text));
  if (error instanceof Error && error.name === 'TimeoutError') return new PluginFailure('TIMEOUT', address);
  const why = code ?? (cause instanceof Error ? cause.message : String(error));
  return new PluginFailure(certificateError.test(code ?? '') ? 'TLS' : 'OFFLINE', `${address} (${why})`);
}
