/** A row's time as the API shows it. */
export function iso(at: Date): string {
  return at.toISOString();
}

/** The same for a time that may be missing. */
export function isoOrNull(at: Date | null): string | null {
  return at === null ? null : at.toISOString();
}

/** The only row of a statement that always gives one. */
export function only<R>(rows: readonly R[]): R {
  const [row] = rows;
  if (row === undefined) throw new Error('a statement gave no row');
  return row;
}
