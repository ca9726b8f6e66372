import {
  findGitCommits,
  type GitRef,
  type GitRepository,
  listGitRefs,
  type Reader,
  readGitCommits,
  streamGitObjects,
  weighGenerations,
} from '@sluice/store';
import git from 'isomorphic-git';
import { MAIN_BRANCH } from '../history/commit-snapshot.ts';
import { OBJECTS_PER_QUERY, requireObjects } from '../history/walk-trees.ts';
import { treeOfCommit } from '../objects/commit.ts';
import { inflateGitObject } from '../objects/git-object.ts';
import { parseTree } from '../objects/tree.ts';
import { divergedAdvice, explainRemoteError } from './explain.ts';
import { createHistoryFiles, type HistoryFiles } from './history-files.ts';
import { pushTags } from './push-tags.ts';
import { RemoteError } from './remote-error.ts';
import { createRemoteHttp, type RemoteHttp } from './remote-http.ts';
import { type RemoteAccess, signInHeaders } from './remote-url.ts';

export type PushRequest = {
  repository: GitRepository;
  remote: RemoteAccess & { branch: string };
  /** Overwrite what the remote has. Only ever when a person said so. */
  force: boolean;
  signal: AbortSignal;
  steps?: PushSteps;
};

/** A push holds so much of the history in memory, roughly: it goes there in steps, and what arrived stays when the next one fails. */
export type PushSteps = { commitsMax: number; bytesMax: number };
const defaultSteps: PushSteps = { commitsMax: 100, bytesMax: 8 * 1024 * 1024 };

/** `commit`: what the branch of the remote points at now; null when there is no history yet. `pushed`: the references that were moved. */
export type PushOutcome = { commit: string | null; pushed: string[] };

/** A server's list of its references, and its answer to a push. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
type Push = PushRequest & { reader: Reader; http: RemoteHttp; files: HistoryFiles; headers: Record<string, string> };

/** One reference to move. */
type Move = { ref: string; oid: string; force: boolean };

async function move({ files, http, remote, headers, signal }: Push, { ref, oid, force }: Move): Promise<void> {
  const { url } = remote;
  // isomorphic-git adds headers of its own to the object it is given.
  await git.push({ fs: files.fs, gitdir: '/git', http, url, ref: oid, remoteRef: ref, force, headers: { ...headers }, signal });
}

/** The trees below a commit: what is in them, the remote has. */
async function expectTrees({ reader, repository, files }: Push, commitOid: string): Promise<void> {
  const commit = (await requireObjects(reader, repository, [commitOid])).get(commitOid);
  if (commit === undefined) return;
  let open = [treeOfCommit(inflateGitObject(commit).content)];
  while (open.length > 0) {
    const next = new Set<string>();
    for (let at = 0; at < open.length; at += OBJECTS_PER_QUERY) {
      const trees = [...(await requireObjects(reader, repository, open.slice(at, at + OBJECTS_PER_QUERY))).values()];
      files.expect(trees);
      for (const tree of trees) for (const entry of parseTree(inflateGitObject(tree).content)) if (entry.isFolder) next.add(entry.oid);
    }
    open = [...next];
  }
}

/** Cuts generations into steps that fit into memory: the last generation of each. */
function stepsOf(weights: readonly { generation: number; bytes: number }[], { commitsMax, bytesMax }: PushSteps): number[] {
  const ends: number[] = [];
  let step = { commits: 0, bytes: 0 };
  for (const [index, { generation, bytes }] of weights.entries()) {
    step = { commits: step.commits + 1, bytes: step.bytes + bytes };
    const next = weights[index + 1];
    if (next === undefined || step.commits >= commitsMax || step.bytes + next.bytes > bytesMax) {
      ends.push(generation);
      step = { commits: 0, bytes: 0 };
    }
  }
  return ends;
}

/** Pushes the branch, step by step, from the newest commit that the remote has. */
async function pushBranch(push: Push, main: GitRef, base: number, force: boolean): Promise<void> {
  const { reader, repository, files, remote, steps = defaultSteps } = push;
  const ref = `refs/heads/${remote.branch}`;
  let after = base;
  const weights = await weighGenerations(reader, repository, { after: base, upTo: main.generation });
  for (const upTo of stepsOf(weights, steps)) {
    files.forget();
    const commits = await readGitCommits(reader, repository, { after: Math.max(0, 2 * after - upTo - 1), upTo });
    files.expect(commits);
    const [below, head] = [commits.at(after - upTo - 1), commits.at(-1)];
    if (after > 0 && below !== undefined) await expectTrees(push, below.oid);
    for await (const page of streamGitObjects(reader, repository, { after, upTo })) files.expect(page);
    if (head !== undefined) await move(push, { ref, oid: head.oid, force: force && after === base });
    after = upTo;
  }
  // The remote has every commit, only its branch points elsewhere.
  if (after === base && base === main.generation) {
    files.forget();
    files.expect(await readGitCommits(reader, repository, { after: Math.max(0, base - steps.commitsMax), upTo: base }));
    await move(push, { ref, oid: main.oid, force });
  }
}

function diverged(what: string): RemoteError {
  return new RemoteError('DIVERGED', `${what} at the remote is not what this history has. ${divergedAdvice}`);
}

async function pushEverything(push: Push): Promise<PushOutcome> {
  const { reader, repository, remote, force, http, headers } = push;
  // Asked even when there is nothing to push: a wrong address or token is told at once.
  const listed = await git.listServerRefs({ http, url: remote.url, headers: { ...headers }, forPush: true, protocolVersion: 1 });
  const theirs = new Map(listed.map(({ ref, oid }) => [ref, oid]));
  const ours = await listGitRefs(reader, repository);
  const main = ours.find(({ name }) => name === MAIN_BRANCH);
  if (main === undefined) return { commit: null, pushed: [] };
  const known = await findGitCommits(reader, repository, [...new Set(theirs.values())]);
  const branch = `refs/heads/${remote.branch}`;
  const theirMain = theirs.get(branch);
  if (theirMain !== undefined && !known.has(theirMain) && !force) throw diverged(`The branch ${remote.branch}`);
  const tags = ours.filter(({ name, oid }) => name.startsWith('refs/tags/') && theirs.get(name) !== oid);
  const taken = tags.find(({ name }) => theirs.has(name));
  if (taken !== undefined && !force) throw diverged(`The tag ${taken.name.slice('refs/tags/'.length)}`);

  const pushed: string[] = [];
  if (theirMain !== main.oid) {
    const base = [...known.values()].reduce((highest, each) => Math.max(highest, each), 0);
    await pushBranch(push, main, Math.min(base, main.generation), force);
    pushed.push(branch);
  }
  const moves = tags.map(({ name, oid }) => ({ ref: name, oid, from: theirs.get(name) }));
  await pushTags(http, { url: remote.url, headers }, moves);
  pushed.push(...moves.map(({ ref }) => ref));
  return { commit: main.oid, pushed };
}

/**
 * Brings a remote to what the history of an application is: its branch, and a tag for each snapshot. Only what it lacks is sent, and nothing
 * there is overwritten without `force`.
 * @throws RemoteError; whatever the store throws
 */
export async function pushHistory(reader: Reader, request: PushRequest): Promise<PushOutcome> {
  const { remote, repository, signal } = request;
  const http = createRemoteHttp({ signal, answerBytesMax: ANSWER_BYTES_MAX });
  const files = createHistoryFiles(reader, repository);
  try {
    return await pushEverything({ ...request, reader, http, files, headers: signInHeaders(remote) });
  } catch (error) {
    throw explainRemoteError(error, remote.url) ?? error;
  } finally {
    http.close();
  }
}
