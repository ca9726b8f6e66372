import { createInterface } from 'node:readline/promises';
import { type Readable, Writable } from 'node:stream';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { TextInput } from '../ports.ts';

const inputBytesMax = 64 * 1024 * 1024;

export type NodeInputOptions = {
  input: Readable & { isTTY?: boolean };
  /** Where prompts go, and what is typed unless it is hidden. */
  output: Writable;
  signal: AbortSignal;
  /** While a line is read, Ctrl-C is a key like any other: this is what it does. */
  interrupt(): void;
};

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

/** Standard input. */
export function createNodeInput({ input, output, signal, interrupt }: NodeInputOptions): TextInput {
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
      lines.once('SIGINT', interrupt);
      // Ctrl-D, or the end of the input: no line will come any more.
      const closed = new Promise<never>((_resolve, reject) => {
        lines.once('close', () => reject(new CliError('USAGE', 'No answer was given.', { exitCode: exitCodes.usage })));
      });
      try {
        const answer = lines.question(prompt, { signal });
        isMuted = hidden;
        return await Promise.race([answer, closed]);
      } finally {
        lines.close();
        if (hidden) output.write('\n');
      }
    },
  };
}
