import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** What the server does with the next requests instead of what git would do. */
export type GitServerFault =
  | { kind: 'none' }
  /** The connection ends in the middle of the next push, which never reaches git. */
  | { kind: 'cut_push' }
  | { kind: 'redirect'; to: string };

export type GitServer = {
  /** Of a repository; `http://user:password@…` is not part of it. */
  urlOf(repository: string): string;
  /** Makes a bare repository. */
  create(repository: string): Promise<void>;
  /** Adds a commit with exactly these files to `main` of a repository. @returns its oid */
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

const author = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@plant.example',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@plant.example',
};

async function run(folder: string, args: readonly string[]): Promise<string> {
  const environment = { PATH: process.env['PATH'], HOME: folder, GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0', ...author };
  const { stdout } = await promisify(execFile)('git', args, {
    cwd: folder,
    env: environment,
    timeout: 60_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout.trim();
}

/** Git's own server side (git-http-backend), called as CGI (RFC 3875). */
function answerWithGit(root: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const backend = spawn('git', ['http-backend'], {
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
    } else if (fault.kind === 'cut_push' && request.method === 'POST') {
      git.fault = { kind: 'none' };
      request.once('data', () => request.socket.destroy());
    } else {
      answerWithGit(root, request, response);
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
      const folder = await git.clone(repository);
      await run(folder, ['checkout', '-q', '-B', 'main']);
      await run(folder, ['rm', '-rfq', '--ignore-unmatch', '.']);
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), content);
      }
      await run(folder, ['add', '-A']);
      await run(folder, ['commit', '-q', '--allow-empty', '-m', message]);
      await run(folder, ['push', '-q', 'origin', 'main']);
      return run(folder, ['rev-parse', 'HEAD']);
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
