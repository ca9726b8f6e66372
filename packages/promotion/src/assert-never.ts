/** For the default of a switch over all states: a new one does not compile. */
export function assertNever(value: never): never {
  throw new Error(`unknown: ${String(value)}`);
}
