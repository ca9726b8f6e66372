import type { CreateRolloutRequest, Rollout, RolloutPreview } from '@sluice/contracts';
import type { ExitCode } from '../exit-codes.ts';
import type { Invocation } from '../frame/invocation.ts';
import type { Session } from '../frame/session.ts';
import { rolloutView } from '../output/views/rollouts.ts';
import { exitCodeOfEnd, noteRollbacks, waitForRollout } from './follow.ts';
import { printPreview } from './preview.ts';

export type StartOptions = { dryRun: boolean; wait: boolean; timeout: number | undefined };

/** Starts a rollout and, as asked, waits for its end; or only shows what would be. @returns the exit code; undefined when nobody waited */
export async function startRollout(
  invocation: Invocation,
  session: Session,
  request: CreateRolloutRequest,
  { dryRun, wait, timeout }: StartOptions,
): Promise<ExitCode | undefined> {
  const { ports, print, note } = invocation;
  if (dryRun) {
    const { reason: _, ...plan } = request;
    printPreview(invocation, await session.post<RolloutPreview>('/rollouts?validateOnly=true', plan));
    return undefined;
  }
  const rollout = await session.post<Rollout>('/rollouts', request);
  if (!wait) {
    print.one(rollout, rolloutView(ports.timeZone));
    return undefined;
  }
  note(`Rollout ${rollout.id} ${rollout.state === 'pending_approval' ? 'waits for approval.' : 'has begun.'}`);
  const end = await waitForRollout(invocation, session, { rolloutId: rollout.id, timeoutMs: timeout });
  print.one(end.rollout, rolloutView(ports.timeZone));
  await noteRollbacks(invocation, session, end.rollout);
  return exitCodeOfEnd(end);
}
