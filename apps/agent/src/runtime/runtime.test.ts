import { createDecipheriv, createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { crashPolicyDefault, isCrashLoop, noteCrash, restartDelayMs } from './crash-policy.ts';
import { encryptCredentials } from './node-red/credentials.ts';
import { settingsText } from './node-red/settings.ts';

describe('credentials for Node-RED', () => {
  it('when they are encrypted, the text is the one that Node-RED 5 was seen to read', () => {
    const iv = Uint8Array.from({ length: 16 }, (_, index) => index);
    expect(encryptCredentials({ n1: { user: 'a', password: 'pé' } }, 'device-secret-1', () => iv)).toEqual({
      $: '000102030405060708090a0b0c0d0e0fB9jEOD75dwy3QykFpaSKMVy36jj5mp6xnnc9m1DdCG7DOZqx',
    });
  });
  it('when they are decrypted, they are what went in', () => {
    const { $ } = encryptCredentials({ n: { token: 't' } }, 's', (size) => new Uint8Array(size));
    const decipher = createDecipheriv('aes-256-ctr', createHash('sha256').update('s').digest(), Buffer.from($.slice(0, 32), 'hex'));
    expect(decipher.update($.slice(32), 'base64', 'utf8') + decipher.final('utf8')).toBe('{"n":{"token":"t"}}');
  });
});

describe('settings for Node-RED', () => {
  const text = (release: Record<string, unknown>): string =>
    settingsText({
      host: '127.0.0.1',
      port: 1880,
      userDirectory: '/agent/data',
      flowFile: '/agent/flows.json',
      credentialSecret: 'secret',
      probeFolder: '/agent/probe',
      release,
    });
  it('when the release has settings of its own, they are kept, but not those that are the agent’s to decide', () => {
    const release = { httpNodeRoot: '/api', uiHost: '0.0.0.0', httpAdminRoot: '/', userDir: '/etc', storageModule: 'x', readOnly: false };
    const module: { exports?: Record<string, unknown> } = {};
    new Function('module', text(release))(module);
    expect(module.exports).toMatchObject({
      httpNodeRoot: '/api',
      uiHost: '127.0.0.1',
      httpAdminRoot: false,
      userDir: '/agent/data',
      readOnly: true,
      nodesDir: ['/agent/probe'],
    });
    expect(module.exports).not.toHaveProperty('storageModule');
  });
});

describe('a runtime that keeps ending', () => {
  const random = { fraction: () => 1 };
  it('when it ends for the first time, it is started again at once, then later and later', () => {
    let history: readonly number[] = [];
    const delays = [1, 2, 3, 4, 5].map((now) => {
      history = noteCrash(history, now, crashPolicyDefault);
      return restartDelayMs(history, random);
    });
    expect(delays).toEqual([0, 1_000, 2_000, 4_000, 8_000]);
    expect(isCrashLoop(history, crashPolicyDefault)).toBe(true);
  });
  it('when the ends lie far apart, it is no loop', () => {
    let history: readonly number[] = [];
    for (let count = 0; count < 20; count += 1) history = noteCrash(history, count * crashPolicyDefault.windowMs, crashPolicyDefault);
    expect(history).toHaveLength(1);
  });
});
