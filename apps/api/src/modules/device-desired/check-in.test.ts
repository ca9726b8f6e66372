import type { IncomingMessage, ServerResponse } from 'node:http';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DeviceSession } from '../device-identity/sessions.ts';
import { createCheckIn } from './check-in.ts';
import { createDeviceEntry, type DeviceEntry } from './device-entry.ts';

const now = 1_000;
let cached: DeviceEntry | undefined;
let session: DeviceSession | undefined;
let touched: string[];
let answers: { status: number; headers: string[] }[];

const entryOf = (over: { revision?: number; epoch?: number; approval?: 'approved' | 'revoked' } = {}): DeviceEntry => ({
  ...createDeviceEntry(
    {
      deviceId: 'd',
      organizationId: 'o',
      approval: 'approved',
      epoch: 1,
      revision: 5,
      captureId: null,
      logRequestId: null,
      ahead: false,
      ...over,
    },
    1_000,
  ),
  live: true,
});

beforeEach(() => {
  [touched, answers] = [[], []];
  cached = entryOf();
  session = { deviceId: 'd', organizationId: 'o', epoch: 1, expiresAtMs: now + 1, entry: undefined };
});

function ask(headers: Record<string, string> = {}): boolean {
  const checkIn = createCheckIn({
    sessions: { known: () => session, verify: () => expect.unreachable() },
    cache: { peek: () => cached },
    presence: { touch: (entry) => void touched.push(entry.deviceId) },
    clock: { now: () => now },
    onAnswered: () => undefined,
  });
  const request = { headers: { authorization: 'Bearer t', 'if-none-match': '"5"', ...headers } } as Partial<IncomingMessage>;
  const response = {
    writeHead: (status: number, given: string[]) => void answers.push({ status, headers: given }),
    end: () => undefined,
  } as unknown as ServerResponse;
  return checkIn(request as IncomingMessage, response);
}

describe('createCheckIn', () => {
  it('when nothing is new, it answers 304 with the tag and the next interval, and notes that the device was here', () => {
    expect(ask()).toBe(true);
    expect(answers).toEqual([{ status: 304, headers: expect.arrayContaining(['etag', '"5"', 'sluice-poll-after-ms']) }]);
    expect(touched).toEqual(['d']);
  });

  it('when the entry it remembers has left the cache, it looks for the one that took its place', () => {
    expect(ask()).toBe(true);
    if (cached !== undefined) cached.live = false;
    cached = entryOf({ revision: 6 });
    expect(ask()).toBe(false);
    expect(ask({ 'if-none-match': '"6"' })).toBe(true);
  });

  it.each<[string, () => boolean]>([
    ['the revision is another one', () => ask({ 'if-none-match': '"4"' })],
    ['the client is ready to wait', () => ask({ prefer: 'wait=5' })],
    [
      'the device is not in memory',
      () => {
        cached = undefined;
        return ask();
      },
    ],
    [
      'the token was not verified before',
      () => {
        session = undefined;
        return ask();
      },
    ],
    [
      'the token has expired',
      () => {
        if (session !== undefined) session = { ...session, expiresAtMs: now };
        return ask();
      },
    ],
    [
      'the epoch has moved on',
      () => {
        cached = entryOf({ epoch: 2 });
        return ask();
      },
    ],
    [
      'the device is approved no more',
      () => {
        cached = entryOf({ approval: 'revoked' });
        return ask();
      },
    ],
  ])('when %s, it leaves the request to the route and does nothing', (_reason, act) => {
    expect(act()).toBe(false);
    expect([answers, touched]).toEqual([[], []]);
  });
});
