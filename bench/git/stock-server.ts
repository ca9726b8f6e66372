// What is compared with: git's own HTTP backend, as its documentation serves it, behind the least that speaks CGI.
import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { announceReady } from '@sluice/platform';

const root = process.env['GIT_PROJECT_ROOT'] ?? '.';

/** The environment of a CGI program (RFC 3875), as far as git-http-backend reads it. */
function environmentOf(request: IncomingMessage): NodeJS.ProcessEnv {
  const url = new URL(request.url ?? '/', 'http://localhost');
  return {
    PATH: process.env['PATH'],
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: url.pathname,
    QUERY_STRING: url.search.slice(1),
    REQUEST_METHOD: request.method,
    CONTENT_TYPE: request.headers['content-type'] ?? '',
    CONTENT_LENGTH: request.headers['content-length'] ?? '',
    HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
    GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
  };
}

function serve(request: IncomingMessage, response: ServerResponse): void {
  const backend = spawn('git', ['http-backend'], { env: environmentOf(request), stdio: ['pipe', 'pipe', 'inherit'] });
  request.pipe(backend.stdin);
  let head = Buffer.alloc(0);
  const onHead = (bytes: Buffer): void => {
    head = Buffer.concat([head, bytes]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    backend.stdout.off('data', onHead);
    for (const line of head.toString('latin1', 0, end).split('\r\n')) {
      const [name = '', value = ''] = line.split(': ', 2);
      if (name === 'Status') response.statusCode = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.write(head.subarray(end + 4));
    backend.stdout.pipe(response);
  };
  backend.stdout.on('data', onHead);
}

const server = createServer(serve).listen(0, '127.0.0.1', () => {
  const address = server.address();
  announceReady({ address: typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '' });
});
process.once('SIGINT', () => process.exit(0));
