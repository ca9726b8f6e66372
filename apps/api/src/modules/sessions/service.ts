import type { SignInLinkRequest, SignInRequest } from '@sluice/contracts';
import type { Clock, Random } from '@sluice/platform';
import {
  type ChangeContext,
  countFailedSignIn,
  createSession,
  endSession,
  findPersonByEmail,
  type Person,
  type Store,
  setPassword,
  type Transaction,
  useSignInLink,
} from '@sluice/store';
import { type Actor, actorOfPerson, ledgerActorOf } from '../../authentication/actor.ts';
import { lockMs } from '../../authentication/lock-out.ts';
import { hashPassword, passwordMatches } from '../../authentication/password.ts';
import { createSecretToken, hashOfToken } from '../../authentication/secret-token.ts';
import { ApiError } from '../../problems/api-error.ts';
import { sessionLifetimeMs } from './cookie.ts';

export type SessionsDependencies = { store: Store; clock: Clock; random: Random };

/** Where a sign-in comes from. */
export type SignInOrigin = { address: string; requestId: string };

/** `token` is the cookie's value; it stands nowhere else. */
export type SignedIn = { token: string; actor: Actor };

export type Sessions = {
  /** @throws ApiError CREDENTIALS_WRONG, RATE_LIMITED while the account is locked */
  signIn(request: SignInRequest, origin: SignInOrigin): Promise<SignedIn>;
  /** @throws ApiError CREDENTIALS_WRONG */
  signInWithLink(request: SignInLinkRequest, origin: SignInOrigin): Promise<SignedIn>;
  /** Ends the session of the request; a token has none, so nothing happens. */
  signOut(actor: Actor, requestId: string): Promise<void>;
};

type SignInMethod = 'password' | 'sign_in_link';

function contextOf(person: Person, method: SignInMethod, origin: SignInOrigin): ChangeContext {
  return { actor: { kind: 'person', id: person.id, name: person.name, method, address: origin.address }, requestId: origin.requestId };
}

/** One answer for unknown addresses and wrong passwords, so that it does not tell which addresses have an account. */
function wrong(): ApiError {
  return new ApiError('CREDENTIALS_WRONG', 'E-mail address or password is wrong.');
}

function refuseWhileLocked(person: Person | undefined, now: number): void {
  const lockedUntil = person?.lockedUntil?.getTime() ?? 0;
  if (lockedUntil <= now) return;
  const seconds = Math.ceil((lockedUntil - now) / 1000);
  throw new ApiError('RATE_LIMITED', `Too many wrong passwords: this account can be tried again in ${seconds} seconds.`, {
    headers: { 'retry-after': String(seconds) },
  });
}

/** Makes the module of signing in and out. */
export function createSessions(deps: SessionsDependencies): Sessions {
  const { store, clock, random } = deps;

  const begin = async (tx: Transaction, person: Person, context: ChangeContext): Promise<SignedIn> => {
    const { token, hash } = createSecretToken(random);
    const expiresAt = new Date(tx.now.getTime() + sessionLifetimeMs);
    const sessionId = await createSession(tx, { personId: person.id, tokenHash: hash, expiresAt }, context);
    const address = context.actor.address ?? '';
    return { token, actor: actorOfPerson(person, { method: 'session', sessionId, address }) };
  };

  return {
    signIn: async ({ email, password }, origin) => {
      const person = await findPersonByEmail(store, email);
      refuseWhileLocked(person, clock.now());
      const matches = await passwordMatches(person?.passwordHash ?? null, password);
      if (person === undefined) throw wrong();
      const context = contextOf(person, 'password', origin);
      if (!matches) {
        await store.transaction((tx) => countFailedSignIn(tx, person.id, { lockMs }, context));
        throw wrong();
      }
      return store.transaction((tx) => begin(tx, person, context));
    },
    signInWithLink: async ({ token, password }, origin) => {
      // Hashing takes long: not while the link's row is locked.
      const passwordHash = await hashPassword(password);
      return store.transaction(async (tx) => {
        const person = await useSignInLink(tx, hashOfToken(token));
        if (person === undefined) throw new ApiError('CREDENTIALS_WRONG', 'The sign-in link is wrong, expired or was used already.');
        const context = contextOf(person, 'sign_in_link', origin);
        await setPassword(tx, person.id, passwordHash, context);
        return begin(tx, person, context);
      });
    },
    signOut: async (actor, requestId) => {
      const { sessionId } = actor;
      if (sessionId === null) return;
      await store.transaction((tx) => endSession(tx, sessionId, { actor: ledgerActorOf(actor), requestId }));
    },
  };
}
