import type { WebhookErrorCode } from '@sluice/contracts';
import { SecretIntegrityError } from '@sluice/platform';
import type { Answer } from './send.ts';
import type { WebhookTargets } from './targets.ts';

/** Why an attempt failed: a code, and what happened, why, and what to do. */
export class WebhookFailure extends Error {
  override readonly name = 'WebhookFailure';
  readonly code: WebhookErrorCode;

  constructor(code: WebhookErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The receiver's address is none that is asked. */
export function refusalOf(hostname: string, isEncrypted: boolean): WebhookFailure {
  const why = isEncrypted
    ? `${hostname} leads to an internal address, and webhooks go to public ones.`
    : `${hostname} was to be asked by http, which anybody on the way can read.`;
  const cure = isEncrypted ? 'Use a public address' : 'Use https';
  const allow = 'or have the operator allow its network in SLUICE_WEBHOOK_ALLOWED_NETWORKS.';
  return new WebhookFailure('ADDRESS_REFUSED', `${why} ${cure}, ${allow}`);
}

/** The request took too long. */
export function tooSlow(timeoutMs: number): WebhookFailure {
  return new WebhookFailure(
    'TIMEOUT',
    `The receiver did not answer within ${timeoutMs / 1000} s. Take the event, answer 2xx at once, and do the work afterwards.`,
  );
}

function redirected({ status, location }: Answer, url: URL, targets: WebhookTargets): WebhookFailure {
  if (location === undefined || !URL.canParse(location, url.href))
    return new WebhookFailure('REDIRECTED', `The receiver answered ${status} without saying where to. Redirects are not followed.`);
  const to = new URL(location, url.href);
  const place = `${to.origin === 'null' ? to.protocol : to.origin}${to.pathname}`.slice(0, 300);
  if (targets.isInternal(to.hostname))
    return new WebhookFailure(
      'REDIRECTED',
      `The receiver answered ${status} to send us to ${place}, an internal address: refused. Somebody there may want to reach what is behind this control plane.`,
    );
  const cure = 'Redirects are not followed: if that is right, make it the address of this webhook.';
  return new WebhookFailure('REDIRECTED', `The receiver answered ${status} to send us to ${place}. ${cure}`);
}

/** Why an answer is a failure; undefined: it is none. */
export function failureOfAnswer(answer: Answer, url: URL, targets: WebhookTargets): WebhookFailure | undefined {
  const { status } = answer;
  if (status >= 200 && status < 300) return undefined;
  if (status >= 300 && status < 400) return redirected(answer, url, targets);
  if (status === 410) return new WebhookFailure('GONE', 'The receiver answered 410 Gone: it does not want to hear from us any more.');
  const whose = status >= 500 ? 'it has trouble of its own' : 'it did not take the request';
  return new WebhookFailure('STATUS', `The receiver answered ${status}: ${whose}. What it said is in the log; its own log may say more.`);
}

const tlsCodes = /^(?:CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|EPROTO)/;

/** What a person reads of an attempt that failed. Undefined: nobody foresaw it. */
export function explainFailure(error: unknown, url: URL): WebhookFailure | undefined {
  if (error instanceof WebhookFailure) return error;
  if (error instanceof SecretIntegrityError)
    return new WebhookFailure('SECRET_UNREADABLE', 'The secret does not open with the master key of this control plane. Rotate it.');
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new WebhookFailure('NAME_UNKNOWN', `The name ${url.hostname} was not found (${code}). Check the address and the DNS.`);
  if (code === 'ECONNREFUSED') return new WebhookFailure('UNREACHABLE', `Nobody listens at ${url.host}: the connection was refused.`);
  if (code === 'ECONNRESET' || code === 'EPIPE')
    return new WebhookFailure('UNREACHABLE', `${url.host} closed the connection before it answered.`);
  if (/^E(?:HOST|NET)(?:UNREACH|DOWN)$|^ETIMEDOUT$|^EADDRNOTAVAIL$/.test(code))
    return new WebhookFailure('UNREACHABLE', `There is no way to ${url.host} (${code}).`);
  if (tlsCodes.test(code))
    return new WebhookFailure('TLS_FAILED', `The encrypted connection to ${url.host} failed (${code}). Check its certificate.`);
  if (code.startsWith('HPE_')) return new WebhookFailure('ANSWER_MALFORMED', `What ${url.host} answered is not HTTP (${code}).`);
  return undefined;
}

/** When nobody foresaw it. */
export const unforeseen = new WebhookFailure('INTERNAL', 'The control plane failed at this; its log says more. It tries again.');
