import { spawn, spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { BootstrapError } from './failures.mjs';

const OUTPUT_BYTES_KEPT = 64 * 1024;

/**
 * The environment of everything that is started here: the lock file's own tools first in the path, and Prisma's engine download, which
 * is neither needed nor possible behind a closed network, switched off by naming an executable that exists.
 * @param {string} root
 */
export function environment(root) {
  return {
    ...process.env,
    PATH: `${join(root, 'node_modules/.bin')}${delimiter}${process.env.PATH ?? ''}`,
    PRISMA_SCHEMA_ENGINE_BINARY: process.env.PRISMA_SCHEMA_ENGINE_BINARY ?? process.execPath,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
    TURBO_TELEMETRY_DISABLED: '1',
    DO_NOT_TRACK: '1',
  };
}

/** How to call npm: the one that runs us, else the one in the path. */
export function npmCommand() {
  const script = process.env.npm_execpath;
  if (script !== undefined && /npm-cli\.c?js$/.test(script)) return { command: process.execPath, prefix: [script] };
  return { command: 'npm', prefix: [] };
}

/**
 * @param {string} command
 * @param {string[]} args
 * @returns {string | undefined} trimmed standard output; undefined when it cannot be run or fails
 */
export function capture(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  return result.error === undefined && result.status === 0 ? result.stdout.trim() : undefined;
}

/**
 * Runs a command to its end and keeps the end of its output for the case that it fails.
 * @param {{root: string, command: string, args: string[], failure: string, advice?: string}} options
 * @returns {Promise<void>}
 * @throws {BootstrapError} when it cannot be started or ends with another code than 0
 */
export function runCommand({ root, command, args, failure, advice }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env: environment(root), stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (/** @type {Buffer} */ chunk) => {
      output = (output + chunk.toString('utf8')).slice(-OUTPUT_BYTES_KEPT);
    };
    const fail = (/** @type {string} */ more) =>
      reject(new BootstrapError(failure, { output: output + more, ...(advice === undefined ? {} : { advice }) }));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (error) => fail(`\n${error.message}`));
    child.once('close', (code, signal) => (code === 0 ? resolve(undefined) : fail(`\n(ended with ${signal ?? `code ${code}`})`)));
  });
}
