import { describe, expect, it } from 'vitest';

import { createLineLog } from './log.ts';
import { formatLogLine } from './log-format.ts';
import { createLogger } from './logger.ts';
import { isSecretName, REDACTED, redactFields, redactUrls } from './redact.ts';

describe('isSecretName', () => {
  it.each([
    'password',
    'newPassword',
    'SLUICE_MASTER_KEY',
    'sessionToken',
    'set-cookie',
    'authorization',
    'credentials',
    'signInLink',
    'privateKey',
  ])('when a field is named %s, it is secret', (name) => expect(isSecretName(name)).toBe(true));
  it.each(['tokenId', 'publicKey', 'keyId', 'symlink', 'passed', 'secretCount'])('when a field is named %s, it is not', (name) =>
    expect(isSecretName(name)).toBe(false),
  );
});

describe('redactFields', () => {
  it('when secrets lie deep or in lists, they are masked and the rest stays', () => {
    const shown = redactFields({ a: { b: [{ token: 'abc', port: 1 }] }, password: null, hasToken: true });
    expect(shown).toEqual({ a: { b: [{ token: REDACTED, port: 1 }] }, password: null, hasToken: true });
  });

  it('when an object refers to itself, it ends', () => {
    const loop: Record<string, unknown> = { name: 'loop' };
    loop['self'] = loop;
    expect(JSON.stringify(redactFields(loop))).toContain('too deep');
  });

  it('when a URL holds a password, only the password is masked', () => {
    expect(redactUrls('postgres://sluice:hunter2@db:5432/x and https://example.test/a')).toBe(
      `postgres://sluice:${REDACTED}@db:5432/x and https://example.test/a`,
    );
  });
});

function capture() {
  const lines: string[] = [];
  return { lines, stream: { write: (line: string) => void lines.push(line) } };
}

describe.each([
  { name: 'createLogger', create: (write: (line: string) => void) => createLogger({ name: 'api', stream: { write } }) },
  { name: 'createLineLog', create: (write: (line: string) => void) => createLineLog({ name: 'api', now: () => 0, write }) },
])('$name', ({ create }) => {
  it('when a line is logged, it is one JSON object with level, name, message and fields, secrets masked', () => {
    const { lines, stream } = capture();
    create(stream.write).info({ port: 3400, request: { token: 'abc' } }, 'listening');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'info',
      name: 'api',
      msg: 'listening',
      port: 3400,
      request: { token: REDACTED },
    });
  });

  it('when an error is logged, its message and stack are in the line', () => {
    const { lines, stream } = capture();
    create(stream.write).error({ err: new TypeError('boom') }, 'failed');
    expect(JSON.parse(lines[0] ?? '').err).toMatchObject({ type: 'TypeError', message: 'boom', stack: expect.stringContaining('boom') });
  });

  it('when a line is below the level, nothing is written', () => {
    const { lines, stream } = capture();
    create(stream.write).debug({}, 'noise');
    expect(lines).toEqual([]);
  });
});

describe('createLogger for people', () => {
  it('when it is pretty, a line has no JSON and shows fields and stack', () => {
    const { lines, stream } = capture();
    const logger = createLogger({ name: 'api', stream, pretty: true });
    logger.child({ deviceId: 'd1' }).error({ err: new Error('boom'), password: 'abc' }, 'failed');
    expect(lines[0]).toContain('api: failed');
    expect(lines[0]).toContain('deviceId=d1');
    expect(lines[0]).toContain('Error: boom');
    expect(lines[0]).toContain(`password=${REDACTED}`);
    expect(lines[0]).not.toContain('{');
  });

  it('when a line is not JSON, it stays as it is', () => {
    expect(formatLogLine('hello\n')).toBe('hello\n');
  });
});
