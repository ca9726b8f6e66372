import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { capture, npmCommand, runCommand } from './command.mjs';
import { BootstrapError } from './failures.mjs';
import { createStamp, fingerprint } from './fingerprint.mjs';

const NPM_FLOOR_MAJOR = 10;
// npm's own defaults wait for more than a minute before they give up on a registry that is not there.
const RETRIES = ['--fetch-retries=3', '--fetch-retry-mintimeout=2000', '--fetch-retry-maxtimeout=10000'];

/**
 * Refuses an npm that cannot read the lock file or honour its rules.
 * @throws {BootstrapError}
 */
export function checkNpm() {
  const { command, prefix } = npmCommand();
  const version = capture(command, [...prefix, '--version']);
  if (version === undefined) {
    throw new BootstrapError('npm was not found', {
      advice: 'Install npm (Debian and Ubuntu: `apt-get install npm`), then run the same command again.',
    });
  }
  if (Number(version.split('.')[0]) < NPM_FLOOR_MAJOR) {
    throw new BootstrapError(`Sluice needs npm ${NPM_FLOOR_MAJOR} or newer; this is ${version}`, {
      advice: 'Run `npm install -g npm@11`.',
    });
  }
}

/**
 * @param {string} path
 * @returns {Record<string, {version?: string, resolved?: string, link?: boolean, optional?: boolean, devOptional?: boolean}> | undefined}
 */
function packagesOf(path) {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  return JSON.parse(readFileSync(path, 'utf8')).packages;
}

/**
 * Compares the lock file with the record npm leaves in node_modules, so that an `npm install` by hand is not repeated.
 * npm writes that record last: after an interrupted installation there is none.
 * @param {string} root
 */
export function installedMatchesLock(root) {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const installed = packagesOf(join(root, 'node_modules/.package-lock.json'));
  if (wanted === undefined || installed === undefined) return false;
  return Object.entries(wanted)
    .filter(([path]) => path.includes('node_modules/'))
    .every(([path, { version, link, optional, devOptional }]) => {
      const found = installed[path];
      if (found === undefined) return optional === true || devOptional === true;
      return found.version === version && found.link === link;
    });
}

/** @param {string} root */
function nodeWorks(root) {
  return capture(join(root, 'node_modules/.bin/node'), ['--version'])?.startsWith('v24.') === true;
}

/**
 * The step that installs what package-lock.json names, exactly.
 * @param {string} root
 */
export function installStep(root) {
  const stamp = createStamp(root, 'install');
  const wanted = () => `${fingerprint(root, ['package-lock.json'])} ${process.platform}-${process.arch}`;
  return {
    name: 'install',
    title: 'installing dependencies',
    isCurrent() {
      if (!nodeWorks(root)) return false;
      if (stamp.read() === wanted() && statSync(join(root, 'node_modules/.package-lock.json'), { throwIfNoEntry: false })) return true;
      if (!installedMatchesLock(root)) return false;
      stamp.write(wanted());
      return true;
    },
    async run() {
      const { command, prefix } = npmCommand();
      // NODE_ENV=production would leave out the tools.
      const flags = ['--include=dev', '--include=optional', '--no-audit', '--no-fund', '--fetch-timeout=60000', ...RETRIES];
      await runCommand({ root, command, args: [...prefix, 'ci', ...flags], failure: 'The dependencies could not be installed' });
      if (!nodeWorks(root)) {
        throw new BootstrapError('Node 24 from the npm package "node" does not run here', {
          advice:
            'The npm package "node" needs its install script: check that `npm config get ignore-scripts` is false, then remove node_modules and run the same command again.',
        });
      }
      stamp.write(wanted());
    },
  };
}
