import { canonicalJson } from '@sluice/trust';
import type { LedgerAction } from './actions.ts';

/** Plain JSON data. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [name: string]: JsonValue };

export const actorKinds = ['person', 'token', 'device', 'system'] as const;
export type ActorKind = (typeof actorKinds)[number];

/** How an actor proved who it is. `internal`: the control plane acted by itself. */
export const authenticationMethods = [
  'password',
  'sign_in_link',
  'session',
  'api_token',
  'device_key',
  'device_token',
  'enrollment_code',
  'internal',
] as const;
export type AuthenticationMethod = (typeof authenticationMethods)[number];

/** Who did it. `name` is the printed name at that time, `session` and `address` say from where. */
export type LedgerActor = {
  kind: ActorKind;
  id: string;
  name: string;
  method: AuthenticationMethod;
  session?: string;
  address?: string;
};

export const targetKinds = [
  'organization',
  'person',
  'token',
  'application',
  'snapshot',
  'git_remote',
  'webhook',
  'release',
  'release_signer',
  'pipeline',
  'stage',
  'policy',
  'promotion',
  'policy_settings',
  'advisory_file',
  'waiver',
  'enrollment_code',
  'device',
  'group',
  'variable',
  'rollout',
  'wave',
  'deployment',
  'freeze',
  'disruption_budget',
  'hold',
  'retention',
  'encryption_key',
] as const;
export type TargetKind = (typeof targetKinds)[number];

/** What it was done to. */
export type LedgerTarget = { kind: TargetKind; id: string; name?: string };

/**
 * One record of the ledger. `time` is the server's, in UTC. `before` and `after` are the values, or digests where the values are secret or large;
 * a change of many devices at once is one entry that lists them there. Secrets never stand in an entry: it cannot be erased.
 */
export type LedgerEntry = {
  version: 1;
  organizationId: string;
  time: string;
  actor: LedgerActor;
  action: LedgerAction;
  target: LedgerTarget;
  before?: JsonValue;
  after?: JsonValue;
  reason?: string;
  requestId?: string;
  rolloutId?: string;
};

/** The control plane itself, for what it does without being asked. */
export const systemActor: LedgerActor = { kind: 'system', id: 'sluice', name: 'Sluice', method: 'internal' };

/**
 * The exact bytes that are hashed and stored: canonical JSON (RFC 8785). Store these; a jsonb copy beside them is for search only.
 * @throws {TrustError} MALFORMED when the entry holds what JSON cannot (such as `undefined` or a lone surrogate)
 */
export function entryBytes(entry: LedgerEntry): Uint8Array {
  return canonicalJson(entry);
}
