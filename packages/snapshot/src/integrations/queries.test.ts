import { describe, expect, it } from 'vitest';
import type { FlowNode } from '../flows/flow-node.ts';
import { integrationsOf } from './integration-map.ts';
import { endpointsOf, whatTalksTo } from './queries.ts';

const broker = (host: string): FlowNode[] => [
  { id: 'b', type: 'mqtt-broker', broker: host, port: '1883' },
  { id: 'n', type: 'mqtt in', broker: 'b', topic: 'a', x: 1, y: 1 },
];
const maps = new Map([
  ['line-1', integrationsOf(broker('Broker.plant'))],
  ['line-2', integrationsOf(broker('other'))],
  ['line-3', integrationsOf([{ id: 'f', type: 'file', filename: '/data/log.csv', x: 1, y: 1, d: true }])],
]);
const owners = (wanted: string) => whatTalksTo(maps, wanted).map(({ owner }) => owner);

describe('whatTalksTo', () => {
  it.each(['mqtt://broker.plant:1883', 'mqtt://broker.plant:1883/', 'broker.plant:1883', 'BROKER.PLANT'])(
    'when asked for %s, it finds who',
    (wanted) => {
      expect(owners(wanted)).toEqual(['line-1']);
    },
  );
  it('when asked for a file, it finds who, also who is disabled', () => {
    expect(owners('/data/log.csv')).toEqual(['line-3']);
  });
  it('when asked for a part of a name or nothing, it finds nobody', () => {
    expect([owners('broker'), owners(''), owners('plant')]).toEqual([[], [], []]);
  });
});

describe('endpointsOf', () => {
  it('when not asked for idle ones, it leaves them out', () => {
    const map = integrationsOf([{ id: 'f', type: 'file', filename: '/data/log.csv', x: 1, y: 1, d: true }]);
    expect(endpointsOf(map)).toEqual([]);
    expect(endpointsOf(map, { idle: true })).toHaveLength(1);
  });
});
