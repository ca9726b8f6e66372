/** No revision of variables comes to be this high: as of it, the current ones are in force. */
const NOW = 2_147_483_647;

/** SQL: whether a version of a variable (the alias of a row) is in force as of a revision; null: now. */
export function inForce(version: string, revision: string): string {
  const asOf = `coalesce(${revision}, ${NOW})`;
  return `(${version}.from_revision <= ${asOf} AND (${version}.to_revision IS NULL OR ${version}.to_revision > ${asOf}))`;
}
