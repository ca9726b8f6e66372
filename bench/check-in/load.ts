import { spawn, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';

/** One measurement of the load generator. `failures`: answers that are no 304, and broken connections. */
export type LoadResult = { requests: number; requestsPerSecond: number; failures: number; p50Ms: number; p99Ms: number };

export type LoadGenerator = { name: 'wrk' | 'autocannon'; run(load: Load): Promise<LoadResult> };

/** `tokensFile`: a line of token and ETag per device. */
export type Load = { address: string; tokensFile: string; seconds: number; connections: number };

const script = fileURLToPath(new URL('check-in.lua', import.meta.url));
const path = '/device/v1/desired';

function outputOf(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString('utf8');
      });
    }
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve(output) : reject(new Error(`${command} ended with ${code}:\n${output}`))));
  });
}

async function runWrk({ address, tokensFile, seconds, connections }: Load): Promise<LoadResult> {
  const options = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', script];
  const output = await outputOf('wrk', [...options, `${address}${path}`, '--', tokensFile]);
  const match = /RESULT requests=(\d+) microseconds=(\d+) failures=(\d+) p50=(\d+) p99=(\d+)/.exec(output);
  if (match === null) throw new Error(`wrk did not report:\n${output}`);
  const [requests = 0, microseconds = 1, failures = 0, p50 = 0, p99 = 0] = match.slice(1).map(Number);
  return { requests, requestsPerSecond: (requests / microseconds) * 1e6, failures, p50Ms: p50 / 1000, p99Ms: p99 / 1000 };
}

async function runAutocannon({ address, tokensFile, seconds, connections }: Load): Promise<LoadResult> {
  const lines = (await readFile(tokensFile, 'utf8')).trim().split('\n');
  const requests = lines.map((line) => {
    const [token = '', etag = ''] = line.split(' ');
    return { method: 'GET' as const, path, headers: { authorization: `Bearer ${token}`, 'if-none-match': etag } };
  });
  const result = await autocannon({ url: address, connections, duration: seconds, requests });
  const statusCounts = Object.entries(result.statusCodeStats ?? {}).map(([status, stats]) => [status, stats.count ?? 0] as const);
  const other = statusCounts.filter(([status]) => status !== '304').reduce((sum, [, count]) => sum + count, 0);
  return {
    requests: result.requests.total,
    requestsPerSecond: result.requests.total / result.duration,
    failures: other + result.errors + result.timeouts,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  };
}

/** wrk where it is installed, because it needs the least CPU beside the server; else autocannon. */
export function chooseLoadGenerator(): LoadGenerator {
  const hasWrk = spawnSync('wrk', ['-v'], { stdio: 'ignore' }).error === undefined;
  return hasWrk ? { name: 'wrk', run: runWrk } : { name: 'autocannon', run: runAutocannon };
}
