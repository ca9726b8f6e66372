import type { LogUpload } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import type { Installation } from '../install/installation.ts';
import { type ReadLogsDeps, readLogs } from './read-logs.ts';

const layout = { runtimeLog: '/log/runtime.log', installations: '/installations' };

function read(files: Record<string, string>, over: Partial<ReadLogsDeps> & { lines?: number } = {}): Promise<LogUpload> {
  const installations: ReadLogsDeps['installations'] = {
    read: async () => ({ variables: [] }) as unknown as Installation,
    inputs: async () => ({ environment: { HOST: 'broker.plant' }, credentials: {} }),
  };
  const deps: ReadLogsDeps = {
    fileSystem: { read: async (path) => (files[path] === undefined ? undefined : Buffer.from(files[path])), list: async () => ['one'] },
    layout,
    installations,
    agentLines: () => [],
    ownSecrets: [],
    ...over,
  };
  return readLogs(deps, { source: 'runtime', lines: over.lines ?? 3 });
}

describe('readLogs', () => {
  it('when the log was begun anew lately, the one before it fills up what is asked for, without colours and secrets', async () => {
    const files = { '/log/runtime.log': 'three \u001b[31mred\u001b[0m\r\n', '/log/runtime.log.1': 'none\none\ntwo broker.plant\n' };
    expect(await read(files)).toEqual({ lines: ['one', 'two [variable HOST]', 'three red'], truncated: false });
    expect(await read({})).toEqual({ lines: [], truncated: false });
  });

  it('when lines are too many or too long, the newest are sent, and it says that there were more', async () => {
    const long = await read({ '/log/runtime.log': `${'x'.repeat(5_000)}\n` });
    expect(long).toMatchObject({ truncated: true, lines: ['x'.repeat(4_000)] });
    const upload = await read(
      { '/log/runtime.log': Array.from({ length: 300 }, (_, index) => `${index} ${'y'.repeat(2_000)}`).join('\n') },
      { lines: 300 },
    );
    const { lines, truncated } = 'failure' in upload ? expect.unreachable() : upload;
    expect([truncated, lines.at(-1)?.startsWith('299 '), Buffer.byteLength(JSON.stringify(lines)) <= 256 * 1024]).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('when it cannot be known what is secret, nothing leaves', async () => {
    const installations = {
      read: async () => ({ variables: [] }) as unknown as Installation,
      inputs: () => Promise.reject(new Error('the box does not open')),
    };
    await expect(read({ '/log/runtime.log': 'x' }, { installations })).rejects.toMatchObject({ code: 'CONFIGURATION_UNREADABLE' });
  });
});
