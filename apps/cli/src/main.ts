import { homedir } from 'node:os';
import { systemClock } from '@sluice/platform/clock';
import { systemRandom } from '@sluice/platform/random';
import manifest from '../package.json' with { type: 'json' };
import { exitCodes } from './exit-codes.ts';
import { nodeFiles } from './node/node-files.ts';
import { createNodeInput } from './node/node-input.ts';
import type { TextOutput } from './ports.ts';
import { runSluice } from './program.ts';

const outputOf = (stream: NodeJS.WriteStream): TextOutput => ({
  write: (text) => void stream.write(text),
  isTerminal: stream.isTTY === true,
  get columns() {
    return stream.isTTY === true ? stream.columns : undefined;
  },
});

const ending = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => ending.abort(new Error(name)));
}
// `sluice … | head` closes the pipe early: whoever reads has had enough, which is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? exitCodes.ok : exitCodes.error));

process.exitCode = await runSluice(
  process.argv.slice(2),
  {
    environment: process.env,
    homeFolder: homedir(),
    timeZone: undefined,
    stdin: createNodeInput({
      input: process.stdin,
      output: process.stderr,
      signal: ending.signal,
      interrupt: () => ending.abort(new Error('SIGINT')),
    }),
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    files: nodeFiles,
    fetch: globalThis.fetch,
    clock: systemClock,
    random: systemRandom,
    signal: ending.signal,
  },
  manifest.version,
);
