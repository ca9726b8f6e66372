import type { CaptureState, DeviceCapture } from '@sluice/contracts';
import type { Appearance } from '../../ui/tone.ts';

export const captureAppearances: Readonly<Record<CaptureState, Appearance>> = {
  requested: { label: 'Asked', tone: 'move' },
  delivered: { label: 'The device is at it', tone: 'move' },
  completed: { label: 'Captured', tone: 'good' },
  failed: { label: 'Failed', tone: 'bad' },
  expired: { label: 'Expired', tone: 'idle' },
};

/** What came of a capture, in a sentence; null while it is open. */
export function outcomeOf({ state, differs, failure }: Pick<DeviceCapture, 'state' | 'differs' | 'failure'>): string | null {
  if (failure !== null) return failure.message;
  if (state === 'expired') return 'The device did not answer in time.';
  if (state !== 'completed') return null;
  return differs === true ? 'Its flows differ from its release.' : 'It runs exactly the flows of its release.';
}

/** Why no capture can be asked for now; null when one can. */
export function whyNoCapture(captures: readonly Pick<DeviceCapture, 'state'>[]): string | null {
  const isOpen = captures.some(({ state }) => state === 'requested' || state === 'delivered');
  return isOpen ? 'A capture is under way.' : null;
}
