import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { captureFlows } from './capture.ts';

const key = Buffer.alloc(32, 4);
const request = { type: 'capture', id: '1', key: key.toString('base64') } as const;
const hmac = (text: string): string => createHmac('sha256', key).update(text).digest('hex');
const flows = [{ id: 'a', type: 'x' }, { id: 'b', type: 'y' }, { id: 'c', type: 'z' }, null];
const credentials: Record<string, unknown> = { a: { user: 'ü', list: [1, { z: null, b: 'secret' }] }, b: {} };

describe('captureFlows', () => {
  it('when flows run, it tells them and fingerprints of credentials in a form that does not depend on the order of members', async () => {
    const answer = await captureFlows(request, {
      flows: { getFlows: async () => ({ flows, rev: 'r' }) },
      credentialsOf: (id) => credentials[id],
      runtimeVersion: '5.0.7',
    });
    const fingerprints = { a: hmac('{"list":[1,{"b":"secret","z":null}],"user":"ü"}') };
    expect(answer).toEqual({ type: 'captured', id: '1', flows, runtimeVersion: '5.0.7', fingerprints });
  });

  it.each([
    ['are not loaded yet', async () => null],
    ['cannot be read', () => Promise.reject(new Error('no'))],
  ])('when flows %s, it says so', async (_what, getFlows) => {
    const answer = await captureFlows(request, { flows: { getFlows }, credentialsOf: () => undefined, runtimeVersion: '5.0.7' });
    expect(answer).toMatchObject({ type: 'capture_failed', id: '1' });
  });
});
