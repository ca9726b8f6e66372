/** Length that a device's name may have (`Name` of the contracts). */
const nameLengthMax = 100;
const suffixesTried = 50;

function withSuffix(name: string, suffix: string): string {
  return `${name.slice(0, nameLengthMax - suffix.length).trimEnd()}${suffix}`;
}

/** The names to try for a device, best first: the wanted one, then `name-2`, `name-3` …, and one from its id that nobody else has. */
export function nameCandidates(wanted: string, deviceId: string): string[] {
  const numbered = Array.from({ length: suffixesTried - 1 }, (_, index) => withSuffix(wanted, `-${index + 2}`));
  return [wanted, ...numbered, withSuffix(wanted, `-${deviceId.slice(-12)}`)];
}
