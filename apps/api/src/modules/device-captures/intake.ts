// INVARIANTS
// 1. The snapshot and the end of its capture are one transaction: a capture is never completed without its snapshot, nor is one made twice.
// 2. A device answers its own captures only; another device's do not exist for it.
// 3. What cannot be made a snapshot of ends the capture with words. Only when we failed ourselves it stays open, and the device tries again.
import { type Captures, createCaptures, type MirrorHints, type PreparedSnapshot, sealedCredentialsIdentity } from '@sluice/capture';
import type { CapturedContent, CaptureReceipt, CaptureUpload, DeviceCapture } from '@sluice/contracts';
import type { Log } from '@sluice/platform';
import type { Credentials } from '@sluice/snapshot';
import {
  type CaptureEnd,
  findReleaseByDigest,
  findSnapshotByDigest,
  finishDeviceCapture,
  getBlob,
  getSnapshotSource,
  type Keyring,
  type LockedCapture,
  lockDeviceCapture,
  markCaptureDelivered,
  type Store,
  type Transaction,
} from '@sluice/store';
import type { PurposeKeys } from '../../dependencies.ts';
import { ApiError, notFound } from '../../problems/api-error.ts';
import { storable } from '../device-reports/sanitize.ts';
import { type RunningRelease, readContent } from './read-content.ts';

/** Which capture of which device. */
export type CaptureAddress = { organizationId: string; deviceId: string; captureId: string };

export type CaptureIntake = {
  /** Notes that the device was told; never fails. */
  told(deviceId: string, captureId: string): Promise<void>;
  /** Whether the capture can be answered, or was already. @throws ApiError NOT_FOUND, CAPTURE_EXPIRED */
  check(address: CaptureAddress): Promise<void>;
  /**
   * Takes what the device sent. The same again is answered alike and changes nothing.
   * @throws ApiError NOT_FOUND, CAPTURE_EXPIRED, VALIDATION_FAILED; SnapshotError; CaptureError
   */
  take(address: CaptureAddress, upload: CaptureUpload): Promise<CaptureReceipt>;
  /** Ends the capture as failed, unless it has ended. */
  fail(address: CaptureAddress, failure: NonNullable<DeviceCapture['failure']>): Promise<void>;
};

export type CaptureIntakeDeps = { store: Store; keyring: Keyring; keys: PurposeKeys; jobs: MirrorHints; log: Log };

/** The capture, locked. A receipt instead when it has ended with an answer. */
async function openCapture(tx: Transaction, { deviceId, captureId }: CaptureAddress): Promise<LockedCapture | CaptureReceipt> {
  const capture = await lockDeviceCapture(tx, deviceId, captureId);
  if (capture === undefined) throw notFound('capture');
  const { state } = capture;
  if (state === 'completed' || state === 'failed') return { state };
  if (state === 'expired' || capture.isOver)
    throw new ApiError('CAPTURE_EXPIRED', 'The capture has expired: nobody waits for it any more.');
  return capture;
}

const isOpen = (found: LockedCapture | CaptureReceipt): found is LockedCapture => 'requester' in found;

type FoundRelease = RunningRelease & { id: string; applicationId: string; snapshot: { id: string; number: number } };

async function loadRelease(deps: CaptureIntakeDeps, organizationId: string, digest: string): Promise<FoundRelease> {
  const { store, keyring } = deps;
  const release = await findReleaseByDigest(store, organizationId, digest);
  if (release === undefined) {
    const errors = [{ pointer: '/releaseDigest', detail: 'is no release of this organization' }];
    throw new ApiError('VALIDATION_FAILED', 'The device runs a release that does not exist here, so there is nothing to compare with.', {
      errors,
    });
  }
  const source = await getSnapshotSource(store, organizationId, release.snapshotId);
  const lock = release.lockSha256 === null ? undefined : await getBlob(store, organizationId, release.lockSha256);
  const sealed = source.sealedCredentials;
  const credentials: Credentials =
    sealed === null
      ? {}
      : (JSON.parse(
          (await keyring.open(store, { sealed, identity: sealedCredentialsIdentity(source.id) })).toString('utf8'),
        ) as Credentials);
  return {
    id: release.id,
    applicationId: release.applicationId,
    snapshot: { id: source.id, number: source.number },
    source,
    lock: lock ?? source.lock,
    credentials,
  };
}

/** Makes the place where devices hand in what runs there. */
export function createCaptureIntake(deps: CaptureIntakeDeps): CaptureIntake {
  const { store, keyring, keys, jobs, log } = deps;
  const snapshots: Captures = createCaptures({ keyring, saltKey: keys['configuration-salt'], jobs });

  const takeContent = async (address: CaptureAddress, content: CapturedContent, asked: LockedCapture): Promise<CaptureReceipt> => {
    const { organizationId } = address;
    const release = await loadRelease(deps, organizationId, content.releaseDigest);
    const message = asked.message === '' ? `Captured from ${asked.deviceName}` : asked.message;
    const { observed, warnings, request } = readContent(content, release, { deviceId: asked.deviceId, message });
    const prepared = request === null ? null : snapshots.prepare(request);
    const target = { organizationId, applicationId: release.applicationId };
    return store.transaction(async (tx) => {
      const capture = await openCapture(tx, address);
      if (!isOpen(capture)) return capture;
      const reason = `Captured from the device ${capture.deviceName}.`;
      const keep = async (fresh: PreparedSnapshot) => {
        // The same drift, looked at again, or on the next device, is the same snapshot.
        const known = await findSnapshotByDigest(tx, target, fresh.digest);
        return known ?? snapshots.keep(tx, target, fresh, { actor: capture.requester, reason });
      };
      const { id, number } = prepared === null ? release.snapshot : await keep(prepared);
      const snapshot = { id, number };
      const end: CaptureEnd = { state: 'completed', differs: prepared !== null, releaseId: release.id, snapshot, observed, warnings };
      await finishDeviceCapture(tx, capture, end);
      return { state: end.state };
    });
  };
  const fail: CaptureIntake['fail'] = (address, failure) =>
    store.transaction(async (tx) => {
      const capture = await openCapture(tx, address);
      if (isOpen(capture)) await finishDeviceCapture(tx, capture, { state: 'failed', failure: storable(failure) });
    });

  return {
    told: async (deviceId, captureId) => {
      try {
        await store.transaction((tx) => markCaptureDelivered(tx, deviceId, captureId));
      } catch (error) {
        // A device must get its assignment whatever becomes of this.
        log.warn({ err: error, deviceId, captureId }, 'could not note that a device was told of a capture');
      }
    },
    check: async (address) => void (await store.transaction((tx) => openCapture(tx, address))),
    take: async (address, upload) => {
      const asked = await store.transaction((tx) => openCapture(tx, address));
      if (!isOpen(asked)) return asked;
      if (!('failure' in upload)) return takeContent(address, upload, asked);
      await fail(address, upload.failure);
      return { state: 'failed' };
    },
    fail,
  };
}
