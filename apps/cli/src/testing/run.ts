import { seededRandom, VirtualClock } from '@sluice/platform/testing';
import type { ExitCode } from '../exit-codes.ts';
import type { Ports } from '../ports.ts';
import { runSluice } from '../program.ts';
import { createMemoryFiles } from './memory-files.ts';

export type RunOptions = Partial<Pick<Ports, 'environment' | 'files' | 'fetch' | 'clock' | 'random' | 'signal' | 'homeFolder'>> & {
  /** What comes in on standard input; undefined: nothing. */
  stdin?: string;
  /** A person at a terminal, with the lines they type and the width of the window. */
  terminal?: { typed: string[]; columns: number };
};

export type Outcome = { exitCode: ExitCode; stdout: string; stderr: string };

/** A clock on which waiting takes no time: it jumps to the end of every sleep. */
export function instantClock(): Ports['clock'] {
  const clock = new VirtualClock();
  return { now: () => clock.now(), monotonic: () => clock.monotonic(), sleep: (delayMs) => clock.advance(delayMs) };
}

const noNetwork: typeof fetch = () => Promise.reject(new Error('this test has no network'));

/** Runs the command in this process. */
export async function runInProcess(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { terminal } = options;
  const written = { stdout: '', stderr: '' };
  const output = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      written[name] += text;
    },
    isTerminal: terminal !== undefined,
    columns: terminal?.columns,
  });
  const typed = [...(terminal?.typed ?? [])];
  const exitCode = await runSluice(
    args,
    {
      environment: {},
      homeFolder: '/people/kim',
      files: createMemoryFiles(),
      fetch: noNetwork,
      clock: instantClock(),
      random: seededRandom(1),
      signal: new AbortController().signal,
      ...options,
      timeZone: 'UTC',
      stdin: {
        isTerminal: terminal !== undefined,
        readAll: async () => options.stdin ?? '',
        readLine: async (prompt) => {
          written.stderr += prompt;
          return typed.shift() ?? '';
        },
      },
      stdout: output('stdout'),
      stderr: output('stderr'),
    },
    '1.2.3',
  );
  return { exitCode, ...written };
}
