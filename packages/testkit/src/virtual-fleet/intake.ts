import type { Assignment, Envelope } from '@sluice/contracts';
import type { Clock } from '@sluice/platform/clock';
import { checkRootExpiry, TrustError, type TrustedRoot, verifyAssignment, verifyRootRotation, verifyTime } from '@sluice/trust';
import type { DeviceCalls } from './device-calls.ts';
import { DeviceHttpError } from './device-http.ts';
import type { DeviceMemory } from './device-memory.ts';
import type { DeviceSession } from './device-session.ts';

export type IntakeDeps = {
  calls: DeviceCalls;
  session: DeviceSession;
  memory: DeviceMemory;
  clock: Pick<Clock, 'now'>;
  identity: { deviceId: string; organizationId: string };
};

const timeToleranceMs = 15 * 60_000;

function trustedRoot(memory: DeviceMemory): TrustedRoot {
  if (memory.root === undefined) throw new TrustError('SIGNATURE', 'There is no root to verify with.');
  return memory.root;
}

/** Follows root rotations as far as there are any (TUF 1.0 section 5.3). */
async function followRoot({ calls, session, memory }: IntakeDeps): Promise<void> {
  for (;;) {
    const root = trustedRoot(memory);
    try {
      memory.root = verifyRootRotation(root, await session.withToken((token) => calls.root(root.version + 1, token)));
    } catch (error) {
      if (error instanceof DeviceHttpError && error.status === 404) return;
      throw error;
    }
  }
}

async function followTime({ calls, session, memory, identity }: IntakeDeps): Promise<void> {
  const statement = await session.withToken((token) => calls.time(token));
  const { time } = verifyTime(statement, trustedRoot(memory), {
    organizationId: identity.organizationId,
    floor: memory.timeFloor,
    toleranceMs: timeToleranceMs,
  });
  memory.timeFloor = Math.max(memory.timeFloor, Date.parse(time));
}

/**
 * Takes in what the control plane wants, checked as an agent does: root chain, time, assignment.
 * @throws TrustError, or what the calls throw
 */
export async function takeIn(deps: IntakeDeps, envelope: Envelope): Promise<Assignment> {
  const { memory, identity, clock } = deps;
  await followRoot(deps);
  await followTime(deps);
  const root = trustedRoot(memory);
  const now = Math.max(clock.now(), memory.timeFloor);
  checkRootExpiry(root, now);
  const assignment = verifyAssignment(envelope, root, { ...identity, epoch: memory.epoch, minimumRevision: memory.revision, now });
  memory.revision = assignment.revision;
  return assignment;
}
