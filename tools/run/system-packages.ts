// Two programs do not come from npm: a browser for the journeys and Redis for the scale-out variants.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export type SystemPackage = {
  name: 'chromium' | 'redis-server';
  /** Variable that tells the tests where it is; when it is set already, that is believed. */
  variable: 'SLUICE_CHROMIUM' | 'SLUICE_REDIS_SERVER';
  executables: readonly string[];
};

export const CHROMIUM: SystemPackage = {
  name: 'chromium',
  variable: 'SLUICE_CHROMIUM',
  executables: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
};
export const REDIS: SystemPackage = { name: 'redis-server', variable: 'SLUICE_REDIS_SERVER', executables: ['redis-server'] };

/** What the search for a package ended with: a path, or the reason why there is none and whether the run may go on without. */
export type Found = { path: string; note?: string } | Missing;

type Missing = { path: undefined; note: string; fatal: boolean };

/** The machine as this module sees it. */
export type Machine = {
  environment: NodeJS.ProcessEnv;
  isRoot: boolean;
  isExecutable: (path: string) => boolean;
  run: (command: string, args: readonly string[]) => Promise<{ exitCode: number | null; output: string }>;
};

/** True when the file exists and may be executed. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function findInPath(names: readonly string[], machine: Machine): string | undefined {
  // Debian keeps some servers outside an ordinary user's path.
  const folders = [...(machine.environment['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/sbin', '/usr/local/bin', '/snap/bin'];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => machine.isExecutable(path));
}

/** Where a package's executable is, by its variable or in the path; undefined when it is nowhere. An executable that does not run is none. */
async function locate(wanted: SystemPackage, machine: Machine): Promise<string | undefined> {
  const path = machine.environment[wanted.variable] ?? findInPath(wanted.executables, machine);
  if (path === undefined) return undefined;
  // Ubuntu's chromium packages are shells that ask for snapd: only a version number shows that there is a browser.
  const { exitCode } = await machine.run(path, ['--version']);
  return exitCode === 0 ? path : undefined;
}

/** Prepares apt once for any number of packages; undefined where apt cannot be used (no root, no Debian). */
export type AptInstall = (packageName: string) => Promise<{ exitCode: number | null; output: string }>;

export function createAptInstall(machine: Machine): AptInstall | undefined {
  const apt = findInPath(['apt-get'], machine);
  if (apt === undefined || !machine.isRoot) return undefined;
  let updated: Promise<unknown> | undefined;
  return async (packageName) => {
    updated ??= machine.run(apt, ['update', '-qq']);
    await updated;
    return machine.run(apt, ['install', '-y', '-qq', '--no-install-recommends', packageName]);
  };
}

function missing(wanted: SystemPackage, machine: Machine, detail: string): Missing {
  const command = `sudo apt-get update && sudo apt-get install -y ${wanted.name}`;
  return {
    path: undefined,
    note: `${wanted.name} is missing${detail}; install it: ${command}`,
    fatal: machine.environment['CI'] === 'true',
  };
}

/** Finds or installs Redis. Without it and outside CI the Redis variants of tests are skipped. */
export async function provideRedis(machine: Machine, aptInstall: AptInstall | undefined): Promise<Found> {
  const present = await locate(REDIS, machine);
  if (present !== undefined) return { path: present };
  const attempt = await aptInstall?.(REDIS.name);
  const installed = attempt === undefined ? undefined : await locate(REDIS, machine);
  if (installed !== undefined) return { path: installed, note: 'installed with apt-get' };
  return missing(REDIS, machine, attempt === undefined ? '' : `, apt-get failed: ${attempt.output.trim().slice(-500)}`);
}

/** Finds or installs a browser: Debian's, else Playwright's own download, which Playwright then finds by itself. */
export async function provideChromium(machine: Machine, aptInstall: AptInstall | undefined, playwrightCli: string): Promise<Found> {
  const present = await locate(CHROMIUM, machine);
  if (present !== undefined) return { path: present };
  if ((await aptInstall?.(CHROMIUM.name))?.exitCode === 0) {
    const installed = await locate(CHROMIUM, machine);
    if (installed !== undefined) return { path: installed, note: 'installed with apt-get' };
  }
  const download = await machine.run(process.execPath, [playwrightCli, 'install', ...(machine.isRoot ? ['--with-deps'] : []), 'chromium']);
  if (download.exitCode === 0) return { path: '', note: "Playwright's own download" };
  return { ...missing(CHROMIUM, machine, ` and Playwright's download failed: ${download.output.trim().slice(-500)}`), fatal: true };
}
