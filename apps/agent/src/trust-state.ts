import type { Envelope } from '@sluice/contracts';
import { parseEnvelope, type TrustedRoot, verifyRoot } from '@sluice/trust';
import { openTwinFile } from './durable/twin-file.ts';
import type { FileSystem } from './ports/index.ts';
import type { Baseline } from './update/record.ts';

/** A target that failed on this device. It is not tried again under the same revision, only when the control plane assigns anew. */
export type FailedTarget = { releaseDigest: string; configurationDigest: string | null; revision: number };

/** What the device believes, and must not forget to stay safe from rollback, freeze and endless retries. */
export type TrustState = {
  /** The root document as text; null before enrollment. */
  root: string | null;
  /** The latest signed time seen, epoch milliseconds. */
  timeFloor: number;
  /** The identity epoch from the last token. */
  epoch: number;
  /** The highest revision ever accepted in this epoch. */
  revision: number;
  /** The last accepted assignment, to go on with when there is no network. */
  assignment: Envelope | null;
  /** The revision that was carried out last, whatever came of it. */
  reconciledRevision: number;
  /** By application: the highest release counter that was committed. */
  committedCounters: Record<string, number>;
  /** Name of the installation that shall run; null for nothing. */
  committed: string | null;
  /** What was connected when it was committed. */
  baseline: Baseline | null;
  failedTargets: FailedTarget[];
};

const failedTargetsMax = 20;

export const initialTrustState: TrustState = {
  root: null,
  timeFloor: 0,
  epoch: 1,
  revision: 0,
  assignment: null,
  reconciledRevision: 0,
  committedCounters: {},
  committed: null,
  baseline: null,
  failedTargets: [],
};

/** Reads a stored trust state. @throws when it is none */
export function parseTrustState(value: unknown): TrustState {
  if (typeof value !== 'object' || value === null) throw new Error('not a trust state');
  const state = { ...initialTrustState, ...value } as TrustState;
  if (state.assignment !== null) parseEnvelope(state.assignment);
  return state;
}

/** The trust state on disk, changed only through `update`. */
export type TrustStore = {
  read(): TrustState;
  /** The pinned root, verified; undefined before enrollment. */
  root(): TrustedRoot | undefined;
  /** Resolves when the change is durable. */
  update(change: (state: TrustState) => TrustState): Promise<void>;
};

/** Opens the alternating pair of trust files. A root that does not verify any more is an error, not a fresh start. */
export async function openTrustStore(fileSystem: FileSystem, folder: string): Promise<TrustStore> {
  const file = await openTwinFile(fileSystem, folder, parseTrustState);
  let state = file.read() ?? initialTrustState;
  let root = state.root === null ? undefined : verifyRoot(JSON.parse(state.root));
  let queue: Promise<void> = Promise.resolve();
  const apply = async (change: (state: TrustState) => TrustState): Promise<void> => {
    const next = change(state);
    const nextRoot = next.root === null ? undefined : next.root === state.root ? root : verifyRoot(JSON.parse(next.root));
    await file.write(next);
    state = next;
    root = nextRoot;
  };
  return {
    read: () => state,
    root: () => root,
    update: (change) => {
      const done = queue.then(() => apply(change));
      queue = done.catch(() => undefined);
      return done;
    },
  };
}

/** The state with one more failed target; the oldest are forgotten. */
export function withFailedTarget(state: TrustState, target: FailedTarget): TrustState {
  return { ...state, failedTargets: [...state.failedTargets, target].slice(-failedTargetsMax) };
}

/** True when this very target failed under this very revision. */
export function hasFailed(state: TrustState, target: FailedTarget): boolean {
  return state.failedTargets.some(
    (failed) =>
      failed.releaseDigest === target.releaseDigest &&
      failed.configurationDigest === target.configurationDigest &&
      failed.revision === target.revision,
  );
}
