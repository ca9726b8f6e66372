import { expect, it } from 'vitest';
import { readLabels } from './labels.ts';

it('when labels are typed, they are read; when one is not well formed, none is', () => {
  expect(readLabels('')).toEqual({});
  expect(readLabels(' ticket = 4711, line=3,urgent ')).toEqual({ ticket: '4711', line: '3', urgent: '' });
  for (const typed of ['=x', 'a b=c', 'a=b=c', `${'n'.repeat(64)}=1`, 'a=-b']) expect(readLabels(typed)).toBeUndefined();
});
