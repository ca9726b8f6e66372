import type { Query } from '../http/client.ts';
import type { Session } from './session.ts';

/** A request that would change something, and was not sent. */
export type HeldRequest = { method: string; path: string; body?: unknown };

/** Thrown in place of the first request that would change something. */
export class HeldBack extends Error {
  override readonly name = 'HeldBack';
  readonly request: HeldRequest;

  constructor(request: HeldRequest) {
    super('a dry run');
    this.request = request;
  }
}

const secretNames = /password|secret|token|credential|private/i;

/** A copy to be shown: what people keep secret is not. */
function withoutSecrets(value: unknown, isSecret = false): unknown {
  if (Array.isArray(value)) return value.map((each) => withoutSecrets(each, isSecret));
  if (typeof value !== 'object' || value === null) return isSecret && value !== null && typeof value !== 'boolean' ? '(not shown)' : value;
  const isSecretVariable = Reflect.get(value, 'secret') === true || Reflect.get(value, 'isSecret') === true;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const hidden = isSecret || (secretNames.test(name) && typeof member !== 'boolean') || (isSecretVariable && name === 'value');
      return [name, withoutSecrets(member, hidden)];
    }),
  );
}

/** The session, but nothing that changes anything is sent. */
export function holdWrites(session: Session): Session {
  const hold = (method: string, path: string, body?: unknown): Promise<never> => {
    const shown = body === undefined ? {} : { body: withoutSecrets(body) };
    return Promise.reject(new HeldBack({ method, path: `${session.base}${path}`, ...shown }));
  };
  return {
    ...session,
    post: (path, body) => (/[?&]validateOnly=true/.test(path) ? session.post(path, body) : hold('POST', path, body)),
    put: (path, body) => hold('PUT', path, body),
    patch: (path, body) => hold('PATCH', path, body),
    remove: (path) => hold('DELETE', path),
    upload: (path, { type, query }: { type: string; query?: Query }) => hold('POST', path, { type, ...query }),
  };
}
