import { seededRandom } from '@sluice/platform/testing';
import { describe, expect, it } from 'vitest';
import { createRedaction, secretsOf } from './redact.ts';

const variables = [
  { name: 'HOST', secret: false },
  { name: 'LEVEL', secret: false, default: 'info' },
  { name: 'ON', secret: false },
  { name: 'PIN', secret: true },
  { name: 'KEY', secret: false },
];
const key = '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIH\nqNfyGsUnqsZyMr/+8c==\n-----END PRIVATE KEY-----';
const environment = { HOST: 'broker.plant', LEVEL: 'info', ON: 'true', PIN: '42', KEY: key };
const credentials = { n1: { user: 'sa', password: 'p"w\\d $1 (x' }, n2: { nested: [{ token: 'abcdefgh' }], port: 12345 } };
const redact = createRedaction(secretsOf({ environment, credentials }, variables));

describe('createRedaction', () => {
  it('when a line holds values of the device, their names stand there instead, also for parts of keys', () => {
    expect(redact('[info] Connected to mqtt://broker.plant:1883')).toBe('[info] Connected to mqtt://[variable HOST]:1883');
    expect(redact('ok MC4CAQAwBQYDK2VwBCIEIH ok')).toBe('ok [variable KEY] ok');
    expect(redact('pin 42, 420 true')).toBe('pin [variable PIN], 420 true');
    expect(redact('sa said, also usage')).toBe('[credential user] said, also usage');
    expect(redact('port=12345')).toBe('port=[credential port]');
  });

  it('when tokens or addresses with users stand in a line, they are taken out though nobody declared them', () => {
    expect(redact('authorization: Bearer eyJhbGciOi.J9x_-1')).toBe('authorization: Bearer [token]');
    expect(redact('GET https://kim:hunter2@plc/x')).toBe('GET https://[user]@plc/x');
  });

  it('when any secret is written in any of the forms that logs use, it is not in the line any more', () => {
    const random = seededRandom(7);
    const alphabet = [...'abcXYZ019 "\\$^*()[]{}|/+?&%üß😀\n'];
    const forms = [
      (value: string) => value,
      (value: string) => JSON.stringify({ value }),
      (value: string) => JSON.stringify(JSON.stringify({ value })),
      encodeURIComponent,
      (value: string) => Buffer.from(value).toString('base64'),
      (value: string) => Buffer.from(value).toString('hex'),
    ];
    for (let run = 0; run < 200; run += 1) {
      const length = 8 + Math.floor(random.fraction() * 24);
      const value = Array.from({ length }, () => alphabet[Math.floor(random.fraction() * alphabet.length)]).join('');
      const clean = createRedaction(secretsOf({ environment: { S: value }, credentials: {} }, [{ name: 'S', secret: true }]));
      for (const form of forms) {
        const shown = form(value);
        const line = clean(`before ${shown} after`);
        expect(line).toMatch(/^before .*\[variable S\].* after$/s);
        expect(line).not.toContain(value);
      }
    }
  });
});
