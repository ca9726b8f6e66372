import { VirtualClock } from '@sluice/platform/testing';
import { expect, it } from 'vitest';
import { createTroubleLog } from './trouble-log.ts';

it('when the same trouble comes again and again, it is told once a minute, with how often it came', async () => {
  const clock = new VirtualClock();
  const lines: object[] = [];
  const tell = createTroubleLog({ warn: (fields) => void lines.push(fields) }, clock, 'trouble');
  const refused = new Error('connect ECONNREFUSED');
  for (let count = 0; count < 10; count += 1) tell(refused);
  expect(lines).toEqual([{ err: refused }]);
  const other = new Error('read ECONNRESET');
  tell(other);
  expect(lines).toEqual([{ err: refused }, { err: other }]);
  await clock.advance(60_000);
  tell(refused);
  expect(lines.at(-1)).toEqual({ err: refused, repeated: 9 });
});
