import type { Me, Role } from '@sluice/contracts';
import type { AuthenticationMethod, LedgerActor } from '@sluice/ledger';

export type ActorMembership = { organizationId: string; organizationName: string; role: Role };

/** Who is asking, how that was proven, and what they may do where. */
export type Actor = {
  kind: 'person' | 'token';
  id: string;
  name: string;
  email: string | null;
  method: AuthenticationMethod;
  /** The session behind the cookie; null for tokens. */
  sessionId: string | null;
  address: string;
  memberships: readonly ActorMembership[];
};

/** The actor as the ledger writes it down. */
export function ledgerActorOf(actor: Actor): LedgerActor {
  return {
    kind: actor.kind,
    id: actor.id,
    name: actor.name,
    method: actor.method,
    ...(actor.sessionId === null ? {} : { session: actor.sessionId }),
    address: actor.address,
  };
}

/** The actor as the API shows it. */
export function meOf({ kind, id, name, email, memberships }: Actor): Me {
  return { kind, id, name, email, memberships: memberships.map((membership) => ({ ...membership })) };
}

/** A person as an actor, with how they proved to be it. */
export function actorOfPerson(
  person: { id: string; name: string; email: string; memberships: readonly ActorMembership[] },
  proof: Pick<Actor, 'method' | 'sessionId' | 'address'>,
): Actor {
  return { kind: 'person', id: person.id, name: person.name, email: person.email, memberships: person.memberships, ...proof };
}
