import { describe, expect, it } from 'vitest';
import { connectionState } from './connection-state.ts';

describe('what a node status says about a connection', () => {
  it.each([
    // Core nodes.
    ['mqtt in', { fill: 'green', shape: 'dot', text: 'node-red:common.status.connected' }, 'connected'],
    ['mqtt out', { fill: 'yellow', shape: 'ring', text: 'node-red:common.status.connecting' }, 'connecting'],
    ['mqtt in', { fill: 'red', shape: 'ring', text: 'node-red:common.status.disconnected' }, 'disconnected'],
    ['tcp in', { fill: 'grey', shape: 'dot', text: 'common.status.connecting' }, 'connecting'],
    ['tcp request', { fill: 'grey', shape: 'ring', text: 'common.status.disconnected' }, 'disconnected'],
    ['http request', { fill: 'red', shape: 'ring', text: 'ECONNREFUSED' }, 'disconnected'],
    ['http request', { fill: 'blue', shape: 'dot', text: 'httpin.status.requesting' }, 'unknown'],
    ['http request', {}, 'unknown'],
    // Modbus 5.23.3, as seen.
    ['modbus-read', { fill: 'green', shape: 'dot', text: 'active ( 500 ms ) ' }, 'connected'],
    ['modbus-read', { fill: 'yellow', shape: 'ring', text: 'reconnecting after 1000 msec.' }, 'connecting'],
    ['modbus-read', { fill: 'yellow', shape: 'ring', text: 'broken' }, 'disconnected'],
    ['modbus-read', { fill: 'yellow', shape: 'ring', text: 'failure' }, 'disconnected'],
    ['modbus-read', { fill: 'blue', shape: 'ring', text: 'waiting ...' }, 'connecting'],
    ['modbus-read', { fill: 'red', shape: 'ring', text: 'timeout' }, 'disconnected'],
    // Contributed nodes nobody has told us about.
    ['acme-plc', { fill: 'red', shape: 'ring', text: 'not connected' }, 'disconnected'],
    ['acme-plc', { fill: 'grey', shape: 'dot', text: 'Connected to 10.0.0.1' }, 'connected'],
    ['acme-sensor', { fill: 'red', shape: 'dot', text: 'temperature high' }, undefined],
    // Nodes that show values, whatever they look like.
    ['function', { fill: 'red', shape: 'dot', text: 'disconnected' }, undefined],
    ['switch', { fill: 'red', text: 'error' }, undefined],
    ['ui_text', { fill: 'red', text: 'disconnected' }, undefined],
    ['exec', { fill: 'red', text: 'error' }, undefined],
    ['modbus-read', { fill: 'green', text: 17 }, 'connected'],
  ] as const)('when a %s shows %o, it is %s', (type, status, expected) => {
    expect(connectionState(type, status)).toBe(expected);
  });
});
