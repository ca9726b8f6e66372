/** What a change touches, from harmless to grave. */
export const changeClasses = ['cosmetic', 'wiring', 'logic', 'integration', 'security', 'dependency', 'environment', 'settings'] as const;
export type ChangeClass = (typeof changeClasses)[number];

/** The graver of two classes; null is none. */
export function graver<Class extends ChangeClass | null>(left: ChangeClass | null, right: Class): ChangeClass | Class {
  if (left === null || right === null) return left ?? right;
  return changeClasses.indexOf(left) > changeClasses.indexOf(right) ? left : right;
}

export function gravest(classes: Iterable<ChangeClass>): ChangeClass | null {
  let result: ChangeClass | null = null;
  for (const next of classes) result = graver(result, next);
  return result;
}
