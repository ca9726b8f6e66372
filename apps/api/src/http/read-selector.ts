import { type ParsedSelector, parseLabelSelector, parseSelector, type Selector } from '@sluice/selector';
import type { NamedSelector } from '@sluice/store';
import { ApiError } from '../problems/api-error.ts';

/** Reads the selector of a request. @throws ApiError SELECTOR_INVALID with the place and what to write instead */
export function readSelector(text: string): NamedSelector {
  return { text: text.trim(), selector: accepted(parseSelector(text), '/selector') };
}

/** Reads a selector of labels alone, from this place of a request. @throws ApiError SELECTOR_INVALID */
export function readLabelSelector(text: string, pointer: string): Selector {
  return accepted(parseLabelSelector(text), pointer);
}

function accepted(parsed: ParsedSelector, pointer: string): Selector {
  if ('selector' in parsed) return parsed.selector;
  const { position, message } = parsed.problem;
  const place = `At character ${position + 1} of the selector: ${message}`;
  throw new ApiError('SELECTOR_INVALID', place, { errors: [{ pointer, detail: place }] });
}
