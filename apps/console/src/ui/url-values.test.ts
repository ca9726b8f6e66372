import { describe, expect, it } from 'vitest';
import { parseDeviceFilters } from '../features/devices/filters.ts';
import { parseDeploymentFilters, parseRolloutFilters } from '../features/rollouts/filters.ts';

const id = '0197a0b0-0000-7000-8000-000000000001';

describe('parseDeviceFilters', () => {
  it('when every filter is set and valid, it keeps all', () => {
    const search = { search: 'ulm', health: 'unhealthy', connectivity: 'offline', approval: 'pending', groupId: id, releaseId: id };
    expect(parseDeviceFilters(search)).toEqual(search);
  });
  it('when values are foreign, it leaves them out, so that an edited address never asks the API for nonsense', () => {
    const search = {
      search: '   ',
      health: 'sick',
      connectivity: ['online'],
      approval: null,
      groupId: '1',
      releaseId: id.toUpperCase(),
      cursor: 'x',
    };
    expect(parseDeviceFilters(search)).toEqual({});
  });
  it('when the search is digits, which routers read as a number, it stays a text', () => {
    expect(parseDeviceFilters({ search: 42 })).toEqual({ search: '42' });
  });
  it('when the search is too long for the API, it is cut', () => {
    expect(parseDeviceFilters({ search: 'x'.repeat(500) }).search).toHaveLength(100);
  });
});

describe('parseRolloutFilters', () => {
  it('when the state and the flag are valid, it keeps them', () => {
    expect(parseRolloutFilters({ state: 'failed', active: true, stageId: id })).toEqual({ state: 'failed', active: true, stageId: id });
    expect(parseRolloutFilters({ active: 'false' })).toEqual({ active: false });
  });
  it('when they are not, it leaves them out', () => {
    expect(parseRolloutFilters({ state: 'verifying', active: 'yes' })).toEqual({});
  });
});

describe('parseDeploymentFilters', () => {
  it('when a wave is given as text or number, it is a number', () => {
    expect(parseDeploymentFilters({ waveIndex: '0', state: 'rolled_back' })).toEqual({ waveIndex: 0, state: 'rolled_back' });
    expect(parseDeploymentFilters({ waveIndex: 2 })).toEqual({ waveIndex: 2 });
  });
  it.each([-1, 1.5, '1e3', 'x', null])('when the wave is %j, it is left out', (waveIndex) => {
    expect(parseDeploymentFilters({ waveIndex })).toEqual({});
  });
});
