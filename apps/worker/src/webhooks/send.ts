/**
 * One request to a receiver. INVARIANTS
 * - The address that is connected to is the one that was checked; no redirect is followed; no connection outlives its request.
 * - Nothing that a receiver does takes longer than the signal allows, or more memory than the beginning of its answer.
 */
import { lookup } from 'node:dns';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { WEBHOOK_ANSWER_BYTES_MAX } from '@sluice/contracts';
import { type FindAddresses, guardLookup, plainAddress } from '@sluice/platform';
import { refusalOf } from './explain-failure.ts';
import type { WebhookTargets } from './targets.ts';

export type Message = { url: string; headers: Readonly<Record<string, string>>; body: string };

/** What came back. `text`: how the body begins. */
export type Answer = { status: number; text: string; location: string | undefined; retryAfter: string | undefined };

/** Sends a message. @throws an error of the connection; WebhookFailure ADDRESS_REFUSED; the signal's reason */
export type Send = (message: Message, signal: AbortSignal) => Promise<Answer>;

const HEADER_BYTES_MAX = 16 * 1024;

async function beginningOf(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer) {
      parts.push(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      if (bytes >= WEBHOOK_ANSWER_BYTES_MAX) break;
    }
  } catch {
    // The status stands, whatever becomes of the body.
  }
  answer.destroy();
  const text = new TextDecoder().decode(Buffer.concat(parts).subarray(0, WEBHOOK_ANSWER_BYTES_MAX));
  return text.replaceAll('\u0000', '\uFFFD');
}

/** Makes what sends. `find` is `lookup` of `node:dns`; tests know other names. */
export function createSend(targets: WebhookTargets, find: FindAddresses = lookup): Send {
  return ({ url: text, headers, body }, signal) => {
    const url = new URL(text);
    const isEncrypted = url.protocol === 'https:';
    const target = { hostname: plainAddress(url.hostname), isEncrypted };
    const permits = (address: string): boolean => targets.permits(address, target);
    const refusal = (): Error => refusalOf(target.hostname, isEncrypted);
    if (isIP(target.hostname) !== 0 && !permits(target.hostname)) return Promise.reject(refusal());
    const options: RequestOptions = {
      method: 'POST',
      headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
      agent: false,
      lookup: guardLookup(find, { permits, refusal }),
      maxHeaderSize: HEADER_BYTES_MAX,
      signal,
    };
    return new Promise((resolve, reject) => {
      let hasAnswered = false;
      const request = (isEncrypted ? httpsRequest : httpRequest)(url, options);
      request.on('error', (error) => reject(signal.aborted ? signal.reason : error));
      // An answer that is none, such as another protocol, closes the connection without an error. After an answer this changes nothing.
      request.on('close', () => {
        if (!hasAnswered) reject(Object.assign(new Error('closed without an answer'), { code: 'ECONNRESET' }));
      });
      request.on('response', (answer) => {
        hasAnswered = true;
        const { statusCode: status = 0, headers: received } = answer;
        const { location, 'retry-after': retryAfter } = received;
        beginningOf(answer).then((start) => resolve({ status, text: start, location, retryAfter }), reject);
      });
      request.end(body);
    });
  };
}
