import { CaptureError } from '@sluice/capture';
import type { GitRemoteErrorCode } from '@sluice/contracts';
import { SecretIntegrityError } from '@sluice/platform';
import { SnapshotError } from '@sluice/snapshot';
import { HistoryError, RemoteError } from '@sluice/vcs';

export type GitFailure = {
  code: GitRemoteErrorCode;
  /** What happened, why, and what to do. */
  message: string;
  /** Whether it is about what is on the branch: then the next push there may mend it. */
  isContent: boolean;
};

/** What a person reads of an attempt that failed. Undefined: nobody foresaw it; it is logged, and told as our own trouble. */
export function explainFailure(error: unknown): GitFailure | undefined {
  if (error instanceof RemoteError) return { code: error.code, message: error.message, isContent: false };
  if (error instanceof SnapshotError) {
    const where = error.pointer === '' ? '' : ` (at ${error.pointer})`;
    return { code: error.code, message: `${error.message}${where}`, isContent: true };
  }
  if (error instanceof CaptureError) {
    const places = error.errors.slice(0, 3).map(({ pointer, detail }) => `${pointer} ${detail}`);
    return { code: error.code, message: `${error.message} ${places.join('; ')}`.trim(), isContent: true };
  }
  if (error instanceof HistoryError && error.code === 'LAYOUT_MALFORMED')
    return {
      code: 'LAYOUT_MALFORMED',
      message: `${error.message} Mend the commit, or import from a branch with a flow file.`,
      isContent: true,
    };
  if (error instanceof SecretIntegrityError) {
    const message = 'The stored secrets do not open with the master key of this control plane. Set them again.';
    return { code: 'SECRET_UNREADABLE', message, isContent: false };
  }
  return undefined;
}

/** When nobody foresaw it. */
export const unforeseen: GitFailure = {
  code: 'INTERNAL',
  message: 'The control plane failed at this; its log says more. It tries again.',
  isContent: false,
};
