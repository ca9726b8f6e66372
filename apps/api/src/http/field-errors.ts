import type { TLocalizedValidationError } from 'typebox/error';
import type { FieldError } from '../problems/api-error.ts';

const errorsMax = 20;

function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The words that were allowed at each place where a choice failed. */
function allowedWords(errors: readonly TLocalizedValidationError[]): Map<string, string[]> {
  const words = new Map<string, string[]>();
  for (const error of errors) {
    if (error.keyword !== 'const') continue;
    words.set(error.instancePath, [...(words.get(error.instancePath) ?? []), JSON.stringify(error.params.allowedValue)]);
  }
  return words;
}

function describe(error: TLocalizedValidationError, words: ReadonlyMap<string, string[]>): FieldError[] {
  const pointer = error.instancePath;
  switch (error.keyword) {
    case 'required':
      return error.params.requiredProperties.map((name) => ({ pointer: `${pointer}/${escapePointer(name)}`, detail: 'is required' }));
    case 'additionalProperties':
      return error.params.additionalProperties.map((name) => ({
        pointer: `${pointer}/${escapePointer(name)}`,
        detail: 'is not a known property; check its spelling or remove it',
      }));
    case 'boolean':
      // TypeBox's own report of an unknown property, beside `additionalProperties`.
      return [];
    case 'const':
    case 'anyOf': {
      const allowed = words.get(pointer);
      return [{ pointer, detail: allowed === undefined ? 'has none of the allowed forms' : `must be one of ${allowed.join(', ')}` }];
    }
    default:
      return [{ pointer, detail: error.message }];
  }
}

/** The places of a request that do not fit its schema, without repetitions and at most 20. */
export function fieldErrorsOf(errors: readonly TLocalizedValidationError[]): FieldError[] {
  const words = allowedWords(errors);
  const found = new Map<string, FieldError>();
  for (const error of errors.flatMap((each) => describe(each, words))) found.set(`${error.pointer} ${error.detail}`, error);
  return [...found.values()].slice(0, errorsMax);
}
