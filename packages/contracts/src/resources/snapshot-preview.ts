import { type Static, Type } from 'typebox';
import { Closed, Digest } from '../schema.ts';
import { Snapshot } from './applications.ts';
import { SnapshotDifference } from './snapshot-diff.ts';

/**
 * `POST …/applications/{id}/snapshots/preview`: what a snapshot of this content would change against the newest one. The request is that of a
 * snapshot; nothing is kept.
 */
export const SnapshotPreview = Closed({
  digest: Digest,
  last: Type.Union([Snapshot, Type.Null()], { description: 'The newest snapshot; null when there is none, and everything is new.' }),
  isSame: Type.Boolean({ description: 'Whether the newest snapshot holds the same.' }),
  credentialsChanged: Type.Boolean({
    description: 'Whether credentials differ from those of the newest snapshot; which ones is not told.',
  }),
  diff: SnapshotDifference,
});
export type SnapshotPreview = Static<typeof SnapshotPreview>;
