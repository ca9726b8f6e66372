import type { ModuleList, ReleaseModule } from '@sluice/contracts';
import { AgentError } from '../errors.ts';

/** What packages are made for, in npm's words. `libc` is null where the question makes no sense, or nobody knows. */
export type Platform = { os: string; cpu: string; libc: 'glibc' | 'musl' | null };

/** npm's rule for `os`, `cpu` and `libc`: one of the words, or none of those with an exclamation mark. */
function accepts(words: readonly string[] | undefined, value: string | null): boolean {
  if (words === undefined || words.length === 0 || (words.length === 1 && words[0] === 'any')) return true;
  if (words.some((word) => word === `!${value}`)) return false;
  return words.includes(value ?? '') || words.every((word) => word.startsWith('!'));
}

function fits(module: ReleaseModule, platform: Platform): boolean {
  if (!accepts(module.os, platform.os) || !accepts(module.cpu, platform.cpu)) return false;
  if (module.libc === undefined) return true;
  return platform.os === 'linux' && platform.libc !== null && accepts(module.libc, platform.libc);
}

/** The optional packages that this platform can have: each fits, and so does all that it needs. */
function possible(modules: readonly ReleaseModule[], platform: Platform): Set<string> {
  const paths = new Set(modules.filter((module) => module.optional === undefined || fits(module, platform)).map(({ path }) => path));
  for (let before = -1; before !== paths.size; ) {
    before = paths.size;
    for (const { path, optional } of modules) if (optional?.requires.some((needed) => !paths.has(needed)) === true) paths.delete(path);
  }
  return paths;
}

/**
 * The packages that belong into the tree on this platform: all that are required, and the optional ones that fit and that something in the tree
 * leads to. What npm would unpack here. Pure.
 * @throws AgentError RUNTIME_UNFIT when a required package is not made for this platform
 */
export function selectModules({ modules }: Pick<ModuleList, 'modules'>, platform: Platform): ReleaseModule[] {
  const unfit = modules.find((module) => module.optional === undefined && !fits(module, platform));
  if (unfit !== undefined) {
    const here = [platform.os, platform.cpu, platform.libc].filter((word) => word !== null).join(' ');
    throw new AgentError('RUNTIME_UNFIT', `The release needs ${unfit.name} ${unfit.version}, which is not made for ${here}.`);
  }
  const candidates = possible(modules, platform);
  const chosen = new Set(['', ...modules.filter((module) => module.optional === undefined).map(({ path }) => path)]);
  for (let before = -1; before !== chosen.size; ) {
    before = chosen.size;
    for (const { path, optional } of modules) {
      if (optional !== undefined && candidates.has(path) && optional.dependents.some((from) => chosen.has(from))) chosen.add(path);
    }
  }
  return modules.filter(({ path }) => chosen.has(path));
}
