import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Hex } from '@sluice/trust';
import { LRUCache } from 'lru-cache';
import type { ModuleResolver } from './module-resolver.ts';
import { moduleResolverErrorOf, type NpmExit } from './npm-failure.ts';

export type NpmModuleResolverOptions = {
  /** npm's executable: a path, or a name to look for in PATH. */
  npm: string;
  /** The environment npm runs in; only what npm itself reads is passed on, never this process's secrets. */
  environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds that never jump, for the age of cached locks. */
  monotonic: () => number;
  /** Milliseconds after which npm is killed; default 2 minutes. */
  timeoutMs?: number;
};

const outputBytesMax = 16 * 1024 * 1024;
const cacheAgeMs = 60 * 60 * 1000;
const passedOn =
  /^(PATH|HOME|USER|TMPDIR|LANG|LC_ALL|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|npm_config_.*|NPM_CONFIG_.*|(https?|no|all)_proxy|(HTTPS?|NO|ALL)_PROXY)$/;
// Scripts of modules never run here, and nothing but a registry is asked.
const commonArguments = [
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--prefer-offline',
  '--no-workspaces',
  '--fetch-retries=1',
  '--fetch-retry-mintimeout=500',
  '--json',
];

type NpmCall = (folder: string, args: readonly string[]) => Promise<void>;

function npmCall(options: NpmModuleResolverOptions): NpmCall {
  const env = Object.fromEntries(Object.entries(options.environment).filter(([name]) => passedOn.test(name)));
  return (folder, args) =>
    new Promise((resolve, reject) => {
      const settings = {
        cwd: folder,
        env,
        timeout: options.timeoutMs ?? 120_000,
        killSignal: 'SIGKILL' as const,
        maxBuffer: outputBytesMax,
      };
      execFile(options.npm, [...args, ...commonArguments], settings, (error, stdout, stderr) => {
        if (error === null) return resolve();
        if (error.code === 'ENOENT') return reject(new Error(`npm was not found (${options.npm}): set SLUICE_NPM`, { cause: error }));
        const exit: NpmExit = { code: error.code ?? null, stdout, stderr, timedOut: error.killed === true };
        try {
          reject(moduleResolverErrorOf(exit));
        } catch (unexpected) {
          reject(unexpected);
        }
      });
    });
}

async function inFolder<T>(packageJson: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-modules-'));
  try {
    await writeFile(join(folder, 'package.json'), packageJson);
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Resolves and checks module locks with npm, in a temporary folder of its own per call.
 * The lock of the same package.json is reused for an hour; calls for the same one at the same time share one run.
 */
export function createNpmModuleResolver(options: NpmModuleResolverOptions): ModuleResolver {
  const npm = npmCall(options);
  const locks = new LRUCache<string, Promise<string>>({ max: 100, ttl: cacheAgeMs, perf: { now: options.monotonic } });
  const resolve = (packageJson: string): Promise<string> =>
    inFolder(packageJson, async (folder) => {
      await npm(folder, ['install', '--package-lock-only']);
      return readFile(join(folder, 'package-lock.json'), 'utf8');
    });
  return {
    resolveLock: (packageJson) => {
      const key = sha256Hex(packageJson);
      const cached = locks.get(key);
      if (cached !== undefined) return cached;
      const lock = resolve(packageJson);
      locks.set(key, lock);
      // A failure is never remembered: the registry may know the module a minute later.
      lock.catch(() => locks.delete(key));
      return lock;
    },
    checkLock: (packageJson, lock) =>
      inFolder(packageJson, async (folder) => {
        await writeFile(join(folder, 'package-lock.json'), lock);
        await npm(folder, ['ci', '--dry-run']);
      }),
  };
}
