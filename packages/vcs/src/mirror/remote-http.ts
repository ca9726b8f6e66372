import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { GitHttpRequest, GitHttpResponse, HttpClient } from 'isomorphic-git';
import { guardedLookup, refuseLiteralAddress } from './remote-addresses.ts';
import { RemoteError } from './remote-error.ts';

export type RemoteHttpOptions = {
  signal: AbortSignal;
  /** Most bytes of one answer. */
  answerBytesMax: number;
};

/** An HTTP client for isomorphic-git; `close` ends its connections. */
export type RemoteHttp = HttpClient & { close(): void };

/** A server may think for so long, about a large push say, without a word. */
const SILENCE_MS_MAX = 120_000;
const REDIRECTS_MAX = 3;

async function collect(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, bytesMax: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > bytesMax)
      throw new RemoteError('TOO_LARGE', `The remote sends more than ${bytesMax} bytes: import from a smaller repository.`);
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

/** A body in one piece. */
export async function* once(bytes: Buffer): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

type Exchange = { url: URL; method: string; headers: Record<string, string>; body: Buffer | undefined };

/** One request and its whole answer. */
function exchange({ url, method, headers, body }: Exchange, agent: HttpAgent, options: RemoteHttpOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const length = body === undefined ? {} : { 'content-length': String(body.length) };
    const sent = { 'user-agent': 'git/sluice', ...headers, ...length };
    const request = send(url, { method, headers: sent, agent, lookup: guardedLookup, signal: options.signal, timeout: SILENCE_MS_MAX });
    request.on('response', resolve);
    request.on('error', reject);
    request.on('timeout', () =>
      request.destroy(new RemoteError('UNREACHABLE', `${url.host} said nothing for ${SILENCE_MS_MAX / 1000} s.`)),
    );
    request.end(body);
  });
}

/** Where the answer sends us, if it does. @throws RemoteError REDIRECTED when that is another server */
function redirection(answer: IncomingMessage, from: URL, method: string): URL | undefined {
  const status = answer.statusCode ?? 0;
  const location = answer.headers.location;
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  const to = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  if (to?.origin === from.origin && method === 'GET') return to;
  const address = to === undefined ? 'somewhere else' : `${to.origin}${to.pathname.replace(/\/info\/refs$/, '')}`;
  throw new RemoteError('REDIRECTED', `${from.host} sends us to ${address}. If that is right, make it the address of this remote.`);
}

/**
 * The HTTP that isomorphic-git speaks through: addresses that are never asked are refused, secrets go to no other server than the one they are
 * for, answers have a limit, and an answer that is cut off is an error instead of a shorter answer.
 */
export function createRemoteHttp(options: RemoteHttpOptions): RemoteHttp {
  const agents = { 'http:': new HttpAgent({ keepAlive: true }), 'https:': new HttpsAgent({ keepAlive: true }) };
  // A repository that was renamed is found where its first answer said.
  let moved: { from: string; to: string } | undefined;

  const request = async ({ url: text, method = 'GET', headers = {}, body }: GitHttpRequest): Promise<GitHttpResponse> => {
    const sent = body === undefined ? undefined : await collect(body, Number.POSITIVE_INFINITY);
    let url = new URL(moved !== undefined && text.startsWith(moved.from) ? `${moved.to}${text.slice(moved.from.length)}` : text);
    for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects += 1) {
      refuseLiteralAddress(url.hostname);
      const agent = url.protocol === 'https:' ? agents['https:'] : agents['http:'];
      const answer = await exchange({ url, method, headers, body: sent }, agent, options);
      const to = redirection(answer, url, method);
      if (to === undefined) {
        const content = await collect(answer, options.answerBytesMax);
        const { statusCode = 0, statusMessage = '' } = answer;
        const received = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]));
        return { url: url.href, method, statusCode, statusMessage, headers: received, body: once(content) };
      }
      answer.resume();
      const [before, after] = [text.indexOf('/info/refs'), to.href.indexOf('/info/refs')];
      if (before !== -1 && after !== -1) moved = { from: text.slice(0, before), to: to.href.slice(0, after) };
      url = to;
    }
    throw new RemoteError('REDIRECTED', `${url.host} redirects in a circle. Check the address.`);
  };

  return {
    request,
    close: () => {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}
