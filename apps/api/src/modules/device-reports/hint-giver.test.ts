import { silentLog } from '@sluice/platform';
import { expect, it } from 'vitest';
import { createHintGiver } from './hint-giver.ts';

/** Lets every promise that can go on go on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('when the queue does not answer, many hints about a rollout become one that follows, and other rollouts do not wait', async () => {
  const given: string[] = [];
  const gate = Promise.withResolvers<void>();
  const hints = createHintGiver(async (rolloutId) => {
    given.push(rolloutId);
    if (rolloutId === 'slow') await gate.promise;
  }, silentLog);
  for (let count = 0; count < 5; count += 1) hints.give(['slow']);
  hints.give(['quick']);
  await settle();
  expect(given).toEqual(['slow', 'quick']);
  gate.resolve();
  await settle();
  expect(given).toEqual(['slow', 'quick', 'slow']);
});

it('when a hint cannot be given, it is logged, and the next one is given as ever', async () => {
  const warnings: string[] = [];
  let calls = 0;
  const fail = async (): Promise<void> => {
    calls += 1;
    throw new Error('no queue');
  };
  const hints = createHintGiver(fail, { warn: (_fields, message) => void warnings.push(message) });
  hints.give(['a']);
  await settle();
  hints.give(['a']);
  await settle();
  expect([calls, warnings.length]).toEqual([2, 2]);
});
