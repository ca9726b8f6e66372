import { describe, expect, it } from 'vitest';

import { createAptInstall, type Machine, provideChromium, provideRedis } from './system-packages.ts';

type Setup = { root?: boolean; ci?: boolean; programs: string[]; brings?: Record<string, string>; failing?: string[] };

/** A machine with these programs, on which apt-get brings further ones. */
function machine({ root = false, ci = false, programs, brings = {}, failing = [] }: Setup) {
  const present = new Set(programs);
  const calls: string[] = [];
  const value: Machine = {
    environment: { PATH: '/usr/bin', ...(ci ? { CI: 'true' } : {}) },
    isRoot: root,
    isExecutable: (path) => present.has(path),
    run: async (command, args) => {
      const call = [command, ...args].join(' ');
      calls.push(call);
      if (failing.some((text) => call.includes(text))) return { exitCode: 1, output: 'no' };
      const brought = brings[args.at(-1) ?? ''];
      if (brought !== undefined) present.add(brought);
      return { exitCode: 0, output: '' };
    },
  };
  return { value, calls, apt: createAptInstall(value) };
}

describe('provideRedis', () => {
  it('when it is there, its path is returned and nothing is installed', async () => {
    const { value, calls, apt } = machine({ root: true, programs: ['/usr/bin/redis-server', '/usr/bin/apt-get'] });
    expect(await provideRedis(value, apt)).toEqual({ path: '/usr/bin/redis-server' });
    expect(calls).toEqual(['/usr/bin/redis-server --version']);
  });

  it('when it is missing and we are root on Debian, apt-get brings it', async () => {
    const { value, calls, apt } = machine({
      root: true,
      programs: ['/usr/bin/apt-get'],
      brings: { 'redis-server': '/usr/bin/redis-server' },
    });
    expect(await provideRedis(value, apt)).toMatchObject({ path: '/usr/bin/redis-server' });
    expect(calls.filter((call) => call.includes('apt-get'))).toHaveLength(2);
  });

  it('when it is missing and we are not root, the note names the command, and only CI fails', async () => {
    const person = machine({ programs: ['/usr/bin/apt-get'] });
    expect(await provideRedis(person.value, person.apt)).toMatchObject({
      path: undefined,
      fatal: false,
      note: expect.stringContaining('sudo apt-get'),
    });
    const ci = machine({ ci: true, programs: ['/usr/bin/apt-get'] });
    expect(await provideRedis(ci.value, ci.apt)).toMatchObject({ path: undefined, fatal: true });
  });
});

describe('provideChromium', () => {
  it('when the one in the path is only a shell that asks for snapd, it is not taken', async () => {
    const { value, apt } = machine({ programs: ['/usr/bin/chromium-browser'], failing: ['chromium-browser'] });
    expect(await provideChromium(value, apt, 'cli.js')).toMatchObject({ path: '', note: expect.stringContaining('Playwright') });
  });

  it('when it is missing everywhere, the run fails with the command that helps', async () => {
    const { value, apt } = machine({ programs: [], failing: ['cli.js'] });
    expect(await provideChromium(value, apt, 'cli.js')).toMatchObject({
      path: undefined,
      fatal: true,
      note: expect.stringContaining('sudo apt-get'),
    });
  });

  it('when both are missing, apt-get update runs once', async () => {
    const brings = { 'redis-server': '/usr/bin/redis-server', chromium: '/usr/bin/chromium' };
    const { value, calls, apt } = machine({ root: true, programs: ['/usr/bin/apt-get'], brings });
    await provideRedis(value, apt);
    expect(await provideChromium(value, apt, 'cli.js')).toMatchObject({ path: '/usr/bin/chromium' });
    expect(calls.filter((call) => call.includes('update'))).toHaveLength(1);
  });
});
