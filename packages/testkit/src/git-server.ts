import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What the server does with the next requests instead of what git would do. */
export type GitServerFault =
  | { kind: 'none' }
  /** So many pushes pass; then the connection ends in the middle of one, which never reaches git. */
  | { kind: 'cut_push'; after: number }
  | { kind: 'redirect'; to: string };

export type GitServer = {
  /** Of a repository; `http://user:password@…` is not part of it. */
  urlOf(repository: string): string;
  /** Makes a bare repository. */
  create(repository: string): Promise<void>;
  /** Adds a commit by Ada with exactly these files to `main` of a repository. @returns its oid */
  commit(repository: string, files: Readonly<Record<string, string>>, message: string): Promise<string>;
  /** Runs git in a repository. @returns its standard output, trimmed */
  git(repository: string, ...args: string[]): Promise<string>;
  /** Clones as any client does. @returns the folder */
  clone(repository: string): Promise<string>;
  /** `GET /info/refs` and so on, in order. */
  requests: string[];
  /** Null: everybody may. */
  password: string | null;
  fault: GitServerFault;
  stop(): Promise<void>;
};

function environmentFor(home: string): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: home, GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' };
}

async function run(folder: string, args: readonly string[]): Promise<string> {
  const options = { cwd: folder, env: environmentFor(folder), timeout: 60_000, maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)('git', args, options);
  return stdout.trim();
}

/** Runs git with something on its standard input. */
function runWith(folder: string, args: readonly string[], input: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', args, { cwd: folder, env: environmentFor(folder), stdio: ['pipe', 'ignore', 'inherit'] });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`git ${args[0]} ended with ${code}`))));
    child.stdin.end(input);
  });
}

/** A commit for git fast-import: one process instead of a working copy and seven of them. */
function importOf(files: Readonly<Record<string, string>>, message: string, parent: string): string {
  const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;
  const content = Object.entries(files).map(([path, text]) => `M 100644 inline ${path}\n${data(text)}`);
  const who = 'Ada <ada@plant.example> now';
  const from = parent === '' ? '' : `from ${parent}\n`;
  return `commit refs/heads/main\nauthor ${who}\ncommitter ${who}\n${data(message)}${from}deleteall\n${content.join('')}`;
}

/** Git's own server side (git-http-backend), called as CGI (RFC 3875). */
function answerWithGit(
  { root, backend: program }: { root: string; backend: string },
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const backend = spawn(program, [], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      REMOTE_USER: 'somebody',
      REQUEST_METHOD: request.method,
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      CONTENT_LENGTH: request.headers['content-length'] ?? '',
      HTTP_GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      HTTP_CONTENT_ENCODING: String(request.headers['content-encoding'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(backend.stdin);
  backend.stdin.on('error', () => undefined);
  const output: Buffer[] = [];
  backend.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  backend.on('close', () => {
    const all = Buffer.concat(output);
    const end = all.indexOf('\r\n\r\n');
    for (const line of all.toString('latin1', 0, end).split('\r\n')) {
      const [name = '', value = ''] = line.split(/:\s*(.*)/s);
      if (name.toLowerCase() === 'status') response.statusCode = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.end(all.subarray(end + 4));
  });
}

/** Starts a real git server over HTTP on a folder of its own, with a few ways to misbehave. */
export async function startGitServer(): Promise<GitServer> {
  const root = await mkdtemp(join(tmpdir(), 'sluice-git-server-'));
  const served = { root, backend: join(await run(root, ['--exec-path']), 'git-http-backend') };
  const pathOf = (repository: string): string => join(root, `${repository}.git`);
  let clones = 0;

  const http = createServer((request, response) => {
    git.requests.push(`${request.method} ${request.url?.replace(/^\/[^/]+/, '')}`);
    const { fault } = git;
    const wanted = git.password === null ? undefined : `Basic ${Buffer.from(`oauth2:${git.password}`).toString('base64')}`;
    if (wanted !== undefined && request.headers.authorization !== wanted) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('no');
    } else if (fault.kind === 'redirect') {
      response.writeHead(302, { location: `${fault.to}${request.url}` }).end();
    } else if (fault.kind === 'cut_push' && request.method === 'POST' && fault.after > 0) {
      git.fault = { ...fault, after: fault.after - 1 };
      answerWithGit(served, request, response);
    } else if (fault.kind === 'cut_push' && request.method === 'POST') {
      git.fault = { kind: 'none' };
      request.once('data', () => request.socket.destroy());
    } else {
      answerWithGit(served, request, response);
    }
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;

  const git: GitServer = {
    urlOf: (repository) => `http://127.0.0.1:${port}/${repository}.git`,
    create: async (repository) => {
      await run(root, ['init', '-q', '--bare', '--initial-branch=main', pathOf(repository)]);
    },
    commit: async (repository, files, message) => {
      const parent = await git.git(repository, 'for-each-ref', '--format=%(objectname)', 'refs/heads/main');
      await runWith(pathOf(repository), ['fast-import', '--quiet', '--date-format=now'], importOf(files, message, parent));
      return git.git(repository, 'rev-parse', 'main');
    },
    git: (repository, ...args) => run(pathOf(repository), args),
    clone: async (repository) => {
      clones += 1;
      const folder = join(root, `clone-${clones}`);
      await run(root, ['clone', '-q', pathOf(repository), folder]);
      return folder;
    },
    requests: [],
    password: null,
    fault: { kind: 'none' },
    stop: async () => {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
      await rm(root, { recursive: true, force: true });
    },
  };
  return git;
}
