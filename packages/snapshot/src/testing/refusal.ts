import { expect } from 'vitest';
import type { SnapshotErrorCode } from '../errors.ts';

/** The refusal with this code (and, if given, at this place), for `toThrow`. */
export function refusal(code: SnapshotErrorCode, pointer?: string): unknown {
  return expect.objectContaining({ name: 'SnapshotError', code, ...(pointer === undefined ? {} : { pointer }) });
}
