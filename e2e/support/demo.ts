import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, startNodeChild } from '@sluice/platform/process';
import { waitFor } from '@sluice/platform/testing';

const entry = fileURLToPath(new URL('../../apps/demo/src/main.ts', import.meta.url));
const startLimitMs = 180_000;

/** What the demo prints as its last line; only what the journey looks at. */
export type DemoOutcome = {
  ok: boolean;
  failures: string[];
  rollouts: { release: string; stage: string; outcome: string; devicesRolledBack: number; devicesUntouched: number }[];
};

/** The demo, telling its story: real Postgres, real agents, real Node-RED. */
export type Demo = {
  origin: string;
  login: { email: string; password: string };
  /** What it said so far. */
  story(): string;
  /** Waits for a line of the story. */
  says(line: RegExp, timeoutMs: number): Promise<void>;
  /** As Ctrl-C does; its exit code and its last line. */
  end(): Promise<{ code: number | null; outcome: DemoOutcome }>;
  /** Ends it whatever it does, and removes its data. */
  remove(): Promise<void>;
};

/** Starts the demo afresh on a free port. It stays up after its story, so that the browser does not race against its end. */
export async function startDemo(): Promise<Demo> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-story-'));
  await chmod(folder, 0o755);
  const story: string[] = [];
  const output: string[] = [];
  const child = await startNodeChild({
    name: 'demo',
    entry,
    args: ['--json', '--port', String(await freePort())],
    environment: { ...process.env, SLUICE_DATA: folder },
    ready: 'none',
    onLine: (line, source) => (source === 'stdout' ? output : story).push(line),
  });
  let hasEnded = false;
  void child.exited.then(() => {
    hasEnded = true;
  });
  const find = async (pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray> => {
    const search = (): RegExpExecArray | 'ended' | null => pattern.exec(story.join('\n')) ?? (hasEnded ? 'ended' : null);
    const found = await waitFor(`the demo to say ${pattern}`, search, { timeoutMs, intervalMs: 100 });
    if (found === 'ended') throw new Error(`the demo ended without saying ${pattern}:\n${story.slice(-30).join('\n')}`);
    return found;
  };
  const remove = async (): Promise<void> => {
    await child.stop(60_000);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const up = await find(/The control plane is up: (\S+) {2}\(sign in as (\S+) with (\S+)\)/, startLimitMs);
    return {
      origin: up[1] ?? '',
      login: { email: up[2] ?? '', password: up[3] ?? '' },
      story: () => story.join('\n'),
      says: async (line, timeoutMs) => void (await find(line, timeoutMs)),
      end: async () => {
        const { code } = await child.stop(90_000);
        return { code, outcome: JSON.parse(output.at(-1) ?? '') as DemoOutcome };
      },
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
