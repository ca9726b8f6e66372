import type { DeviceCapture } from '@sluice/contracts';
import type { CliError } from '../errors.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { createPatientReader } from '../frame/patient-reader.ts';
import type { Session } from '../frame/session.ts';
import type { Ports } from '../ports.ts';

export type CaptureListener = {
  /** The device was told. */
  delivered(): void;
  trouble(error: CliError): void;
};

const intervalMs = 1_000;

const isOpen = ({ state }: DeviceCapture): boolean => state === 'requested' || state === 'delivered';

/**
 * Looks at a capture every second until it ends, or the time is over: then it is still open.
 * @throws CliError as Http; the signal's reason when the person ends it
 */
export async function watchCapture(
  session: Session,
  { clock, signal }: Pick<Ports, 'clock' | 'signal'>,
  options: { capture: DeviceCapture; timeoutMs: number; listener: CaptureListener },
): Promise<DeviceCapture> {
  const { listener, timeoutMs } = options;
  const read = createPatientReader(() => session.get<DeviceCapture>(`/captures/${options.capture.id}`), {
    clock,
    onTrouble: (error) => listener.trouble(error),
  });
  const deadline = clock.monotonic() + timeoutMs;
  let last = options.capture;
  while (isOpen(last)) {
    const remainingMs = deadline - clock.monotonic();
    if (remainingMs <= 0) return last;
    await clock.sleep(Math.min(intervalMs, remainingMs), signal);
    const capture = await read();
    if (capture === undefined) continue;
    if (capture.deliveredAt !== null && last.deliveredAt === null) listener.delivered();
    last = capture;
  }
  return last;
}

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
