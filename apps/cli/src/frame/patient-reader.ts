import { CliError } from '../errors.ts';
import type { Ports } from '../ports.ts';

export type PatientReaderOptions = {
  clock: Pick<Ports['clock'], 'monotonic'>;
  /** The control plane does not answer; once until it does again. */
  onTrouble: (error: CliError) => void;
};

const troubleMsMax = 120_000;
const passing = new Set(['UNREACHABLE', 'TIMEOUT', 'UNAVAILABLE', 'RATE_LIMITED', 'INTERNAL']);

/**
 * Reads for somebody who waits: a control plane that does not answer for up to two minutes is no error.
 * @returns what was read; undefined: nothing now, read again
 * @throws CliError when it stays away, or when the error does not pass by waiting
 */
export function createPatientReader<T>(read: () => Promise<T>, { clock, onTrouble }: PatientReaderOptions): () => Promise<T | undefined> {
  let troubleSince: number | undefined;
  return async () => {
    try {
      const value = await read();
      troubleSince = undefined;
      return value;
    } catch (error) {
      if (!(error instanceof CliError) || !passing.has(error.code)) throw error;
      if (troubleSince === undefined) onTrouble(error);
      troubleSince ??= clock.monotonic();
      if (clock.monotonic() - troubleSince > troubleMsMax) throw error;
      return undefined;
    }
  };
}
