import { createHmac } from 'node:crypto';

const SECRET_PREFIX = 'whsec_';

/** What is signed: the id of the event, when it is sent, and the exact body. */
export type SignedMessage = { id: string; timestampS: number; body: string };

/**
 * The headers that prove who sent a message (Standard Webhooks, 1.0.0): one signature for each secret, so that a receiver may have the old or the
 * new one while they are changed.
 * @param secrets `whsec_` and base64
 */
export function signatureHeaders(secrets: readonly string[], { id, timestampS, body }: SignedMessage): Record<string, string> {
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.startsWith(SECRET_PREFIX) ? secret.slice(SECRET_PREFIX.length) : secret, 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestampS}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': String(timestampS), 'webhook-signature': signatures.join(' ') };
}
