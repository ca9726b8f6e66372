import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { waitFor } from '../testing/index.ts';
import { ChildStartError, freePort, type NodeChildOptions, startNodeChild } from './index.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-child-'));
});
afterEach(() => rm(folder, { recursive: true }));

const INDEX = fileURLToPath(new URL('index.ts', import.meta.url));
const KEEP_ALIVE = 'setInterval(() => {}, 1000);';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function start(source: string, options: Partial<NodeChildOptions> = {}) {
  const entry = join(folder, 'child.mjs');
  await writeFile(entry, source);
  return startNodeChild({ name: 'child', entry, environment: process.env, ready: { lines: [/^ready/] }, ...options });
}

describe('startNodeChild', () => {
  it('when the child prints its line, it is ready, and stop ends it with SIGTERM', async () => {
    const lines: string[] = [];
    const child = await start(`console.log('warming up'); console.log('ready on 1234'); ${KEEP_ALIVE}`, {
      onLine: (line) => lines.push(line),
    });
    expect(child.readyLine).toBe('ready on 1234');
    expect(lines).toEqual(['warming up', 'ready on 1234']);
    expect(await child.stop()).toEqual({ code: null, signal: 'SIGTERM' });
    expect(isAlive(child.pid)).toBe(false);
  });

  it('when it shows itself by several lines, all of them have to come, in any order', async () => {
    const child = await start(`console.log('flows started'); console.log('ready'); console.log('listening'); ${KEEP_ALIVE}`, {
      ready: { lines: [/^listening/, /^flows/] },
    });
    expect(child.readyLine).toBe('listening');
    await child.stop();
  });

  it('when the child announces itself by a message, its details arrive', async () => {
    const source = `const { announceReady } = await import(${JSON.stringify(INDEX)}); announceReady({ port: 1234 }); ${KEEP_ALIVE}`;
    const child = await start(source, { ready: 'message' });
    expect(child.readyDetails).toEqual({ port: 1234 });
    await child.stop();
  });

  it('when the child ends before it is ready, the error shows its last output', async () => {
    const starting = start(`console.error('no such database'); process.exit(3);`);
    await expect(starting).rejects.toThrow(ChildStartError);
    await expect(starting).rejects.toThrow(/code 3[\s\S]*no such database/);
  });

  it('when the child is not ready in time, it is ended and the error says so', async () => {
    const pidFile = join(folder, 'pid');
    const source = `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); ${KEEP_ALIVE}`;
    await expect(start(source, { readyTimeoutMs: 1_500 })).rejects.toThrow(/not ready after 1500 ms/);
    expect(isAlive(Number(await readFile(pidFile, 'utf8')))).toBe(false);
  });

  it('when the child ignores SIGTERM, stop kills it and its children after the grace', async () => {
    const source = `
      import { spawn } from 'node:child_process';
      process.on('SIGTERM', () => {});
      const grandchild = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)']);
      console.log('ready ' + grandchild.pid); ${KEEP_ALIVE}`;
    const child = await start(source);
    const grandchild = Number(child.readyLine?.split(' ')[1]);
    expect(isAlive(grandchild)).toBe(true);
    expect((await child.stop(50)).signal).toBe('SIGKILL');
    await waitFor('the grandchild is gone', () => !isAlive(grandchild));
  });

  it('when the parent is killed with -9, the child ends by itself', async () => {
    const inner = join(folder, 'inner.mjs');
    await writeFile(inner, `console.log('ready'); ${KEEP_ALIVE}`);
    const options = `{ name: 'inner', entry: ${JSON.stringify(inner)}, environment: process.env, ready: { lines: [/ready/] } }`;
    const parent = await start(`
      const { startNodeChild } = await import(${JSON.stringify(INDEX)});
      const child = await startNodeChild(${options});
      console.log('ready ' + child.pid);`);
    const pid = Number(parent.readyLine?.split(' ')[1]);
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await parent.exited;
    await waitFor('the child of the killed parent is gone', () => !isAlive(pid));
  });

  it('when the parent exits without stopping its child, the child is gone too', async () => {
    const inner = join(folder, 'inner.mjs');
    await writeFile(inner, `process.on('SIGTERM', () => {}); console.log('ready'); ${KEEP_ALIVE}`);
    const options = `{ name: 'inner', entry: ${JSON.stringify(inner)}, environment: process.env, ready: { lines: [/ready/] } }`;
    const parent = await start(`
      const { startNodeChild } = await import(${JSON.stringify(INDEX)});
      const child = await startNodeChild(${options});
      console.log('ready ' + child.pid);
      process.exit(0);`);
    const pid = Number(parent.readyLine?.split(' ')[1]);
    expect((await parent.exited).code).toBe(0);
    await waitFor('the child of the ended parent is gone', () => !isAlive(pid));
  });

  it('when the child has nothing left to do, the guard does not keep it alive', async () => {
    const child = await start(`console.log('ready')`);
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });
});

describe('freePort', () => {
  it('when asked, it names a port that can be listened on', async () => {
    const port = await freePort();
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
    server.close();
  });
});
