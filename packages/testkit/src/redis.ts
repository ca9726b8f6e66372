import { type ChildProcess, spawn } from 'node:child_process';
import { access, constants, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { freePort } from '@sluice/platform/process';
import { waitFor } from '@sluice/platform/testing';
import { endWithThisProcess } from '@sluice/store/embedded';

export type TestRedis = { url: string; stop(): Promise<void> };

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** The Redis server of this machine: `SLUICE_REDIS_SERVER`, else `redis-server` on the PATH; undefined when there is none. */
async function findRedisServer(): Promise<string | undefined> {
  const named = process.env['SLUICE_REDIS_SERVER'];
  if (named !== undefined && named !== '') return named;
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, 'redis-server');
    if (folder !== '' && (await isExecutable(path))) return path;
  }
  return undefined;
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write('PING\r\n'));
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString().startsWith('+PONG'));
    });
    socket.once('error', () => resolve(false));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exited;
}

/**
 * Starts a Redis of its own that keeps nothing on disk. Undefined when this machine has no Redis server: skip the test then, or install one.
 */
export async function startRedis(): Promise<TestRedis | undefined> {
  const program = await findRedisServer();
  if (program === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'sluice-redis-'));
  const port = await freePort();
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction'];
  const child = spawn(program, [...settings, '--dir', folder], { stdio: 'ignore' });
  child.once('error', () => undefined);
  if (child.pid !== undefined) endWithThisProcess(child, child.pid);
  const stop = async (): Promise<void> => {
    await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await waitFor('Redis to answer', () => answersPing(port));
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `redis://127.0.0.1:${port}`, stop };
}
