import { systemActor } from '@sluice/ledger';
import type { Clock, Random } from '@sluice/platform';
import { type ChangeContext, countOrganizations, createPerson, createSignInLink, findPersonByEmail, type Store } from '@sluice/store';
import { hashPassword } from './authentication/password.ts';
import { createSecretToken } from './authentication/secret-token.ts';
import type { PurposeKeys } from './dependencies.ts';
import { foundOrganization } from './modules/organizations/service.ts';

export type OwnerDependencies = { store: Store; clock: Clock; random: Random; keys: PurposeKeys };

/** Who owns the control plane at its first start. Without a password the owner chooses one with a sign-in link. */
export type OwnerSetup = { organizationName: string; email: string; password?: string };

/** `signInToken`: of a new one-time link; null when none is needed. */
export type EnsuredOwner = { organizationId: string; created: boolean; signInToken: string | null };

const linkLifetimeMs = 24 * 60 * 60 * 1000;
const context: ChangeContext = { actor: systemActor };

/**
 * Makes organization, owner and, unless a password is given, a one-time sign-in link. When the owner exists already, nothing changes,
 * except that an owner who never chose a password gets a new link (the old one may have expired unseen).
 */
export async function ensureOwner(deps: OwnerDependencies, setup: OwnerSetup): Promise<EnsuredOwner> {
  const passwordHash = setup.password === undefined ? null : await hashPassword(setup.password);
  const { token, hash } = createSecretToken(deps.random);
  return deps.store.transaction(async (tx) => {
    // Several processes may start at once: one of them makes the owner, the others find it.
    await tx.query("SELECT pg_advisory_xact_lock(hashtext('sluice first owner'))");
    const existing = await findPersonByEmail(tx, setup.email);
    const membership = existing?.memberships[0];
    const link = (personId: string) =>
      createSignInLink(tx, { personId, tokenHash: hash, expiresAt: new Date(tx.now.getTime() + linkLifetimeMs) });
    if (existing !== undefined && membership !== undefined) {
      if (existing.passwordHash === null) await link(existing.id);
      return { organizationId: membership.organizationId, created: false, signInToken: existing.passwordHash === null ? token : null };
    }
    const organization = await foundOrganization(tx, deps, setup.organizationName, context);
    const owner = { email: setup.email, name: setup.email.split('@', 1)[0] ?? setup.email, passwordHash, role: 'owner' as const };
    const person = await createPerson(tx, organization.id, owner, context);
    if (passwordHash === null) await link(person.id);
    return { organizationId: organization.id, created: true, signInToken: passwordHash === null ? token : null };
  });
}

/**
 * As `ensureOwner`, but makes nothing when the control plane belongs to others already: only the first start founds an organization.
 * @returns null when there was nothing to ensure
 */
export async function ensureFirstOwner(deps: OwnerDependencies, setup: OwnerSetup): Promise<EnsuredOwner | null> {
  const isFirstStart = (await countOrganizations(deps.store)) === 0;
  const isKnown = (await findPersonByEmail(deps.store, setup.email)) !== undefined;
  return isFirstStart || isKnown ? ensureOwner(deps, setup) : null;
}

/** Where the owner chooses a password. The token stands behind `#`, so that no server on the way writes it into a log. */
export function signInLinkOf(publicUrl: string, token: string): string {
  return `${publicUrl}/sign-in/link#token=${token}`;
}
