import { changeKinds } from '@sluice/contracts';
import type { QueryKey } from '@tanstack/react-query';
import { describe, expect, it } from 'vitest';
import { keys } from '../api/keys.ts';
import { deviceListQuery, deviceQuery, fewRolloutsQuery, rolloutDeploymentsQuery, rolloutQuery } from '../api/queries.ts';
import { affectedBy } from './affected.ts';

const o = 'organization-1';

function isBelow(key: QueryKey, prefix: QueryKey): boolean {
  return prefix.every((part, index) => part === key[index]);
}

function touches(kind: (typeof changeKinds)[number], id: string, key: QueryKey): boolean {
  return affectedBy(o, { kind, id }).some((affected) => isBelow(key, affected.key));
}

describe('affectedBy', () => {
  it('when a device changes, its page, every device list and the summary are stale', () => {
    expect(touches('device', 'd1', deviceQuery(o, 'd1').queryKey)).toBe(true);
    expect(touches('device', 'd1', keys.deviceTimeline(o, 'd1'))).toBe(true);
    expect(touches('device', 'd1', keys.deviceDeployments(o, 'd1'))).toBe(true);
    expect(touches('device', 'd1', deviceListQuery(o, { health: 'unhealthy' }).queryKey)).toBe(true);
    expect(touches('device', 'd1', keys.fleetSummary(o))).toBe(true);
  });

  it('when a device changes, other devices and all rollouts stay as they are', () => {
    expect(touches('device', 'd1', deviceQuery(o, 'd2').queryKey)).toBe(false);
    expect(touches('device', 'd1', rolloutQuery(o, 'd1').queryKey)).toBe(false);
    expect(touches('device', 'd1', fewRolloutsQuery(o, { active: true }, 10).queryKey)).toBe(false);
  });

  it('when a rollout changes, its page, its deployments and the lists are stale, other rollouts are not', () => {
    expect(touches('rollout', 'r1', rolloutQuery(o, 'r1').queryKey)).toBe(true);
    expect(touches('rollout', 'r1', rolloutDeploymentsQuery(o, 'r1', { state: 'failed' }).queryKey)).toBe(true);
    expect(touches('rollout', 'r1', fewRolloutsQuery(o, { active: true }, 10).queryKey)).toBe(true);
    expect(touches('rollout', 'r1', rolloutQuery(o, 'r2').queryKey)).toBe(false);
  });

  it('when another organization is meant, nothing of this one is stale', () => {
    const other = affectedBy('organization-2', { kind: 'device', id: 'd1' });
    expect(other.some(({ key }) => isBelow(deviceQuery(o, 'd1').queryKey, key))).toBe(false);
  });

  it('when any kind of the contract changes, it never makes the whole organization stale', () => {
    for (const kind of changeKinds) {
      for (const { key } of affectedBy(o, { kind, id: 'x' })) expect(key.length, kind).toBeGreaterThan(keys.organization(o).length);
    }
  });

  it('when a kind is unknown, it does nothing', () => {
    expect(affectedBy(o, { kind: 'satellite' as never, id: 'x' })).toEqual([]);
  });
});
