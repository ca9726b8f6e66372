import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { environment } from './command.mjs';

/**
 * @typedef {{root: string, entry: string, args: string[]}} Target
 */

/**
 * Runs a program on the lock file's Node and becomes it as far as others can see: its streams, its signals, its exit code.
 * @param {Target} target
 * @returns {Promise<void>}
 */
export function runTarget({ root, entry, args }) {
  const child = spawn(join(root, 'node_modules/.bin/node'), [entry, ...args], { cwd: root, env: environment(root), stdio: 'inherit' });
  // In a terminal Ctrl-C reaches the program by itself as well; the programs take a signal that comes twice for one.
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.once('error', (error) => {
      process.stderr.write(`${error.message}\n`);
      process.exit(1);
    });
    child.once('close', (code, signal) => {
      process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
      resolve(undefined);
    });
  });
}
