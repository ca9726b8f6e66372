import type { DesiredState } from '@sluice/store';
import { pollAfterMs } from './poll-interval.ts';

/** What the hot path needs to know of a device, prepared for answering: nothing is computed per request. */
export type DeviceEntry = {
  readonly deviceId: string;
  readonly organizationId: string;
  readonly epoch: number;
  readonly approved: boolean;
  readonly revision: number;
  /** The open capture, of which the device hears like of a revision. */
  readonly captureId: string | null;
  /** The open request for lines of a log, likewise. */
  readonly logRequestId: string | null;
  /** It knows more than a restored database: it is told nothing. */
  readonly ahead: boolean;
  readonly etag: string;
  readonly pollAfterMs: number;
  /** Headers of an answer, names and values in turn, as `writeHead` takes them. */
  readonly headers: readonly string[];
  /** Whether changes still reach this entry: false once it left the cache. Then look again. */
  live: boolean;
  /** Epoch milliseconds; written behind. */
  lastSeenMs: number;
  presenceQueued: boolean;
};

/** The header that tells when to ask next; the body of a `200` says the same. */
export const pollAfterHeader = 'sluice-poll-after-ms';

/**
 * The entity tag of what a device is told. What somebody wants to know makes it another one: whoever knows only the revision is answered anew,
 * and nobody has to look into the database to find that out.
 */
export function desiredEtag(revision: number, { captureId, logRequestId }: Pick<DesiredState, 'captureId' | 'logRequestId'>): string {
  const questions = [captureId, logRequestId].filter((id) => id !== null);
  return `"${[revision, ...questions].join('.')}"`;
}

/** The revision that an `If-None-Match` names; 0 when it names none. */
export function revisionOfEtag(header: string | undefined): number {
  const [, revision] = /^(?:W\/)?"(\d{1,15})(?:\.[^"]*)?"$/.exec(header ?? '') ?? [];
  return revision === undefined ? 0 : Number(revision);
}

/** Makes the entry of a state. `pollIntervalMs` is the middle of what devices are told. */
export function createDeviceEntry(state: DesiredState, pollIntervalMs: number): DeviceEntry {
  const etag = desiredEtag(state.revision, state);
  const pollAfter = pollAfterMs(state.deviceId, pollIntervalMs);
  return {
    deviceId: state.deviceId,
    organizationId: state.organizationId,
    epoch: state.epoch,
    approved: state.approval === 'approved',
    revision: state.revision,
    captureId: state.captureId,
    logRequestId: state.logRequestId,
    ahead: state.ahead,
    etag,
    pollAfterMs: pollAfter,
    headers: ['etag', etag, 'cache-control', 'private, no-cache', pollAfterHeader, String(pollAfter)],
    live: false,
    lastSeenMs: 0,
    presenceQueued: false,
  };
}

/** Whether two states would be answered alike. */
export function isSameState(entry: DeviceEntry, state: DesiredState): boolean {
  return (
    entry.revision === state.revision &&
    entry.captureId === state.captureId &&
    entry.logRequestId === state.logRequestId &&
    entry.ahead === state.ahead &&
    entry.epoch === state.epoch &&
    entry.approved === (state.approval === 'approved')
  );
}
