/**
 * Ends an exhaustive switch: the compiler refuses the call as soon as a case is missing.
 * @throws RangeError when data from outside the type system gets here.
 */
export function assertNever(value: never): never {
  throw new RangeError(`Undecided case: ${JSON.stringify(value)}`);
}
