/** The identity of the row of a variable's version: a sealed value opens in no other one. */
export function variableIdentity(versionId: string): string {
  return `variable/${versionId}`;
}
