/** What a person asks a device for: the flows that run there. */
export { getDeviceCapture, listDeviceCaptures, requestDeviceCapture } from './device-captures.ts';
export { expireDeviceCaptures } from './expire.ts';
export {
  type CaptureEnd,
  findReleaseByDigest,
  findSnapshotByDigest,
  finishDeviceCapture,
  type LockedCapture,
  lockDeviceCapture,
  markCaptureDelivered,
  type ReleaseByDigest,
} from './lifecycle.ts';
