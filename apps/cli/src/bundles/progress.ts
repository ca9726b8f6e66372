import type { Ports } from '../ports.ts';

const mebibyte = 1024 * 1024;
const everyMs = 200;

const sizeOf = (bytes: number): string => `${(bytes / mebibyte).toFixed(1)} MiB`;

/** Passes bytes on and tells a person at a terminal how far it is; everybody else is told nothing. */
export async function* withProgress(
  { stderr, clock }: Pick<Ports, 'stderr' | 'clock'>,
  what: string,
  { length, chunks }: { length: number | null; chunks: AsyncIterable<Uint8Array> },
): AsyncGenerator<Uint8Array> {
  let done = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  const tell = (): void => {
    toldAt = clock.monotonic();
    const part = length === null || length === 0 ? '' : ` of ${sizeOf(length)} (${Math.floor((done / length) * 100)} %)`;
    stderr.write(`\r\u001b[K${what} ${sizeOf(done)}${part}`);
  };
  try {
    for await (const chunk of chunks) {
      done += chunk.length;
      if (stderr.isTerminal && clock.monotonic() - toldAt >= everyMs) tell();
      yield chunk;
    }
  } finally {
    if (stderr.isTerminal) stderr.write('\r\u001b[K');
  }
}
