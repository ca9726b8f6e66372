import { describe, expect, it } from 'vitest';
import { createConnectionTracker } from './connection-tracker.ts';

const red = { fill: 'red', shape: 'ring', text: 'disconnected' };
const yellow = { fill: 'yellow', shape: 'ring', text: 'connecting' };
const green = { fill: 'green', shape: 'dot', text: 'connected' };

function setUp() {
  let now = 0;
  const nodes = new Map([['n1', { type: 'mqtt in', name: 'broker' }]]);
  const tracker = createConnectionTracker({ now: () => now, findNode: (id) => nodes.get(id) });
  return { tracker, nodes, pass: (ms: number) => (now += ms) };
}

describe('the tracker of connections', () => {
  it('when a node tries again and again, it has been down since the first time', () => {
    const { tracker, pass } = setUp();
    tracker.observe({ id: 'n1', status: red });
    for (const status of [yellow, red, yellow]) {
      pass(1_000);
      tracker.observe({ id: 'n1', status });
    }
    expect(tracker.list()).toMatchObject([{ state: 'connecting', since: new Date(0).toISOString(), nodeName: 'broker' }]);
    pass(1_000);
    tracker.observe({ id: 'n1', status: green });
    expect(tracker.list()).toMatchObject([{ state: 'connected', since: new Date(4_000).toISOString() }]);
  });

  it('when only the text changes, that is no change', () => {
    const { tracker } = setUp();
    expect(tracker.observe({ id: 'n1', status: green })).toBe(true);
    expect(tracker.observe({ id: 'n1', status: { ...green, text: 'connected again' } })).toBe(false);
  });

  it('when a node stops, its connection is gone', () => {
    const { tracker } = setUp();
    tracker.observe({ id: 'n1', status: green });
    expect(tracker.observe({ id: 'n1' })).toBe(true);
    expect(tracker.list()).toEqual([]);
  });

  it('when a node sets its status while it is being made, it is found afterwards', () => {
    const { tracker, nodes } = setUp();
    expect(tracker.observe({ id: 'n2', status: yellow })).toBe(false);
    nodes.set('n2', { type: 'modbus-read', name: 'plc' });
    expect(tracker.retryUnknown()).toBe(true);
    expect(tracker.list()).toMatchObject([{ nodeId: 'n2', state: 'connecting' }]);
  });
});
