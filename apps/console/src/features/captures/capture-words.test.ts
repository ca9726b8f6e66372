import { expect, it } from 'vitest';
import { outcomeOf, whyNoCapture } from './capture-words.ts';

it('when a capture is over, its outcome says whether the device runs what it should', () => {
  expect(outcomeOf({ state: 'completed', differs: true, failure: null })).toContain('differ');
  expect(outcomeOf({ state: 'completed', differs: false, failure: null })).toContain('exactly');
  expect(outcomeOf({ state: 'requested', differs: null, failure: null })).toBeNull();
  expect(outcomeOf({ state: 'failed', differs: null, failure: { code: 'X', message: 'No release runs.' } })).toBe('No release runs.');
});

it('when a capture is open, another one cannot be asked for', () => {
  expect(whyNoCapture([{ state: 'delivered' }])).toBe('A capture is under way.');
  expect(whyNoCapture([{ state: 'completed' }, { state: 'failed' }])).toBeNull();
});
