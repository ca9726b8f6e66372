import type { RetentionPreview, RetentionSettings, SnapshotProtection } from '@sluice/contracts';
import {
  type ChangeContext,
  deleteSnapshot,
  getRetention,
  getSnapshotProtection,
  previewRetention,
  type RetentionChange,
  type Store,
  StoreError,
  setRetention,
} from '@sluice/store';
import { readLabelSelector } from '../../http/read-selector.ts';

export type PreviewPage = { cursor?: string; limit?: number };

export type RetentionService = {
  /** @throws StoreError NOT_FOUND */
  protection(organizationId: string, snapshotId: string): Promise<SnapshotProtection>;
  /** Deletes a snapshot that nothing protects. @throws StoreError NOT_FOUND; SnapshotProtectedError */
  deleteSnapshot(organizationId: string, snapshotId: string, context: ChangeContext): Promise<void>;
  /** `applicationId` null: the organization's. @throws StoreError NOT_FOUND */
  settings(organizationId: string, applicationId: string | null): Promise<RetentionSettings>;
  /** @throws StoreError NOT_FOUND, VERSION_STALE; ApiError SELECTOR_INVALID */
  change(organizationId: string, change: RetentionChange, context: ChangeContext): Promise<RetentionSettings>;
  /** What the next sweep would do. @throws StoreError NOT_FOUND, CURSOR_INVALID */
  preview(organizationId: string, applicationId: string, page: PreviewPage): Promise<RetentionPreview>;
};

const pageSize = 50;

/** Pages go by the snapshots' numbers: those of the next page are lower. */
function readCursor(cursor: string | undefined): number {
  if (cursor === undefined) return Number.POSITIVE_INFINITY;
  const number = Number(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new StoreError('CURSOR_INVALID', 'The cursor is not one that this list gave out: start again without it.');
}

/** Makes the module of retention: which snapshots stay, and why. */
export function createRetention({ store }: { store: Store }): RetentionService {
  return {
    protection: (organizationId, snapshotId) => getSnapshotProtection(store, organizationId, snapshotId, new Date(store.clock.now())),
    deleteSnapshot: (organizationId, snapshotId, context) =>
      store.transaction((tx) => deleteSnapshot(tx, organizationId, snapshotId, context)),
    settings: (organizationId, applicationId) => getRetention(store, organizationId, applicationId),
    change: async (organizationId, change, context) => {
      const keepSelector = change.policy?.keepSelector ?? null;
      if (keepSelector !== null) readLabelSelector(keepSelector, '/policy/keepSelector');
      return store.transaction((tx) => setRetention(tx, organizationId, change, context));
    },
    preview: async (organizationId, applicationId, { cursor, limit = pageSize }) => {
      const before = readCursor(cursor);
      const { policy, verdicts } = await previewRetention(store, organizationId, applicationId, new Date(store.clock.now()));
      const going = verdicts.filter(({ reasons }) => reasons.length === 0).length;
      const rest = verdicts.filter(({ facts }) => facts.number < before);
      const items = rest.slice(0, limit).map(({ facts, reasons }) => ({
        snapshotId: facts.id,
        number: facts.number,
        createdAt: facts.createdAt.toISOString(),
        goes: reasons.length === 0,
        reasons,
      }));
      const last = items.at(-1);
      const nextCursor = rest.length > limit && last !== undefined ? Buffer.from(String(last.number)).toString('base64url') : null;
      return { policy, going, staying: verdicts.length - going, items, nextCursor };
    },
  };
}
