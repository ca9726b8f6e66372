import type { VariableDeclaration } from '@sluice/contracts';

/** A variable that is needed from now on, no longer, or otherwise. */
export type VariableChange = {
  name: string;
  before: VariableDeclaration | null;
  after: VariableDeclaration | null;
  /** True when the change needs a value that nobody had to provide before. */
  needsValue: boolean;
};

/** Changed declarations by name. */
export function compareVariables(before: readonly VariableDeclaration[], after: readonly VariableDeclaration[]): VariableChange[] {
  const old = new Map(before.map((variable) => [variable.name, variable]));
  const current = new Map(after.map((variable) => [variable.name, variable]));
  const names = [...new Set([...old.keys(), ...current.keys()])].sort();
  return names.flatMap((name): VariableChange[] => {
    const [was, is] = [old.get(name) ?? null, current.get(name) ?? null];
    if (was !== null && is !== null && isSame(was, is)) return [];
    const isNeeded = (variable: VariableDeclaration | null): boolean => variable?.required === true && variable.default === undefined;
    return [{ name, before: was, after: is, needsValue: isNeeded(is) && !isNeeded(was) }];
  });
}

function isSame(left: VariableDeclaration, right: VariableDeclaration): boolean {
  return left.required === right.required && left.secret === right.secret && left.default === right.default;
}
