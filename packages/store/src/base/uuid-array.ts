/** Ids as a parameter that is cast to `uuid[]`. The driver would take each of them for a text that may have to be escaped. */
export function uuidArray(ids: readonly string[]): string {
  return `{${ids.join(',')}}`;
}
