import type { Inventory } from '@sluice/contracts';
import { type RetryPolicy, retry } from '@sluice/platform/retry';
import type { DeviceApi } from './control-plane/device-api.ts';
import { enroll } from './control-plane/enroll.ts';
import { HttpError } from './control-plane/http-error.ts';
import { createSession } from './control-plane/session.ts';
import { describeError } from './errors.ts';
import type { Enrollment, Identity } from './identity/identity.ts';
import type { Layout } from './layout.ts';
import type { Clock, FileSystem, Log, Random } from './ports/index.ts';
import type { TrustStore } from './trust-state.ts';
import type { Connection } from './update/context.ts';

export type ConnectDeps = {
  api: DeviceApi;
  fileSystem: FileSystem;
  clock: Clock;
  random: Random;
  log: Log;
  layout: Layout;
  trust: TrustStore;
  identity: Identity;
  enrollment: Enrollment | undefined;
  enrollmentCode: string | undefined;
  deviceName: string;
  hardwareId: string;
  inventory: Inventory;
};

const retryPolicy: RetryPolicy = { attemptsMax: Number.POSITIVE_INFINITY, baseDelayMs: 1_000, delayMsMax: 60_000 };

/** The enrollment of this device, made now if need be, for as long as it takes. A wrong code is told and tried again: it may be made valid. */
async function enrollPatiently(deps: ConnectDeps, signal: AbortSignal): Promise<Enrollment> {
  const code = deps.enrollmentCode;
  if (code === undefined) throw new Error('this device is not enrolled, and SLUICE_ENROLLMENT_CODE is not set');
  const enrollment = await retry(() => enroll({ ...deps, identityFolder: deps.layout.identity, code }), {
    clock: deps.clock,
    random: deps.random,
    policy: retryPolicy,
    signal,
    retryAfterMs: (error) => (error instanceof HttpError ? error.retryAfterMs : undefined),
    onRetry: ({ error, delayMs }) => deps.log.warn({ error: describeError(error), delayMs: Math.round(delayMs) }, 'could not enroll'),
  });
  deps.log.info({ deviceId: enrollment.deviceId }, 'enrolled');
  return enrollment;
}

/** Everything needed to talk to the control plane as this device. Resolves when the device is enrolled. */
export async function connectDevice(deps: ConnectDeps, signal: AbortSignal): Promise<Connection> {
  const isEnrolled = deps.enrollment !== undefined && deps.trust.root() !== undefined;
  const enrollment = isEnrolled && deps.enrollment !== undefined ? deps.enrollment : await enrollPatiently(deps, signal);
  const session = createSession({
    api: deps.api,
    clock: deps.clock,
    deviceId: enrollment.deviceId,
    privateKey: deps.identity.signingKey.privateKey,
    onEpoch: async (epoch) => {
      // Revisions are counted anew in each epoch of the identity.
      if (epoch > deps.trust.read().epoch) await deps.trust.update((state) => ({ ...state, epoch, revision: 0, reconciledRevision: 0 }));
    },
  });
  return { api: deps.api, session, ...enrollment };
}
