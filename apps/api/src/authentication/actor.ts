import type { Role } from '@sluice/contracts';
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
