import { describe, expect, it } from 'vitest';
import { safeReturnPath, tokenOfFragment } from './return-path.ts';

describe('safeReturnPath', () => {
  it.each(['/organizations/1/devices?health=unhealthy', '/', '/organizations/1/rollouts/2#decisions'])(
    'when the path %s is of this console, it stays',
    (path) => {
      expect(safeReturnPath(path)).toBe(path);
    },
  );
  it.each([
    undefined,
    5,
    '',
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example',
    'javascript:alert(1)',
    '/sign-in?returnTo=/',
    '/\t/evil.example',
  ])('when the value %j is no path of this console, it becomes the start', (value) => {
    expect(safeReturnPath(value)).toBe('/');
  });
});

describe('tokenOfFragment', () => {
  it('when the fragment carries a token, it is found', () => {
    expect(tokenOfFragment('#token=abc-123_x')).toBe('abc-123_x');
  });
  it.each(['', '#', '#token=', '#other=1'])('when the fragment is "%s", there is none', (fragment) => {
    expect(tokenOfFragment(fragment)).toBeNull();
  });
});
