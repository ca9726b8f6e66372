/** Digits of a number at most: a millisecond timestamp as a version still has its place. */
const digits = 15;

/** A version: one to three numbers, a pre-release, build metadata. The database uses the same expression. */
export const versionPattern = `^v?([0-9]{1,${digits}})(?:[.]([0-9]{1,${digits}}))?(?:[.]([0-9]{1,${digits}}))?(?:-([0-9A-Za-z.-]+))?(?:[+][0-9A-Za-z.-]+)?$`;

const version = new RegExp(versionPattern, 'u');
const numeric = /^[0-9]{1,15}$/u;

function padded(number: string | undefined): string {
  return (number ?? '0').padStart(digits, '0');
}

/**
 * A text that sorts, character by character, as versions do (Semantic Versioning 2.0.0, section 11): `5.0.0-beta.2` < `5.0.0-beta.10` < `5.0.0`.
 * Missing numbers are zero, so whole numbers are compared as numbers. Build metadata is left out.
 * @returns null for what is neither a version nor a number
 */
export function versionOrder(text: string): string | null {
  const match = version.exec(text);
  if (match === null) return null;
  const [, major, minor, patch, preRelease] = match;
  const numbers = [major, minor, patch].map(padded).join('.');
  // "~" comes after "-", so a release comes after what was released before it; " " before every character of an identifier.
  if (preRelease === undefined) return `${numbers}~`;
  const identifiers = preRelease.split('.').map((identifier) => (numeric.test(identifier) ? `0${padded(identifier)}` : `1${identifier}`));
  return `${numbers}-${identifiers.join(' ')}`;
}
