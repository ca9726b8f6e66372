import type { InstalledRelease } from '@sluice/contracts';
import { generateSealingKey, generateSigningKey, type SealingKey, type SigningKey, type TrustedRoot } from '@sluice/trust';

/** What a device believes, runs and must not forget; a real agent has it on disk. */
export type DeviceMemory = {
  readonly signingKey: SigningKey;
  readonly sealingKey: SealingKey;
  root: TrustedRoot | undefined;
  /** The latest signed time seen, epoch milliseconds. */
  timeFloor: number;
  epoch: number;
  /** The highest revision ever accepted in this epoch. */
  revision: number;
  /** The revision that was carried out last, whatever came of it. */
  reconciledRevision: number;
  /** By application: the highest release counter that was committed. */
  readonly committedCounters: Map<string, number>;
  running: InstalledRelease | null;
  previous: InstalledRelease | null;
};

/** A device as it leaves the factory: with keys of its own, and nothing else. */
export function createDeviceMemory(): DeviceMemory {
  return {
    signingKey: generateSigningKey(),
    sealingKey: generateSealingKey(),
    root: undefined,
    timeFloor: 0,
    epoch: 1,
    revision: 0,
    reconciledRevision: 0,
    committedCounters: new Map(),
    running: null,
    previous: null,
  };
}
