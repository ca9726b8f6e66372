import type { Rollout, RolloutAction } from '@sluice/contracts';
import type { Invocation } from '../../frame/invocation.ts';
import { argument, flag, text } from '../../frame/parameters.ts';
import type { Session } from '../../frame/session.ts';
import { rolloutView } from '../../output/views/rollouts.ts';

/** The parameters of every verb that does something to a rollout. */
export const actParameters = {
  rollout: argument('rollout', 'Its id, or latest'),
  reason: text('--reason <text>', 'Why, for the ledger'),
};

/** The option of verbs that cannot be taken back. */
export const yesParameter = flag('-y, --yes', 'Do not ask');

/** Asks the control plane to do something to a rollout. */
export function actOn(
  session: Session,
  rolloutId: string,
  request: { action: RolloutAction; reason: string | undefined },
): Promise<Rollout> {
  return session.post<Rollout>(`/rollouts/${rolloutId}/actions`, request);
}

/** Prints what became of the rollout. */
export function printRollout({ print, ports }: Invocation, rollout: Rollout): void {
  print.one(rollout, rolloutView(ports.timeZone));
}
