import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { consequenceOf, type Failed } from './consequences.ts';
import { explainFailure, failureOfAnswer } from './explain-failure.ts';
import { createSend } from './send.ts';
import { signatureHeaders } from './sign.ts';
import { webhookTargets } from './targets.ts';

const anywhere = new URL('https://hooks.example.com/sluice');
const nothing = webhookTargets([]);
const signal = AbortSignal.timeout(60_000);

it('when the example of the specification is signed, its signature comes out', () => {
  const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestampS: 1_614_265_330, body: '{"test": 2432232314}' };
  expect(signatureHeaders(['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], message)).toEqual({
    'webhook-id': message.id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

const failed: Failed = {
  nowMs: Date.UTC(2026, 0, 5),
  code: 'STATUS',
  status: 500,
  retryAfterMs: undefined,
  attemptsBefore: 0,
  failuresBefore: 0,
  failingSince: null,
};
const consequence = (change: Partial<Failed>, fraction = 0.5) => consequenceOf({ ...failed, ...change }, { fraction: () => fraction });

it.each([0, 0.5, 0.999])(
  'when a receiver never answers, it is tried for about a day and a half, ever more rarely (jitter %d)',
  (fraction) => {
    let totalMs = 0;
    let lastMs = 0;
    for (let attempts = 0; ; attempts += 1) {
      const { nextAttemptAt } = consequence({ attemptsBefore: attempts }, fraction);
      if (nextAttemptAt === null) {
        expect(attempts).toBe(10);
        break;
      }
      const delayMs = nextAttemptAt.getTime() - failed.nowMs;
      expect(delayMs).toBeGreaterThan(lastMs);
      lastMs = delayMs;
      totalMs += delayMs;
    }
    expect(totalMs / 3_600_000).toBeGreaterThan(30);
    expect(totalMs / 3_600_000).toBeLessThan(40);
  },
);

it('when a receiver is down, it is left alone for a while; when it refuses one event, the others go on; what it asks for is kept', () => {
  const pauseOf = (change: Partial<Failed>) => (consequence(change).pausedUntil?.getTime() ?? failed.nowMs) - failed.nowMs;
  expect(pauseOf({ status: 400 })).toBe(0);
  expect(pauseOf({})).toBe(1_000);
  expect(pauseOf({ code: 'TIMEOUT', status: null, failuresBefore: 3 })).toBe(8_000);
  expect(pauseOf({ failuresBefore: 500 })).toBe(60_000);
  expect(pauseOf({ status: 429, retryAfterMs: 120_000 })).toBe(120_000);
  expect(pauseOf({ status: 503, retryAfterMs: 86_400_000 })).toBe(3_600_000);
  expect(consequence({ status: 503, retryAfterMs: 600_000 }).nextAttemptAt).toEqual(new Date(failed.nowMs + 600_000));
});

it('when a delivery is given up, its webhook is disabled only if nothing came through for days', () => {
  const given = (days: number) => consequence({ attemptsBefore: 10, failingSince: new Date(failed.nowMs - days * 86_400_000) });
  expect(given(2)).toMatchObject({ nextAttemptAt: null, disable: null });
  expect(given(3)).toMatchObject({ nextAttemptAt: null, disable: { code: 'failing', message: expect.stringContaining('2026-01-02') } });
  expect(consequence({ code: 'GONE', status: 410 })).toMatchObject({ nextAttemptAt: null, disable: { code: 'gone' } });
});

it('when a target is internal, it is permitted only as an allowed network or host; metadata never is; http only where it is allowed', () => {
  const targets = webhookTargets(['10.0.0.0/8', '192.168.1.7', 'hooks.plant', 'fd12::/16', '169.254.0.0/16']);
  const permits = (address: string, hostname = 'x.example', isEncrypted = true) => targets.permits(address, { hostname, isEncrypted });
  for (const address of ['10.1.2.3', '192.168.1.7', 'fd12::9', '::ffff:10.0.0.1', '8.8.8.8', '2606:4700::1111'])
    expect(permits(address), address).toBe(true);
  for (const address of [
    '127.0.0.1',
    '192.168.1.8',
    '::1',
    'fd13::9',
    '169.254.169.254',
    '::ffff:169.254.169.254',
    '100.64.0.1',
    'nonsense',
  ])
    expect(permits(address), address).toBe(false);
  expect(permits('127.0.0.1', 'Hooks.Plant')).toBe(true);
  expect(permits('169.254.169.254', 'hooks.plant')).toBe(false);
  expect([permits('8.8.8.8', 'x.example', false), permits('10.0.0.1', 'x.example', false)]).toEqual([false, true]);
  expect(nothing.permits('10.0.0.1', { hostname: 'x.example', isEncrypted: true })).toBe(false);
  for (const entry of ['10.0.0.0/99', 'http://x.example', 'a b', '-x']) expect(() => webhookTargets([entry]), entry).toThrow(TypeError);
});

it.each([
  [301, 'https://elsewhere.example.com/new?token=1', 'make it the address of this webhook'],
  [307, 'http://169.254.169.254/latest/meta-data/', 'an internal address: refused'],
  [302, 'http://[::ffff:127.0.0.1]:5432/', 'an internal address: refused'],
  [308, 'http://localhost:3400/api/v1', 'an internal address: refused'],
  [302, '/login', 'hooks.example.com/login'],
  [304, undefined, 'without saying where to'],
  [302, 'http://[', 'without saying where to'],
])('when a receiver answers %d to %s, that is a failure whose words name it: %s', (status, location, words) => {
  const failure = failureOfAnswer({ status, text: '', location, retryAfter: undefined }, anywhere, nothing);
  expect(failure).toMatchObject({ code: 'REDIRECTED', message: expect.stringContaining(words) });
  expect(failure?.message).not.toContain('token=1');
});

it.each([
  ['ENOTFOUND', 'NAME_UNKNOWN'],
  ['ECONNREFUSED', 'UNREACHABLE'],
  ['ECONNRESET', 'UNREACHABLE'],
  ['EHOSTUNREACH', 'UNREACHABLE'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'TLS_FAILED'],
  ['CERT_HAS_EXPIRED', 'TLS_FAILED'],
  ['HPE_INVALID_CONSTANT', 'ANSWER_MALFORMED'],
])('when a connection fails with %s, people are told %s', (code, told) => {
  expect(explainFailure(Object.assign(new Error('x'), { code }), anywhere)?.code).toBe(told);
  expect(explainFailure(new Error('what is this'), anywhere)).toBeUndefined();
});

it('when a name leads to an internal address as soon as it is asked again, nothing is connected to', async () => {
  let connections = 0;
  const internal = createServer(() => {
    connections += 1;
  });
  await new Promise<void>((resolve) => internal.listen(0, '127.0.0.1', resolve));
  const { port } = internal.address() as { port: number };
  // A rebinding name server: public for whoever checks first, internal for whoever connects.
  const send = createSend(nothing, (_name, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]));
  const message = { headers: {}, body: '{}' };
  for (const url of [
    `https://rebound.example.com:${port}/`,
    `https://127.0.0.1:${port}/`,
    `https://[::ffff:7f00:1]:${port}/`,
    `http://0x7f.1:${port}/`,
  ])
    await expect(send({ ...message, url }, signal), url).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' });
  expect(connections).toBe(0);
  await new Promise((resolve) => internal.close(resolve));
});
