import type { DeviceCapture } from '@sluice/contracts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { isOpen } from '../frame/watch-answer.ts';

/** The exit code for how a capture ended, as `diff` has it: 3 when the device runs something else than was released. */
export function exitCodeOfCapture(capture: DeviceCapture): ExitCode {
  if (isOpen(capture)) return exitCodes.stillPending;
  if (capture.state !== 'completed') return exitCodes.error;
  return capture.differs === true ? exitCodes.differences : exitCodes.ok;
}

/** What came of it, for people. */
export function captureSentence(capture: DeviceCapture): string {
  const { deviceName, release, snapshot, failure } = capture;
  if (isOpen(capture)) return `${deviceName} has not answered yet; it has time until ${capture.expiresAt}.`;
  if (capture.state !== 'completed') return `${deviceName}: ${failure?.message ?? capture.state}`;
  const name = release === null ? 'its release' : `${release.applicationName}/${release.name}`;
  const version =
    snapshot === null ? 'a snapshot that was deleted' : `${release === null ? '' : `${release.applicationName}/`}v${snapshot.number}`;
  if (capture.differs === true) return `What runs on ${deviceName} is not what ${name} says: it is snapshot ${version} now.`;
  return `${deviceName} runs what ${name} says: snapshot ${version}.`;
}
