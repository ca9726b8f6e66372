import type {
  CaptureUpload,
  DesiredResponse,
  EnrollRequest,
  EnrollResponse,
  LogUpload,
  Report,
  ReportsResponse,
  TokenRequest,
  TokenResponse,
} from '@sluice/contracts';
import { parseEnvelope } from '@sluice/trust';
import type { NetworkAnswer } from '../ports/index.ts';
import { type HttpClient, readJson } from './http-client.ts';
import { asObject, countMember, type JsonObject, stringMember } from './json.ts';

const smallBytesMax = 64 * 1024;
const rootBytesMax = 512 * 1024;
const manifestBytesMax = 8 * 1024 * 1024;
const configurationBytesMax = 32 * 1024 * 1024;

/** What `GET /desired` said: nothing new, or an answer and its ETag. */
export type DesiredAnswer = { kind: 'unchanged' } | { kind: 'desired'; desired: DesiredResponse; etag: string | undefined };

/** Flows of many megabytes over a slow line. */
const captureTimeoutMs = 10 * 60_000;
/** Lines that one answer holds at most. */
const logLinesMax = 5_000;
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** It is not signed and becomes part of an address, so it is an id or nothing. */
function captureMember(body: JsonObject): Pick<DesiredResponse, 'capture'> {
  const capture = body['capture'];
  const id: unknown = typeof capture === 'object' && capture !== null ? Reflect.get(capture, 'id') : undefined;
  return typeof id === 'string' && uuid.test(id) ? { capture: { id } } : {};
}

/** Likewise; what is asked for beyond what this agent knows is not answered. */
function logsMember(body: JsonObject): Pick<DesiredResponse, 'logs'> {
  const logs = body['logs'];
  const [id, source, lines]: unknown[] = ['id', 'source', 'lines'].map((name) => Reflect.get(Object(logs), name));
  if (typeof id !== 'string' || !uuid.test(id) || typeof lines !== 'number' || !(lines >= 1)) return {};
  return source === 'runtime' || source === 'agent' ? { logs: { id, source, lines: Math.min(Math.floor(lines), logLinesMax) } } : {};
}

/** The calls of the device protocol. What is signed in the answers is returned unverified. All throw HttpError, NotControlPlaneError, NetworkError. */
export function createDeviceApi(http: HttpClient) {
  const postJson = async (path: string, body: unknown, token?: string): Promise<unknown> =>
    http.callJson({ method: 'POST', path, body, bytesMax: rootBytesMax, ...(token === undefined ? {} : { token }) });

  const nonce = async (): Promise<string> => stringMember(asObject(await postJson('/nonce', {})), 'nonce');

  const enroll = async (request: EnrollRequest): Promise<EnrollResponse> => {
    const answer = asObject(await postJson('/enroll', request));
    return {
      deviceId: stringMember(answer, 'deviceId'),
      organizationId: stringMember(answer, 'organizationId'),
      approval: stringMember(answer, 'approval') === 'approved' ? 'approved' : 'pending',
      root: stringMember(answer, 'root'),
    };
  };

  const token = async (request: TokenRequest): Promise<TokenResponse> => {
    const answer = asObject(await postJson('/token', request));
    return {
      accessToken: stringMember(answer, 'accessToken'),
      expiresInSeconds: countMember(answer, 'expiresInSeconds'),
      epoch: countMember(answer, 'epoch'),
    };
  };

  const desired = async (options: {
    token: string;
    etag: string | undefined;
    waitSeconds: number;
    timeoutMs: number;
    signal: AbortSignal;
  }): Promise<DesiredAnswer> => {
    const answer = await http.call({
      path: '/desired',
      token: options.token,
      headers: {
        ...(options.etag === undefined ? {} : { 'if-none-match': options.etag }),
        ...(options.waitSeconds > 0 ? { prefer: `wait=${options.waitSeconds}` } : {}),
      },
      accept: [304],
      timeoutMs: options.timeoutMs,
      signal: options.signal,
    });
    if (answer.status === 304) {
      answer.discard();
      return { kind: 'unchanged' };
    }
    const body = asObject(await readJson(answer, smallBytesMax));
    return {
      kind: 'desired',
      desired: {
        revision: countMember(body, 'revision'),
        assignment: body['assignment'] === null ? null : parseEnvelope(body['assignment']),
        pollAfterMs: countMember(body, 'pollAfterMs'),
        ...captureMember(body),
        ...logsMember(body),
      },
      etag: answer.headers['etag'],
    };
  };

  const reports = async (batch: readonly Report[], token: string): Promise<ReportsResponse> => {
    const answer = asObject(await postJson('/reports', { reports: batch }, token));
    return { acknowledged: countMember(answer, 'acknowledged'), refused: Array.isArray(answer['refused']) ? answer['refused'] : [] };
  };

  return {
    nonce,
    enroll,
    token,
    desired,
    reports,
    /** Hands in what runs here. */
    capture: async (captureId: string, upload: CaptureUpload, token: string): Promise<void> => {
      const path = `/captures/${captureId}`;
      asObject(await http.callJson({ method: 'POST', path, body: upload, token, bytesMax: smallBytesMax, timeoutMs: captureTimeoutMs }));
    },
    /** Hands in lines of a log. */
    logs: async (id: string, upload: LogUpload, token: string): Promise<void> => {
      asObject(await http.callJson({ method: 'POST', path: `/log-requests/${id}`, body: upload, token, bytesMax: smallBytesMax }));
    },
    time: (token: string) => http.callJson({ path: '/time', token, bytesMax: smallBytesMax }),
    root: (version: number, token: string) => http.callJson({ path: `/root/${version}`, token, bytesMax: rootBytesMax }),
    release: (digest: string, token: string) => http.callJson({ path: `/releases/${digest}`, token, bytesMax: manifestBytesMax }),
    configuration: (digest: string, token: string) => http.callJson({ path: `/config/${digest}`, token, bytesMax: configurationBytesMax }),
    /** The bytes of a blob from an offset on. The answer is 206, or 200 from the beginning when the server ignored the range. */
    blob: (sha256: string, from: number, token: string): Promise<NetworkAnswer> =>
      http.call({
        path: `/blobs/${sha256}`,
        token,
        accept: [206],
        headers: from > 0 ? { range: `bytes=${from}-` } : {},
      }),
  };
}
export type DeviceApi = ReturnType<typeof createDeviceApi>;
