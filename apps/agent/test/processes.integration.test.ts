import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@sluice/platform/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { nodeProcesses } from '../src/ports/node-processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-processes-test-'));
const environment = { PATH: process.env['PATH'] ?? '' };
const logFile = join(folder, 'log');

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the processes of this machine', () => {
  it('when one is started detached, it is found by its environment even after it changed its title, and ended by id and start', async () => {
    const script = "process.title = 'node-red'; console.log('up'); setInterval(() => {}, 1000)";
    const started = await nodeProcesses.spawnDetached({
      executable: process.execPath,
      args: ['-e', script],
      environment: { ...environment, SLUICE_RUNTIME_ID: `test-${process.pid}` },
      workingDirectory: folder,
      logFile,
    });
    await waitFor('its output', () => readFileSync(logFile, 'utf8').includes('up'));
    expect(await nodeProcesses.findByEnvironment('SLUICE_RUNTIME_ID', `test-${process.pid}`)).toEqual(started);
    expect(await nodeProcesses.isAlive(started)).toBe(true);
    expect(await nodeProcesses.isAlive({ ...started, startedAt: '1' })).toBe(false);
    nodeProcesses.signal(started, 'SIGKILL', { group: true });
    await waitFor('its end', async () => !(await nodeProcesses.isAlive(started)));
    expect(await nodeProcesses.findByEnvironment('SLUICE_RUNTIME_ID', `test-${process.pid}`)).toBeUndefined();
  });

  it('when there is no such executable, that is an error', async () => {
    const options = { executable: join(folder, 'none'), args: [], environment, workingDirectory: folder, logFile };
    await expect(nodeProcesses.spawnDetached(options)).rejects.toThrow('ENOENT');
  });
});
