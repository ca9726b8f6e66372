import type { Assignment, Envelope } from '@sluice/contracts';
import { checkRootExpiry, TrustError, verifyAssignment, verifyRootRotation, verifyTime } from '@sluice/trust';
import type { Clock, Log } from '../ports/index.ts';
import type { TrustStore } from '../trust-state.ts';
import type { Connection } from '../update/context.ts';
import { HttpError } from './http-error.ts';
import type { SignedTime } from './signed-time.ts';

export type IntakeDeps = { trust: TrustStore; clock: Clock; log: Log; connection: Connection; signedTime: SignedTime };

/** Caches may keep a time statement for some minutes. */
const timeToleranceMs = 15 * 60_000;
const rotationsMax = 32;

/** Follows root rotations one by one, as far as there are any (TUF 1.0 section 5.3). */
async function followRoot({ trust, connection }: IntakeDeps): Promise<void> {
  for (let step = 0; step < rotationsMax; step += 1) {
    const root = trust.root();
    if (root === undefined) return;
    let next: unknown;
    try {
      next = await connection.session.withToken((token) => connection.api.root(root.version + 1, token));
    } catch (error) {
      if (error instanceof HttpError && error.status === 404) return;
      throw error;
    }
    verifyRootRotation(root, next);
    await trust.update((state) => ({ ...state, root: JSON.stringify(next) }));
  }
}

/** Asks for the latest signed time: it raises the time floor. @throws TrustError, or what the network threw */
export async function followTime({
  trust,
  connection,
  signedTime,
}: Pick<IntakeDeps, 'trust' | 'connection' | 'signedTime'>): Promise<void> {
  const root = trust.root();
  if (root === undefined) return;
  const envelope = await connection.session.withToken((token) => connection.api.time(token));
  const { time } = verifyTime(envelope, root, {
    organizationId: connection.organizationId,
    floor: trust.read().timeFloor,
    toleranceMs: timeToleranceMs,
  });
  const moment = Date.parse(time);
  signedTime.heard(moment);
  if (moment > trust.read().timeFloor) await trust.update((state) => ({ ...state, timeFloor: Math.max(state.timeFloor, moment) }));
}

/** Verifies an assignment against what the device knows, without changing anything. @throws TrustError */
export function verifyOwnAssignment(deps: Pick<IntakeDeps, 'trust' | 'clock' | 'connection'>, envelope: Envelope): Assignment {
  const root = deps.trust.root();
  if (root === undefined) throw new TrustError('SIGNATURE', 'There is no root to verify the assignment with.');
  const state = deps.trust.read();
  const now = Math.max(deps.clock.now(), state.timeFloor);
  checkRootExpiry(root, now);
  return verifyAssignment(envelope, root, {
    organizationId: deps.connection.organizationId,
    deviceId: deps.connection.deviceId,
    epoch: state.epoch,
    minimumRevision: state.revision,
    now,
  });
}

/**
 * Takes in what the control plane wants: root chain, time, assignment, in this order. What it returns is durable.
 * @throws TrustError, or what the network threw
 */
export async function takeIn(deps: IntakeDeps, envelope: Envelope): Promise<Assignment> {
  await followRoot(deps);
  await followTime(deps);
  const assignment = verifyOwnAssignment(deps, envelope);
  await deps.trust.update((state) => ({ ...state, revision: Math.max(state.revision, assignment.revision), assignment: envelope }));
  return assignment;
}
