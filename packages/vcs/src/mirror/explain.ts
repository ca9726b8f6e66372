import { GitProtocolError } from '../serve/pkt-line.ts';
import { RemoteError } from './remote-error.ts';

const unreachable = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'HPE_INVALID_CONSTANT',
]);
// OpenSSL's names of what is wrong with a certificate, as Node gives them (https://nodejs.org/api/tls.html#x509-certificate-error-codes).
const tls = /^(?:ERR_TLS|ERR_SSL|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|EPROTO)/;

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** The words of a server: one line, not too long. */
function quoted(text: unknown): string {
  const line = String(text ?? '')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 300);
  return line === '' ? '' : ` It says: ${line}`;
}

/** What an HTTP status of a git server means to the person who set it up. */
function ofStatus(status: number, host: string, said: string, cause: unknown): RemoteError {
  const error = (code: RemoteError['code'], message: string): RemoteError => new RemoteError(code, message, { cause });
  if (status === 401)
    return error('AUTHENTICATION_FAILED', `${host} does not accept the user and token. Set a new token (it may have expired).${said}`);
  if (status === 403)
    return error(
      'ACCESS_DENIED',
      `${host} knows the token, but it may not do this. Give it the right to read (import) or write (mirror).${said}`,
    );
  if (status === 404 || status === 410)
    return error(
      'REMOTE_NOT_FOUND',
      `${host} has no such repository, or hides it from this token. Check the address and the token.${said}`,
    );
  if (status === 413) return error('TOO_LARGE', `${host} does not take so much at once. Raise its limit on the size of a request.${said}`);
  if (status === 429 || status >= 500) return error('UNREACHABLE', `${host} answers ${status}: it has trouble of its own.${said}`);
  return error('NOT_A_GIT_SERVER', `${host} answers ${status}, as no git server does. Check the address.${said}`);
}

function ofIsomorphicGit(error: Error, host: string): RemoteError | undefined {
  const data = member(error, 'data');
  switch (member(error, 'code')) {
    case 'HttpError':
      return ofStatus(Number(member(data, 'statusCode')), host, quoted(member(data, 'response')), error);
    case 'SmartHttpError':
    case 'ParseError':
    case 'EmptyServerResponseError':
    case 'RemoteCapabilityError':
      return new RemoteError('NOT_A_GIT_SERVER', `What ${host} answers is not git's smart protocol. Check the address.`, { cause: error });
    case 'PushRejectedError':
      return new RemoteError('DIVERGED', `The branch at ${host} was moved by somebody else. ${divergedAdvice}`, { cause: error });
    case 'GitPushError': {
      const isMoved = /non-fast-forward|fetch first|stale info|cannot lock ref/i.test(error.message);
      return isMoved
        ? new RemoteError('DIVERGED', `The branch at ${host} was moved by somebody else. ${divergedAdvice}`, { cause: error })
        : new RemoteError('REJECTED', `${host} refuses the push. Look at its rules for branches and tags.${quoted(error.message)}`, {
            cause: error,
          });
    }
    default:
      return undefined;
  }
}

/** What to do about a remote that has something else than we do. */
export const divergedAdvice =
  'Nothing was overwritten. Give the mirror a branch or repository of its own, or push once with force to throw away what is there.';

/**
 * Tells what went wrong with a remote in a stable code and in words for the person who set it up.
 * @returns undefined when it is not about the remote: then the error is ours
 */
export function explainRemoteError(error: unknown, url: string): RemoteError | undefined {
  if (error instanceof RemoteError) return error;
  if (!(error instanceof Error)) return undefined;
  const { host } = new URL(url);
  if (error instanceof GitProtocolError)
    return new RemoteError('NOT_A_GIT_SERVER', `What ${host} answers is not git's protocol.`, { cause: error });
  const known = ofIsomorphicGit(error, host);
  if (known !== undefined) return known;
  const code = String(member(error, 'code') ?? '');
  if (tls.test(code)) {
    const advice = 'Give the server a certificate of a known authority, or name its authority to the worker with NODE_EXTRA_CA_CERTS.';
    return new RemoteError('TLS_FAILED', `The certificate of ${host} is not accepted (${code}). ${advice}`, { cause: error });
  }
  if (error.name === 'AbortError') {
    return new RemoteError('UNREACHABLE', `${host} did not finish in time. What arrived there stays; the next try goes on from it.`, {
      cause: error,
    });
  }
  if (unreachable.has(code) || error.message === 'aborted' || error.message === 'socket hang up') {
    const advice = 'Check the address, and whether the control plane may talk to it.';
    return new RemoteError('UNREACHABLE', `${host} cannot be reached (${code || 'connection cut'}). ${advice}`, { cause: error });
  }
  return undefined;
}
