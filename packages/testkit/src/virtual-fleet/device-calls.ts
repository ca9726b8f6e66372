import type {
  DesiredResponse,
  EnrollRequest,
  EnrollResponse,
  NonceResponse,
  Report,
  ReportsResponse,
  TokenRequest,
  TokenResponse,
} from '@sluice/contracts';
import type { DeviceAnswer, DeviceHttp } from './device-http.ts';

export type DesiredAnswer = { etag: string | undefined; desired: DesiredResponse } | 'unchanged';

const parse = <T>({ body }: DeviceAnswer): T => JSON.parse(body.toString()) as T;

/** The calls of the device protocol. What is signed in the answers comes back unverified; all throw what `DeviceHttp.send` throws. */
export function createDeviceCalls(http: DeviceHttp, signal: AbortSignal) {
  const post = async <T>(path: string, body: unknown, token?: string): Promise<T> =>
    parse(await http.send({ method: 'POST', path, body, signal, ...(token === undefined ? {} : { token }) }));
  const get = (path: string, token: string): Promise<DeviceAnswer> => http.send({ method: 'GET', path, token, signal });

  return {
    nonce: async (): Promise<string> => (await post<NonceResponse>('/nonce', {})).nonce,
    enroll: (request: EnrollRequest) => post<EnrollResponse>('/enroll', request),
    token: (request: TokenRequest) => post<TokenResponse>('/token', request),
    /** With an entity tag the call waits on the server for news, up to `waitSeconds`. */
    desired: async (token: string, { etag, waitSeconds }: { etag: string | undefined; waitSeconds: number }): Promise<DesiredAnswer> => {
      const headers = etag === undefined ? {} : { 'if-none-match': etag, ...(waitSeconds > 0 ? { prefer: `wait=${waitSeconds}` } : {}) };
      const timeoutMs = waitSeconds * 1000 + 15_000;
      const answer = await http.send({ method: 'GET', path: '/desired', token, headers, timeoutMs, signal });
      return answer.status === 304 ? 'unchanged' : { etag: answer.headers.etag, desired: parse(answer) };
    },
    reports: (reports: readonly Report[], token: string) => post<ReportsResponse>('/reports', { reports }, token),
    time: async (token: string): Promise<unknown> => parse(await get('/time', token)),
    root: async (version: number, token: string): Promise<unknown> => parse(await get(`/root/${version}`, token)),
    release: async (digest: string, token: string): Promise<unknown> => parse(await get(`/releases/${digest}`, token)),
    configuration: async (digest: string, token: string): Promise<unknown> => parse(await get(`/config/${digest}`, token)),
    blob: async (sha256: string, token: string): Promise<Uint8Array> => (await get(`/blobs/${sha256}`, token)).body,
  };
}
export type DeviceCalls = ReturnType<typeof createDeviceCalls>;
