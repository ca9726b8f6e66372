import { checkPolicies, type Finding, type PolicyOptions, type PolicySnapshot, parseFlows } from '@sluice/snapshot';

/** A snapshot as it is stored, with what the rules are told besides. Plain data, so that a thread can be given it. */
export type FindTask = { flows: Uint8Array; snapshot: Omit<PolicySnapshot, 'flows'>; options: PolicyOptions };

/** Looks for what breaks the rules. @throws PolicyError, SnapshotError */
export function find({ flows, snapshot, options }: FindTask): Finding[] {
  return checkPolicies({ ...snapshot, flows: parseFlows(flows).flows }, options);
}
