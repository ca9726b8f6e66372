import type { RuntimeHealth } from '@sluice/contracts';
import { VirtualClock } from '@sluice/platform/testing';
import { expect, it } from 'vitest';
import type { Installation } from '../../install/installation.ts';
import type { StepRun, UpdateContext } from '../context.ts';
import { idleRecord } from '../record.ts';
import { activate } from './switch.ts';

const healthPolicy = { startTimeoutMs: 20_000, maximumUncaughtErrors: 0 } as Installation['healthPolicy'];
const before = { name: 'before', flowsRevision: 'a', lockDigest: 'lock', healthPolicy } as Installation;
const target = { ...before, name: 'target', flowsRevision: 'b' };
const nothing = async (): Promise<void> => undefined;
const started = { flowsState: 'started', flowsRevision: 'a' } as RuntimeHealth;

/** An agent that was killed in the switch and took over a runtime, which says this about itself after so long. */
function takenOver(answers: { afterMs: number; health: RuntimeHealth | null; alive?: boolean }[]) {
  const clock = new VirtualClock();
  const done: string[] = [];
  const answer = () => answers.findLast(({ afterMs }) => afterMs <= clock.monotonic());
  const context = {
    clock,
    fileSystem: { remove: nothing, makeLink: nothing, rename: nothing, syncFolder: nothing },
    layout: { current: '/agent/current' },
    signedTime: { candidates: () => [] },
    installations: { require: async () => target },
    log: { warn: () => undefined },
    supervisor: {
      wanted: () => before,
      health: () => answer()?.health ?? null,
      sample: () => ({ alive: answer()?.alive ?? true, health: answer()?.health ?? null, crashes: 0, crashDetail: null }),
      applyHot: async () => {
        done.push('in place');
        return { revision: 'b', cutOverMs: 1 };
      },
      replace: async () => {
        done.push('started anew');
        answers.push({ afterMs: clock.monotonic(), health: { ...started, flowsRevision: 'b' } });
      },
    },
  } as unknown as UpdateContext;
  const run = {
    record: { ...idleRecord, state: 'ACTIVATE', target: 'target', from: 'before' },
    signal: new AbortController().signal,
  } as unknown as StepRun;
  return { clock, done, switching: activate(context, run) };
}

it('when a runtime that was taken over is slow to say how it is, the switch waits for that and does not stop production', async () => {
  const { clock, done, switching } = takenOver([
    { afterMs: 6_000, health: { ...started, flowsState: 'starting' } },
    { afterMs: 9_000, health: started },
  ]);
  await clock.advance(8_000);
  expect(done).toEqual([]);
  await clock.advance(2_000);
  expect(done).toEqual(['in place']);
  await expect(switching).resolves.toMatchObject({ kind: 'done', patch: { method: 'hot' } });
});

it.each([
  ['never says how it is', [{ afterMs: 0, health: null }], 20_000],
  ['has ended', [{ afterMs: 300, health: null, alive: false }], 400],
  ['has stopped its flows', [{ afterMs: 300, health: { ...started, flowsState: 'stopped' } as RuntimeHealth }], 400],
])('when a runtime that was taken over %s, it is started anew', async (_what, answers, untilMs) => {
  const { clock, done, switching } = takenOver(answers);
  await clock.advance(untilMs - 200);
  expect(done).toEqual([]);
  await clock.advance(400);
  expect(done).toEqual(['started anew']);
  await expect(switching).resolves.toMatchObject({ kind: 'done', patch: { method: 'restart' } });
});
