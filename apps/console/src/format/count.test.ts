import { describe, expect, it } from 'vitest';
import { formatBytes, formatCountOf, formatPercent } from './count.ts';

describe('formatPercent', () => {
  it.each([
    [5, 5, '100 %'],
    [99_999, 100_000, '99.9 %'],
    [1, 100_000, '0.1 %'],
    [0, 10, '0 %'],
    [1, 3, '33.3 %'],
    [0, 0, '–'],
  ])('when %d of %d are meant, it says "%s"', (part, whole, text) => {
    expect(formatPercent(part, whole)).toBe(text);
  });
});

describe('formatCountOf', () => {
  it('when there is one, it uses the singular', () => {
    expect(formatCountOf(1, 'device')).toBe('1 device');
  });
  it('when there are many, it uses the plural and parts thousands', () => {
    expect(formatCountOf(12_408, 'device')).toBe('12,408 devices');
  });
});

describe('formatBytes', () => {
  it.each([
    [512, '512 B'],
    [63_200_000, '63.2 MB'],
    [1_000, '1 kB'],
  ])('when %d bytes are given, it says "%s"', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
