import { type Static, Type } from 'typebox';
import { Closed, Timestamp, Uuid } from '../schema.ts';
import { OneOf } from '../states.ts';

/** The kinds of things whose changes are streamed. */
export const changeKinds = [
  'application',
  'snapshot',
  'release',
  'pipeline',
  'device',
  'group',
  'enrollment_code',
  'rollout',
  'deployment',
  'variable',
  'api_token',
  'policy_settings',
  'waiver',
  'git_remote',
  'freeze',
  'disruption_budget',
  'hold',
  'webhook',
  'promotion',
] as const;
export type ChangeKind = (typeof changeKinds)[number];

/**
 * One change, as `data` of a server-sent event named `change` on `GET …/events`; the event's id is the position to resume from (`Last-Event-ID`).
 * It tells *that* a thing changed, not what: read the thing again. An event named `reset` means that the position is too old: list again.
 * A comment line every 15 seconds shows that the link is alive.
 */
export const ChangeEvent = Closed({ position: Type.String(), kind: OneOf(changeKinds), id: Uuid, at: Timestamp });
export type ChangeEvent = Static<typeof ChangeEvent>;

/** One line of the ledger, for search. The hashed bytes are at `entry`, base64. */
export const LedgerEntryView = Closed({
  id: Uuid,
  at: Timestamp,
  actor: Type.String(),
  action: Type.String(),
  target: Closed({ kind: Type.String(), id: Type.String() }),
  reason: Type.Union([Type.String(), Type.Null()]),
  leaf: Type.String(),
  entry: Type.String(),
});
export type LedgerEntryView = Static<typeof LedgerEntryView>;
