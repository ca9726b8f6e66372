import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, posix } from 'node:path';

import { isBuild, isSource, isTest, listFiles } from '../source/files.ts';
import type { Finding } from '../source/finding.ts';
import { type ImportFact, parseSource, type SourceFacts } from '../source/parse.ts';
import { IMPORT_RULES, IMPURE_USES, type ImportRule, RANDOM_NAMES } from './rules.ts';
import { findWorkspaces, splitSpecifier, type Workspace } from './workspaces.ts';

type Rules = Readonly<Record<string, ImportRule>>;

/** `test` stands for everything that no process of ours loads: tests and builds. */
type Place = { workspace: Workspace; rule: ImportRule; workspaces: ReadonlyMap<string, Workspace>; test: boolean; path: string };

const BUILTINS = new Set(builtinModules);

function leavesWorkspace(specifier: string, place: Place): boolean {
  const target = posix.join(posix.dirname(place.path), specifier);
  return !target.startsWith(`${place.workspace.folder}/`);
}

function checkDirection(fact: ImportFact, name: string, { rule, test, workspace }: Place): string | undefined {
  if (name === workspace.name) return undefined;
  if (rule.code.includes(name) || (test && rule.tests?.includes(name) === true)) return undefined;
  if (rule.types?.includes(name) !== true) return `${workspace.name} must not import ${name}`;
  return fact.typeOnly || test ? undefined : `${workspace.name} may import only types from ${name}: write "import type"`;
}

function checkWorkspaceImport(fact: ImportFact, place: Place): string | undefined {
  const split = splitSpecifier(fact.specifier);
  if (split === undefined) return undefined;
  const { workspace, workspaces, rule, test } = place;
  const target = workspaces.get(split.name);
  if (target === undefined) return `there is no workspace ${fact.specifier}`;
  if (target.isApp && target.name !== workspace.name) return `an app must not be imported: ${fact.specifier}`;
  if (!target.exports.includes(split.door)) return `${fact.specifier} is not a public door of ${target.name}`;
  const direction = checkDirection(fact, split.name, place);
  if (direction !== undefined) return direction;
  const forbidden = rule.forbidden?.[fact.specifier];
  if (forbidden !== undefined && !test && !fact.typeOnly) return `${fact.specifier}: ${forbidden}`;
  const declared = workspace.dependencies.has(`@sluice/${split.name}`);
  const declaredForTests = (test || fact.typeOnly) && workspace.devDependencies.has(`@sluice/${split.name}`);
  // Written down, a package and the test kit that is built on it would be a cycle, which turbo refuses.
  const cyclic = test && target.dependencies.has(`@sluice/${workspace.name}`);
  const known = declared || declaredForTests || cyclic || split.name === workspace.name;
  return known ? undefined : `@sluice/${split.name} is not declared in ${workspace.folder}/package.json`;
}

function checkBuiltin(fact: ImportFact, { rule, test, workspace }: Place): string | undefined {
  const name = fact.specifier.replace(/^node:/, '');
  if (!BUILTINS.has(name)) return undefined;
  if (rule.pure === undefined || test || fact.typeOnly) return undefined;
  if (!rule.pure.builtins.includes(name)) return `${workspace.name} is pure and must not use ${fact.specifier}`;
  const allowed = rule.pure.random ?? [];
  const random = fact.names.find((imported) => [...RANDOM_NAMES, '*', 'default'].includes(imported) && !allowed.includes(imported));
  return random === undefined
    ? undefined
    : `${workspace.name} is pure: randomness is passed in, not taken from ${fact.specifier} (${random})`;
}

function checkImport(fact: ImportFact, place: Place): string | undefined {
  if (fact.specifier.startsWith('.')) {
    return leavesWorkspace(fact.specifier, place) ? `${fact.specifier} leaves the workspace: use its public door` : undefined;
  }
  return checkWorkspaceImport(fact, place) ?? checkBuiltin(fact, place);
}

function checkFacts(facts: SourceFacts, place: Place): Finding[] {
  const imports = facts.imports.flatMap((fact) => {
    const message = checkImport(fact, place);
    return message === undefined ? [] : [{ path: place.path, line: fact.line, message }];
  });
  if (place.rule.pure === undefined || place.test) return imports;
  const uses = facts.uses
    .filter(({ name }) => IMPURE_USES.includes(name))
    .map(({ line, name }) => ({ path: place.path, line, message: `${place.workspace.name} is pure: ${name} must be passed in` }));
  return [...imports, ...uses];
}

/**
 * Checks all imports of a checkout against the rules.
 * @returns the findings and how many files were read, so that a checker which sees nothing cannot pass for a clean house
 */
export function checkImports(root: string, rules: Rules = IMPORT_RULES): { checked: number; findings: Finding[] } {
  const files = listFiles(root);
  const all = findWorkspaces(root, files);
  const workspaces = new Map(all.map((workspace) => [workspace.name, workspace]));
  const findings: Finding[] = [];
  let checked = 0;
  for (const workspace of all) {
    const rule = rules[workspace.name];
    if (rule === undefined) {
      findings.push({ path: `${workspace.folder}/package.json`, line: 1, message: `no import rule for ${workspace.name}` });
      continue;
    }
    for (const path of files.filter((file) => file.startsWith(`${workspace.folder}/`) && isSource(file))) {
      checked += 1;
      const facts = parseSource(path, readFileSync(join(root, path), 'utf8'));
      const inside = path.slice(workspace.folder.length);
      findings.push(...checkFacts(facts, { workspace, rule, workspaces, test: isTest(inside) || isBuild(inside), path }));
    }
  }
  return { checked, findings };
}
