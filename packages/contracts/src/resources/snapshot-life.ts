import { type Static, Type } from 'typebox';
import { PageQuery } from '../paging.ts';
import { Closed, Digest, Labels, Name, Timestamp, Uuid } from '../schema.ts';
import { OneOf } from '../states.ts';

/** Labels that something must have: `line=3,reviewed,site!=ulm,!draft`; all requirements hold. A bad one is refused with SELECTOR_INVALID. */
export const LabelSelector = Type.String({
  minLength: 1,
  maxLength: 1000,
  description: 'Requirements on labels, all of which hold, in the syntax of the selectors of groups: `key=value`, `key in (a,b)`, `!key`.',
});

/** `GET …/applications/:id/snapshots`. */
export const SnapshotQuery = Closed({ ...PageQuery.properties, selector: Type.Optional(LabelSelector) });
export type SnapshotQuery = Static<typeof SnapshotQuery>;

/** `PATCH …/snapshots/:id`: the labels, and nothing else: what was captured never changes. */
export const UpdateSnapshotRequest = Closed({ labels: Labels });
export type UpdateSnapshotRequest = Static<typeof UpdateSnapshotRequest>;

/**
 * Why a snapshot stays. The first eight protect it from being deleted; the others are what the retention policy says.
 * - `desired`: devices are told to run one of its releases. `running`: they say that they do. `previous`: they can go back to it.
 * - `rollout`: a rollout that is not over needs it. `stage`: it is what a stage was last given with success.
 * - `ledger`: it was deployed, and the ledger's retention has not passed. `label`: it is labelled `keep`. `newest`: of its application.
 */
export const stayReasons = [
  'desired',
  'running',
  'previous',
  'rollout',
  'stage',
  'ledger',
  'label',
  'newest',
  'among_newest',
  'young',
  'selected',
] as const;
export type StayReasonCode = (typeof stayReasons)[number];

export const StayReason = Closed({
  code: OneOf(stayReasons),
  detail: Type.String({ description: 'The same as a sentence, with the numbers and names.' }),
  /** With desired, running and previous. */
  devices: Type.Optional(Type.Integer({ minimum: 1 })),
  rolloutIds: Type.Optional(Type.Array(Uuid, { description: 'Ten at most.' })),
  stageIds: Type.Optional(Type.Array(Uuid)),
  until: Type.Optional(Timestamp),
});
export type StayReason = Static<typeof StayReason>;

const ReleaseThatGoes = Closed({ id: Uuid, name: Name, counter: Type.Integer(), digest: Digest });

/** `GET …/snapshots/:id/protection`: whether the snapshot can be deleted, and what would go with it. */
export const SnapshotProtection = Closed({
  snapshotId: Uuid,
  number: Type.Integer(),
  isProtected: Type.Boolean(),
  reasons: Type.Array(StayReason),
  releases: Type.Array(ReleaseThatGoes, { description: 'Its releases: they go together with it.' }),
});
export type SnapshotProtection = Static<typeof SnapshotProtection>;

/** What the retention sweep deletes: everything that no rule keeps and nothing protects. */
export const RetentionPolicy = Closed({
  isEnabled: Type.Boolean({ description: 'False: nothing is deleted; the preview still says what would be.' }),
  keepNewest: Type.Integer({ minimum: 1, maximum: 100_000, description: 'So many snapshots of the application stay.' }),
  keepDays: Type.Integer({ minimum: 0, maximum: 36_500, description: 'Younger ones stay.' }),
  keepSelector: Type.Union([LabelSelector, Type.Null()], { description: 'Snapshots with such labels stay.' }),
  ledgerDays: Type.Integer({
    minimum: 0,
    maximum: 36_500,
    description: 'What was ever deployed stays for so long after its last rollout, whatever else is said.',
  }),
});
export type RetentionPolicy = Static<typeof RetentionPolicy>;

/** What holds until somebody says otherwise: nothing is deleted, and what was deployed is kept for ten years. */
export const defaultRetentionPolicy: RetentionPolicy = {
  isEnabled: false,
  keepNewest: 100,
  keepDays: 90,
  keepSelector: null,
  ledgerDays: 3650,
};

/** `GET …/retention`. `version` is that of this level's own policy, 0 when it has none: send it back as If-Match. */
export const RetentionSettings = Closed({
  policy: RetentionPolicy,
  source: OneOf(['application', 'organization', 'default'] as const),
  version: Type.Integer({ minimum: 0 }),
});
export type RetentionSettings = Static<typeof RetentionSettings>;

/** `PUT …/retention`. Null: no policy of its own; that of the organization, else the default, holds. */
export const SetRetentionRequest = Closed({ policy: Type.Union([RetentionPolicy, Type.Null()]) });
export type SetRetentionRequest = Static<typeof SetRetentionRequest>;

const RetentionVerdict = Closed({
  snapshotId: Uuid,
  number: Type.Integer(),
  createdAt: Timestamp,
  goes: Type.Boolean(),
  reasons: Type.Array(StayReason),
});
export type RetentionVerdict = Static<typeof RetentionVerdict>;

/** `GET …/retention/preview`: what the next sweep does with each snapshot, newest first. */
export const RetentionPreview = Closed({
  policy: RetentionPolicy,
  going: Type.Integer({ description: 'Of all snapshots of the application, not only of this page.' }),
  staying: Type.Integer(),
  items: Type.Array(RetentionVerdict),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
});
export type RetentionPreview = Static<typeof RetentionPreview>;
