import { parseSelector } from '@sluice/selector';
import type { NamedSelector } from '@sluice/store';
import { ApiError } from '../../problems/api-error.ts';

/** Reads the selector of a request. @throws ApiError SELECTOR_INVALID with the place and what to write instead */
export function readSelector(text: string): NamedSelector {
  const parsed = parseSelector(text);
  if ('selector' in parsed) return { text: text.trim(), selector: parsed.selector };
  const { position, message } = parsed.problem;
  const place = `At character ${position + 1} of the selector: ${message}`;
  throw new ApiError('SELECTOR_INVALID', place, { errors: [{ pointer: '/selector', detail: place }] });
}
