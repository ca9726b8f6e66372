import { describe, expect, it } from 'vitest';

import { ConfigurationError, choice, flag, integer, optional, readConfiguration, text, url } from './configuration.ts';
import { REDACTED } from './redact.ts';

const fields = {
  port: integer('SLUICE_PORT', { default: 3400, min: 0, max: 65_535 }),
  level: choice('SLUICE_LOG_LEVEL', ['info', 'debug'], { default: 'info' }),
  databaseUrl: optional(url('DATABASE_URL', ['postgres', 'postgresql'])),
  masterKey: text('SLUICE_MASTER_KEY', { secret: true }),
  secureCookies: flag('SLUICE_SECURE_COOKIES', { default: false }),
};

describe('readConfiguration', () => {
  it('when variables are set, it returns typed values and otherwise the defaults', () => {
    const { values } = readConfiguration(fields, { SLUICE_PORT: '80', SLUICE_MASTER_KEY: 'abc', SLUICE_SECURE_COOKIES: '1' });
    expect(values).toEqual({ port: 80, level: 'info', databaseUrl: undefined, masterKey: 'abc', secureCookies: true });
  });

  it('when several variables are wrong, one error names them all', () => {
    const read = () =>
      readConfiguration(fields, { SLUICE_PORT: '70000', SLUICE_LOG_LEVEL: 'loud', DATABASE_URL: 'mysql://x', SLUICE_SECURE_COOKIES: 'ja' });
    expect(read).toThrow(ConfigurationError);
    try {
      read();
    } catch (error) {
      const problems = error instanceof ConfigurationError ? error.problems.map(({ variable }) => variable) : [];
      expect(problems).toEqual(['SLUICE_PORT', 'SLUICE_LOG_LEVEL', 'DATABASE_URL', 'SLUICE_MASTER_KEY', 'SLUICE_SECURE_COOKIES']);
    }
  });

  it('when a wrong value is a secret, the error does not show it', () => {
    const secretNumber = { pin: integer('SLUICE_PIN', { secret: true }) };
    expect(() => readConfiguration(secretNumber, { SLUICE_PIN: 'hunter2' })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('hunter2') }),
    );
  });

  it('when it is printed, secrets and passwords in URLs are masked', () => {
    const { printable } = readConfiguration(fields, { SLUICE_MASTER_KEY: 'abc', DATABASE_URL: 'postgres://u:hunter2@db/x' });
    expect(printable).toEqual({
      SLUICE_PORT: '3400',
      SLUICE_LOG_LEVEL: 'info',
      DATABASE_URL: `postgres://u:${REDACTED}@db/x`,
      SLUICE_MASTER_KEY: REDACTED,
      SLUICE_SECURE_COOKIES: 'false',
    });
  });

  it.each(['12a', '1.5', '', ' ', '1e3'])('when a number is written %j, it is refused', (raw) => {
    expect(() => readConfiguration({ n: integer('N') }, { N: raw })).toThrow(ConfigurationError);
  });

  it('when a variable is empty, it counts as not set', () => {
    expect(readConfiguration({ n: integer('N', { default: 5 }), t: optional(text('T')) }, { N: '', T: '' }).values).toEqual({
      n: 5,
      t: undefined,
    });
  });
});
