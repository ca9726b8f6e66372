import { spawn } from 'node:child_process';

import type { Account } from './account.ts';

export type Finished = { code: number | null; output: string };

/** Runs a program to its end, as another account if given. Its two outputs come back as one text; a missing program is code 127. */
export function run(program: string, parameters: readonly string[], account?: Account): Promise<Finished> {
  return new Promise((resolve) => {
    const child = spawn(program, parameters, {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: '/',
      ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
    });
    let output = '';
    const collect = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', (error) => resolve({ code: 127, output: error.message }));
    child.once('close', (code) => resolve({ code, output }));
  });
}
