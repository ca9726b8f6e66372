import { createHash } from 'node:crypto';
import { seededRandom, VirtualClock } from '@sluice/platform/testing';
import { describe, expect, it } from 'vitest';
import { SimulatedDisk } from '../../test/support/simulated-disk.ts';
import type { DeviceApi } from '../control-plane/device-api.ts';
import { HttpError } from '../control-plane/http-error.ts';
import { createLayout } from '../layout.ts';
import { NetworkError } from '../ports/index.ts';
import { type DownloadDeps, downloadRelease } from './download.ts';

const content = Buffer.from('0123456789'.repeat(100));
const file = { path: 'folder/flows.json', sha256: createHash('sha256').update(content).digest('hex'), length: content.length };
const release = { digest: 'd'.repeat(64), manifest: { files: [file] } as unknown as Parameters<typeof downloadRelease>[1]['manifest'] };
const target = `/agent/releases/.incoming-${release.digest}/files/folder/flows.json`;

type Serve = (from: number, attempt: number) => { status?: number; bytes: Buffer; breaks?: boolean } | Error;

/** A device whose control plane serves the file as `serve` says. */
function setUp(serve: Serve) {
  const disk = new SimulatedDisk(seededRandom(1));
  const clock = new VirtualClock();
  const offsets: number[] = [];
  const blob: DeviceApi['blob'] = (_sha256, from) => {
    offsets.push(from);
    const answer = serve(from, offsets.length);
    if (answer instanceof Error) return Promise.reject(answer);
    async function* body() {
      yield answer instanceof Error ? Buffer.alloc(0) : answer.bytes;
      if (!(answer instanceof Error) && answer.breaks === true) throw new NetworkError('broken');
    }
    return Promise.resolve({ status: answer.status ?? (from > 0 ? 206 : 200), headers: {}, body: body(), discard: () => undefined });
  };
  const deps: DownloadDeps = {
    api: { blob } as unknown as DeviceApi,
    session: { withToken: (call) => call('token') },
    fileSystem: disk.fileSystem,
    layout: createLayout({ root: '/agent', modules: '/agent/modules', temporary: '/tmp' }),
    clock,
    random: seededRandom(1),
  };
  const run = async (): Promise<void> => {
    let settled = false;
    const done = downloadRelease(deps, release, new AbortController().signal).finally(() => {
      settled = true;
    });
    // Waiting between tries takes no real time.
    const turning = (async () => {
      while (!settled) await clock.advanceToNext();
    })();
    await Promise.all([done, turning]);
  };
  const read = async (path = target): Promise<string | undefined> => {
    const bytes = await disk.fileSystem.read(path);
    return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
  };
  return { run, read, offsets, disk };
}

describe('a download', () => {
  it('when the connection breaks, it goes on where it stopped', async () => {
    const { run, read, offsets } = setUp((from, attempt) => ({ bytes: content.subarray(from, from + 400), breaks: attempt < 3 }));
    await run();
    expect(offsets).toEqual([0, 400, 800]);
    expect(await read()).toBe(content.toString('utf8'));
  });

  it('when the server ignores the range, it begins again', async () => {
    const { run, read } = setUp((_from, attempt) =>
      attempt === 1 ? { bytes: content.subarray(0, 10), breaks: true } : { status: 200, bytes: content },
    );
    await run();
    expect(await read()).toBe(content.toString('utf8'));
  });

  it('when the part kept from before was damaged on the disk, it fetches the file whole', async () => {
    const { run, read, disk } = setUp((from) => ({ bytes: content.subarray(from) }));
    await disk.fileSystem.makeFolder(target.slice(0, target.lastIndexOf('/')));
    await disk.fileSystem.write(`${target}.part`, Buffer.alloc(300));
    await run();
    expect(await read()).toBe(content.toString('utf8'));
  });

  it('when the bytes are wrong, it refuses them and keeps nothing', async () => {
    const { run, read } = setUp(() => ({ bytes: Buffer.alloc(content.length) }));
    await expect(run()).rejects.toMatchObject({ code: 'HASH_MISMATCH' });
    expect([await read(), await read(`${target}.part`)]).toEqual([undefined, undefined]);
  });

  it('when there are more bytes than listed, it stops at once', async () => {
    const { run } = setUp(() => ({ bytes: Buffer.concat([content, Buffer.alloc(1)]) }));
    await expect(run()).rejects.toMatchObject({ code: 'ENDLESS_DATA' });
  });

  it('when the server is busy, it waits and tries again; when it has no such file, it does not', async () => {
    const busy = setUp((_from, attempt) => (attempt < 4 ? new HttpError(503) : { bytes: content }));
    await busy.run();
    expect(busy.offsets).toHaveLength(4);
    const gone = setUp(() => new HttpError(404));
    await expect(gone.run()).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
    expect(gone.offsets).toHaveLength(1);
  });

  it('when nobody ever answers, it gives up in the end', async () => {
    const { run, offsets } = setUp(() => new NetworkError('refused'));
    await expect(run()).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
    expect(offsets.length).toBeGreaterThan(5);
  });

  it('when the file is there already, nothing is asked for', async () => {
    const { run, offsets, disk } = setUp(() => ({ bytes: content }));
    await disk.fileSystem.makeFolder(target.slice(0, target.lastIndexOf('/')));
    await disk.fileSystem.write(target, content);
    await run();
    expect(offsets).toEqual([]);
  });
});
