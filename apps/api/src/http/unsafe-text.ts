import { findUnstorableText } from '@sluice/platform';
import { ApiError } from '../problems/api-error.ts';

/**
 * Refuses texts that Postgres cannot store anywhere in a parsed body, so that they are a clear answer instead of a failure deep inside.
 * @throws ApiError VALIDATION_FAILED with the pointer of such a text
 */
export function refuseUnstorableText(root: unknown): void {
  const found = findUnstorableText(root);
  if (found === undefined) return;
  throw new ApiError('VALIDATION_FAILED', 'A text of the request cannot be stored: see errors.', { errors: [found] });
}
