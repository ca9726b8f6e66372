import { ApiError } from '../problems/api-error.ts';

const nodesMax = 200_000;

/** Whether a text can be stored and written as UTF-8: no NUL, no lone surrogate. */
function isStorable(text: string): boolean {
  return !text.includes('\u0000') && text.isWellFormed();
}

/**
 * Refuses texts that Postgres cannot store anywhere in a parsed body, so that they are a clear answer instead of a failure deep inside.
 * @throws ApiError VALIDATION_FAILED with the pointer of the first such text
 */
export function refuseUnstorableText(root: unknown): void {
  const open: { value: unknown; pointer: string }[] = [{ value: root, pointer: '' }];
  let seen = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    seen += 1;
    if (seen > nodesMax) throw new ApiError('BODY_TOO_LARGE', `The body has more than ${nodesMax} values.`);
    const { value, pointer } = next;
    if (typeof value === 'string' && !isStorable(value)) throw unstorable(pointer);
    if (typeof value !== 'object' || value === null) continue;
    for (const [name, member] of Object.entries(value)) {
      const at = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      if (!isStorable(name)) throw unstorable(pointer);
      open.push({ value: member, pointer: at });
    }
  }
}

function unstorable(pointer: string): ApiError {
  const detail = 'holds a NUL character or half of a surrogate pair';
  return new ApiError('VALIDATION_FAILED', 'A text of the request cannot be stored: see errors.', { errors: [{ pointer, detail }] });
}
