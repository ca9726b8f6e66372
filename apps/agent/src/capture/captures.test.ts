import type { CapturedContent, CaptureUpload } from '@sluice/contracts';
import { seededRandom, VirtualClock } from '@sluice/platform/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpError } from '../control-plane/http-error.ts';
import { AgentError } from '../errors.ts';
import { NetworkError } from '../ports/index.ts';
import { type Captures, type CapturesDeps, createCaptures } from './captures.ts';

const content = { source: 'runtime', flows: [] } as unknown as CapturedContent;
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

let clock: VirtualClock;
let stop: AbortController;
let sent: { captureId: string; upload: CaptureUpload }[];
let looks: number;
let running: Promise<void>;

beforeEach(() => {
  clock = new VirtualClock();
  stop = new AbortController();
  [sent, looks] = [[], 0];
});
afterEach(async () => {
  stop.abort();
  await running;
});

/** Captures whose n-th sending and n-th look end as given; all further ones are good. */
function start(over: { sending?: unknown[]; looking?: unknown[]; allowed?: boolean } = {}): Captures {
  const sending = [...(over.sending ?? [])];
  const looking = [...(over.looking ?? [])];
  const deps: CapturesDeps<CapturedContent> = {
    clock,
    random: seededRandom(1),
    log: silent,
    allowed: over.allowed ?? true,
    take: async () => {
      looks += 1;
      const error = looking.shift();
      if (error !== undefined) throw error;
      return content;
    },
    send: async (captureId, upload) => {
      const error = sending.shift();
      if (error !== undefined) throw error;
      sent.push({ captureId, upload });
    },
  };
  const captures = createCaptures(deps);
  running = captures.run(stop.signal);
  return captures;
}

describe('createCaptures', () => {
  it('when it is asked, it looks and tells, once, however often it is asked for the same', async () => {
    const captures = start();
    for (const captureId of ['c1', 'c1', 'c2', 'c1', 'c2']) {
      captures.ask(captureId);
      await clock.advance(0);
    }
    expect(sent.map(({ captureId }) => captureId)).toEqual(['c1', 'c2']);
    expect(sent[0]?.upload).toBe(content);
  });

  it('when the network is bad, the answer no answer, or a portal in between, it looks and tells again until it is taken', async () => {
    const sending = [new NetworkError('reset'), new HttpError(503, { code: 'UNAVAILABLE', retryAfterMs: 60_000 }), new HttpError(404)];
    start({ sending }).ask('c1');
    await clock.advance(30_000);
    expect(sent).toEqual([]);
    await clock.advance(600_000);
    expect([sent.length, looks]).toEqual([1, 4]);
  });

  it.each([400, 404, 409, 413, 422])('when the control plane answers %i with a code, it is over', async (status) => {
    const captures = start({ sending: [new HttpError(status, { code: 'X' })] });
    captures.ask('c1');
    await clock.advance(3_600_000);
    captures.ask('c1');
    await clock.advance(3_600_000);
    expect([sent, looks]).toEqual([[], 1]);
  });

  it('when the runtime is just starting, it looks again; when it never can be asked, it says so', async () => {
    start({ looking: [new Error('no connection'), new Error('no connection')] }).ask('c1');
    await clock.advance(60_000);
    expect(sent).toEqual([{ captureId: 'c1', upload: content }]);
    stop.abort();
    await running;
    stop = new AbortController();
    start({ looking: Array(50).fill(new Error('no connection')) }).ask('c2');
    await clock.advance(3_600_000);
    expect(sent[1]).toEqual({
      captureId: 'c2',
      upload: { failure: { code: 'RUNTIME_NOT_ASKED', message: expect.stringContaining('no connection') } },
    });
  });

  it('when nothing runs, or captures are turned off, it says so at once', async () => {
    start({ looking: [new AgentError('NOTHING_RUNS', 'Nothing.')] }).ask('c1');
    await clock.advance(0);
    stop.abort();
    await running;
    stop = new AbortController();
    start({ allowed: false }).ask('c2');
    await clock.advance(0);
    expect(sent.map(({ upload }) => 'failure' in upload && upload.failure.code)).toEqual(['NOTHING_RUNS', 'CAPTURES_OFF']);
    expect(looks).toBe(1);
  });

  it('when another one is asked for while it waits to try again, that one is answered at once', async () => {
    const captures = start({ sending: Array(12).fill(new NetworkError('down')) });
    captures.ask('c1');
    await clock.advance(0);
    while (looks < 12) await clock.advanceToNext();
    captures.ask('c2');
    await clock.advance(0);
    expect(sent.map(({ captureId }) => captureId)).toEqual(['c2']);
  });
});
