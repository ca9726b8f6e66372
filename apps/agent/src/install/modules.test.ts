import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@sluice/platform/clock';
import { silentLog } from '@sluice/platform/log';
import { systemRandom } from '@sluice/platform/random';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLayout } from '../layout.ts';
import type { CommandResult, Processes } from '../ports/index.ts';
import { nodeFileSystem } from '../ports/node-file-system.ts';
import { ensureModules, type ModulesDeps } from './modules.ts';

const lock = 'a'.repeat(64);
const files = { packageJson: Buffer.from('{}'), packageLock: Buffer.from('{}') };
let folder = '';
let installs = 0;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-modules-test-'));
  installs = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function depsOf(agent: number, options: { alive?: number[]; npm?: () => Promise<CommandResult> } = {}): ModulesDeps {
  const install = async (): Promise<CommandResult> => {
    installs += 1;
    await systemClock.sleep(30);
    return { code: 0, output: '' };
  };
  const processes = {
    isAlive: ({ pid }: { pid: number }) => Promise.resolve((options.alive ?? [1, 2, 3, 4, 5]).includes(pid)),
    run: options.npm ?? install,
  } as unknown as Processes;
  return {
    fileSystem: nodeFileSystem,
    processes,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    layout: createLayout({ root: join(folder, String(agent)), modules: join(folder, 'modules'), temporary: folder }),
    findNpm: () => Promise.resolve({ executable: 'npm', args: [] }),
    environment: {},
    self: { pid: agent, startedAt: null },
  };
}

const ensure = (deps: ModulesDeps): Promise<void> => ensureModules(deps, lock, { files, signal: new AbortController().signal });
const leftOver = async (): Promise<string[]> => (await readdir(join(folder, 'modules'))).sort();

describe('a module tree that several agents share', () => {
  it('when all want it at the same time, one installs it and nothing else is left', async () => {
    await Promise.all([1, 2, 3, 4, 5].map((agent) => ensure(depsOf(agent))));
    expect(installs).toBe(1);
    expect(await leftOver()).toEqual([lock]);
  });

  it('when it is there, nobody installs it again', async () => {
    await ensure(depsOf(1));
    await ensure(depsOf(2));
    expect(installs).toBe(1);
  });

  it('when the one that was installing is dead, another takes over', async () => {
    await mkdir(join(folder, 'modules', `.claim-${lock}`), { recursive: true });
    await writeFile(join(folder, 'modules', `.claim-${lock}`, 'owner.json'), '{"pid":99,"startedAt":null}');
    await mkdir(join(folder, 'modules', `.staging-${lock}`, 'half'), { recursive: true });
    await Promise.all([ensure(depsOf(1)), ensure(depsOf(2))]);
    expect(installs).toBe(1);
    expect(await leftOver()).toEqual([lock]);
  });

  it('when npm fails, the claim is given back and the next try may succeed', async () => {
    const npm = (): Promise<CommandResult> => Promise.resolve({ code: 1, output: 'npm error code E404' });
    await expect(ensure(depsOf(1, { npm }))).rejects.toMatchObject({ code: 'MODULE_NOT_FOUND' });
    expect(await leftOver()).toEqual([]);
    await ensure(depsOf(1));
    expect(await leftOver()).toEqual([lock]);
  });

  it('when npm cannot be run at all, it says so', async () => {
    const npm = (): Promise<CommandResult> => Promise.reject(new Error('ENOENT'));
    await expect(ensure(depsOf(1, { npm }))).rejects.toMatchObject({ code: 'NPM_NOT_FOUND' });
  });
});
