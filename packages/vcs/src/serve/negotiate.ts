import { findGitCommits, type GitRepository, type Reader, readGitCommits, type StoredGitObject } from '@sluice/store';
import { walkTrees } from '../history/walk-trees.ts';
import { treeOfCommit } from '../objects/commit.ts';
import { inflateGitObject } from '../objects/git-object.ts';
import type { PackContent } from './pack.ts';
import { GitProtocolError } from './pkt-line.ts';

// A history is one line: commit n has the parent n - 1 (generations). So what a client has and lacks are ranges of numbers, and only clients
// that cut their history short (shallow) need a look into trees.

/** What a client asks for. All oids are as it sent them. */
export type FetchRequest = {
  wants: readonly string[];
  haves: readonly string[];
  /** Commits whose parents the client lacks. */
  shallow: readonly string[];
  /** So many commits from each want; undefined: all. */
  depth: number | undefined;
  /** `depth` counts from where the client's history ends now. */
  isDepthRelative: boolean;
};

export type FetchAnswer = {
  /** Of the haves, those that we have, too, in their order. */
  common: readonly string[];
  /** Commits that become the end of the client's history, and those that no longer are. */
  shallow: readonly string[];
  unshallow: readonly string[];
  /** Computed only when a pack is sent. */
  content(): Promise<PackContent>;
};

type Known = { wants: number[]; haves: number[]; shallow: Map<string, number> };

/** Which generations the client shall have in the end, and has now. */
type Window = { wanted: Set<number>; held: Set<number> };

const top = (generations: readonly number[]): number => generations.reduce((highest, each) => Math.max(highest, each), 0);

/** Where a history from `generation` downwards ends at the client. */
function endOf(generation: number, shallow: Iterable<number>): number {
  return top([1, ...shallow].filter((each) => each <= generation));
}

/** What clients send for "everything" (`--unshallow`). They then want only what has a name and is missing, and expect all ends to go. */
const DEPTH_INFINITE = 0x7fffffff;

function windowOf(known: Known, depth: number, isRelative: boolean): Window {
  const ends = [...known.shallow.values()];
  const fill = (set: Set<number>, from: number, to: number): void => {
    for (let each = Math.max(from, 1); each <= to; each += 1) set.add(each);
  };
  const window: Window = { wanted: new Set(), held: new Set() };
  for (const want of known.wants) fill(window.wanted, (isRelative ? endOf(want, ends) : want + 1) - depth, want);
  if (depth >= DEPTH_INFINITE) fill(window.wanted, 1, top([...known.wants, ...ends]));
  for (const have of known.haves) fill(window.held, endOf(have, ends), have);
  return window;
}

/** The commits' objects and everything in their trees that the tree of `base` lacks. */
async function contentOfCommits(
  reader: Reader,
  repository: GitRepository,
  commits: readonly StoredGitObject[],
  base: StoredGitObject | undefined,
): Promise<PackContent> {
  const treeOf = (commit: StoredGitObject): string => treeOfCommit(inflateGitObject(commit).content);
  const walked = await walkTrees(reader, repository, commits.map(treeOf));
  const held = base === undefined ? undefined : await walkTrees(reader, repository, [treeOf(base)]);
  const lacking = [...walked.trees, ...walked.files].filter((oid) => held === undefined || !(held.trees.has(oid) || held.files.has(oid)));
  return { kind: 'oids', oids: [...commits.map((commit) => commit.oid), ...lacking] };
}

/** Finds out what the client lacks. @throws GitProtocolError when it wants what is not here */
export async function negotiate(reader: Reader, repository: GitRepository, request: FetchRequest): Promise<FetchAnswer> {
  const found = await findGitCommits(reader, repository, [...request.wants, ...request.haves, ...request.shallow]);
  const stranger = request.wants.find((oid) => !found.has(oid));
  if (stranger !== undefined) throw new GitProtocolError(`upload-pack: not our ref ${stranger}`);
  const generationsOf = (oids: readonly string[]): number[] => oids.flatMap((oid) => found.get(oid) ?? []);
  const known: Known = {
    wants: generationsOf(request.wants),
    haves: generationsOf(request.haves),
    shallow: new Map(request.shallow.flatMap((oid) => (found.has(oid) ? [[oid, found.get(oid) ?? 0]] : []))),
  };
  const common = request.haves.filter((oid) => found.has(oid));
  const upTo = top(known.wants);
  if (request.depth === undefined) {
    const after = Math.min(top(known.haves.filter((each) => each <= upTo || known.shallow.size === 0)), upTo);
    const content = async (): Promise<PackContent> => {
      if (known.shallow.size === 0 || after === 0) return { kind: 'range', range: { after, upTo } };
      const [base, ...commits] = await readGitCommits(reader, repository, { after: after - 1, upTo });
      return contentOfCommits(reader, repository, commits, base);
    };
    return { common, shallow: [], unshallow: [], content };
  }
  return answerWithDepth({ reader, repository, known, common }, windowOf(known, request.depth, request.isDepthRelative));
}

type Facts = { reader: Reader; repository: GitRepository; known: Known; common: readonly string[] };

async function answerWithDepth({ reader, repository, known, common }: Facts, { wanted, held }: Window): Promise<FetchAnswer> {
  const upTo = top([...wanted, ...held]);
  const all = new Map((await readGitCommits(reader, repository, { after: 0, upTo })).map((commit, index) => [index + 1, commit]));
  const isEnd = (generation: number): boolean => generation > 1 && wanted.has(generation) && !wanted.has(generation - 1);
  const ends = new Set([...wanted].filter(isEnd).flatMap((generation) => all.get(generation)?.oid ?? []));
  const atClient = [...known.shallow];
  return {
    common,
    shallow: [...ends].filter((oid) => !known.shallow.has(oid)),
    unshallow: atClient.filter(([oid, generation]) => wanted.has(generation) && !ends.has(oid)).map(([oid]) => oid),
    content: async () => {
      const lacking = [...wanted].filter((generation) => !held.has(generation)).flatMap((generation) => all.get(generation) ?? []);
      return contentOfCommits(reader, repository, lacking, all.get(top([...held])));
    },
  };
}
