import { createInterface } from 'node:readline/promises';
import { type Readable, Writable } from 'node:stream';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { TextInput } from '../ports.ts';

const inputBytesMax = 64 * 1024 * 1024;

export type NodeInputOptions = { input: Readable & { isTTY?: boolean }; output: Writable; signal: AbortSignal };

async function readAll(input: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of input) {
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes > inputBytesMax)
      throw new CliError('INPUT_TOO_LARGE', `Standard input has more than ${inputBytesMax} bytes.`, { exitCode: exitCodes.usage });
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Standard input; what a person types is shown on `output` unless it is hidden. */
export function createNodeInput({ input, output, signal }: NodeInputOptions): TextInput {
  return {
    isTerminal: input.isTTY === true,
    readAll: () => readAll(input),
    readLine: async (prompt, { hidden = false } = {}) => {
      let isMuted = false;
      const shown = new Writable({
        write: (chunk, _encoding, done) => {
          if (!isMuted) output.write(chunk);
          done();
        },
      });
      const lines = createInterface({ input, output: shown, terminal: true });
      try {
        const answer = lines.question(prompt, { signal });
        isMuted = hidden;
        return await answer;
      } finally {
        lines.close();
        if (hidden) output.write('\n');
      }
    },
  };
}
