import git, { type PromiseFsClient } from 'isomorphic-git';
import { createGitObject, type GitObject } from '../objects/git-object.ts';
import { parseTree } from '../objects/tree.ts';
import { checkPack, type PackLimits } from './check-pack.ts';
import { explainRemoteError } from './explain.ts';
import { createMemoryFiles } from './memory-files.ts';
import { RemoteError } from './remote-error.ts';
import { createRemoteHttp, type RemoteHttp } from './remote-http.ts';
import { type RemoteAccess, signInHeaders } from './remote-url.ts';

export type FetchRequest = { remote: RemoteAccess & { branch: string }; signal: AbortSignal; limits?: FetchLimits };

/** What an import takes in. */
export type FetchLimits = PackLimits & {
  /** Bytes on the way here. */
  answerBytesMax: number;
  /** Files of the project, and their bytes together. */
  filesMax: number;
  projectBytesMax: number;
};

const MEBIBYTE = 1024 * 1024;
export const defaultFetchLimits: FetchLimits = {
  answerBytesMax: 64 * MEBIBYTE,
  objectsMax: 50_000,
  objectBytesMax: 64 * MEBIBYTE,
  totalBytesMax: 512 * MEBIBYTE,
  filesMax: 5_000,
  projectBytesMax: 64 * MEBIBYTE,
};

/** The head of a remote branch, with its files below a folder. */
export type FetchedBranch = {
  commit: string;
  author: { name: string; email: string };
  /** Without its last line end. */
  message: string;
  /** By their paths within the folder. */
  files: Map<string, Buffer>;
};

type Session = { http: RemoteHttp; url: string; branch: string; headers: Record<string, string>; limits: FetchLimits };

async function withSession<T>(
  { remote, signal, limits = defaultFetchLimits }: FetchRequest,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const http = createRemoteHttp({ signal, answerBytesMax: limits.answerBytesMax });
  try {
    return await work({ http, url: remote.url, branch: remote.branch, headers: signInHeaders(remote), limits });
  } catch (error) {
    throw explainRemoteError(error, remote.url) ?? error;
  } finally {
    http.close();
  }
}

/**
 * The commit that a remote branch points at: one or two small requests.
 * @throws RemoteError; BRANCH_NOT_FOUND, REMOTE_EMPTY
 */
export function readRemoteHead(request: FetchRequest): Promise<string> {
  return withSession(request, async ({ http, url, branch, headers }) => {
    const refs = await git.listServerRefs({ http, url, headers: { ...headers }, prefix: 'refs/heads/', protocolVersion: 2 });
    const head = refs.find(({ ref }) => ref === `refs/heads/${branch}`);
    if (head !== undefined) return head.oid;
    const others = refs.slice(0, 5).map(({ ref }) => ref.slice('refs/heads/'.length));
    if (others.length === 0) throw new RemoteError('REMOTE_EMPTY', 'The repository has no commit yet: push the project to it.');
    throw new RemoteError(
      'BRANCH_NOT_FOUND',
      `The repository has no branch ${branch}. It has: ${others.join(', ')}${refs.length > 5 ? ' …' : ''}.`,
    );
  });
}

type Repository = { fs: PromiseFsClient; cache: object };

/** An object of the fetched pack, whose name was computed from its content: what does not fit its name is never used. */
async function readObject({ fs, cache }: Repository, oid: string, type: GitObject['type']): Promise<Buffer> {
  const read = await git.readObject({ fs, cache, gitdir: '/git', oid, format: 'content' });
  const content = Buffer.from(read.object as Uint8Array);
  if (read.type !== type || createGitObject(type, content).oid !== oid)
    throw new RemoteError('OBJECTS_CORRUPT', `The object ${oid} is not what its name says. Check the repository with git fsck.`);
  return content;
}

/** Of a repository, only what a project can consist of: JSON, and the texts beside the flows in our own layout. */
function belongsToProject(path: string): boolean {
  if (path.split('/').some((part) => part === 'node_modules' || part === '.git')) return false;
  return path.startsWith('flows/') || path.toLowerCase().endsWith('.json');
}

async function readFiles(repository: Repository, root: string, limits: FetchLimits): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const open = [{ folder: '', oid: root }];
  let bytes = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const { name, oid, isFolder } of parseTree(await readObject(repository, next.oid, 'tree'))) {
      const path = `${next.folder}${name}`;
      if (isFolder && open.length + files.size < limits.objectsMax && name !== 'node_modules') open.push({ folder: `${path}/`, oid });
      if (isFolder || !belongsToProject(path)) continue;
      const content = await readObject(repository, oid, 'blob');
      bytes += content.length;
      if (files.size >= limits.filesMax || bytes > limits.projectBytesMax) throw projectTooLarge(limits);
      files.set(path, content);
    }
  }
  return files;
}

function projectTooLarge({ filesMax, projectBytesMax }: FetchLimits): RemoteError {
  const message = `The project has more than ${filesMax} files or ${projectBytesMax} bytes. Give the folder of the project as path.`;
  return new RemoteError('TOO_LARGE', message);
}

/** The tree of a folder, which may be several folders deep. */
async function treeAt(repository: Repository, root: string, path: string): Promise<string> {
  let oid = root;
  for (const name of path.split('/').filter((part) => part !== '')) {
    const entry = parseTree(await readObject(repository, oid, 'tree')).find((each) => each.name === name && each.isFolder);
    if (entry === undefined)
      throw new RemoteError('PATH_NOT_FOUND', `The branch has no folder ${path}. Set the path to the project's folder.`);
    oid = entry.oid;
  }
  return oid;
}

const CONFIGURATION = '[remote "origin"]\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n';

/**
 * Fetches the head of a remote branch, without the history before it, and reads the files of the project in it.
 * @param request.path the folder of the project; empty: the root
 * @throws RemoteError
 */
export function fetchBranch(request: FetchRequest & { path: string }): Promise<FetchedBranch> {
  return withSession(request, async ({ http, url, branch, headers, limits }) => {
    const fs = createMemoryFiles({ '/git/config': CONFIGURATION }, (path, content) => {
      if (path.endsWith('.pack')) checkPack(content, limits);
    });
    const cache = {};
    const ref = `refs/heads/${branch}`;
    const options = {
      fs,
      http,
      cache,
      gitdir: '/git',
      url,
      remote: 'origin',
      ref,
      remoteRef: ref,
      singleBranch: true,
      depth: 1,
      tags: false,
    };
    const { fetchHead } = await git.fetch({ ...options, headers: { ...headers } });
    if (fetchHead === null) throw new RemoteError('REMOTE_EMPTY', 'The repository has no commit yet: push the project to it.');
    const repository = { fs, cache };
    await readObject(repository, fetchHead, 'commit');
    const { commit } = await git.readCommit({ ...repository, gitdir: '/git', oid: fetchHead });
    const files = await readFiles(repository, await treeAt(repository, commit.tree, request.path), limits);
    return {
      commit: fetchHead,
      author: { name: commit.author.name, email: commit.author.email },
      message: commit.message.trimEnd(),
      files,
    };
  });
}
