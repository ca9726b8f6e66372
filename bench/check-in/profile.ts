import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

type Profile = {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number }; children?: number[] }[];
  samples: number[];
  timeDeltas: number[];
};

/** Part of the time that a function itself used. */
export type Share = { name: string; percent: number };

function placeOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const file = url.replace(/^.*\/(apps|packages|node_modules)\//, '$1/');
  return `${functionName === '' ? '(anonymous)' : functionName} ${file === '' ? '' : `${file}:${lineNumber + 1}`}`.trim();
}

/** The last seconds of a CPU profile by function, without idle time, largest share first: what comes before is the start and the warming up. */
export function sharesOf(profile: Profile, seconds: number, limit: number): Share[] {
  const names = new Map(profile.nodes.map((node) => [node.id, placeOf(node.callFrame)]));
  const self = new Map<string, number>();
  const duration = profile.timeDeltas.reduce((sum, delta) => sum + delta, 0);
  let elapsed = 0;
  let total = 0;
  profile.samples.forEach((id, index) => {
    elapsed += profile.timeDeltas[index] ?? 0;
    const name = names.get(id) ?? '(unknown)';
    if (name === '(idle)' || name === '(root)' || elapsed < duration - seconds * 1e6) return;
    const time = profile.timeDeltas[index] ?? 0;
    self.set(name, (self.get(name) ?? 0) + time);
    total += time;
  });
  return [...self]
    .sort(([, left], [, right]) => right - left)
    .slice(0, limit)
    .map(([name, time]) => ({ name, percent: Math.round((time / total) * 1000) / 10 }));
}

/** Reads the profile that `node --cpu-prof` left in a folder. */
export async function readShares(folder: string, seconds: number, limit = 25): Promise<Share[]> {
  const name = (await readdir(folder)).find((each) => each.endsWith('.cpuprofile'));
  if (name === undefined) throw new Error('the server left no profile');
  return sharesOf(JSON.parse(await readFile(join(folder, name), 'utf8')) as Profile, seconds, limit);
}
