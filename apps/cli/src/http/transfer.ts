// INVARIANTS
// 1. A transfer may take as long as it moves; it ends when nothing moved for the timeout.
// 2. As for every request, the token goes to one address only: redirects are not followed.
import { CliError } from '../errors.ts';
import type { Ports } from '../ports.ts';

/** What is asked of the network, without the rest of a client. */
export type TransferDeps = Pick<Ports, 'fetch' | 'clock' | 'signal'> & {
  headers: Readonly<Record<string, string>>;
  timeoutMs: number;
  /** The error of an answer that is no success. */
  refuse(response: Response, address: string): Promise<never>;
  /** The answer's JSON. */
  receive(response: Response, address: string): Promise<unknown>;
};

/** An answer that is read piece by piece. `length` null: the server did not say. */
export type ByteStream = { length: number | null; chunks: AsyncIterable<Uint8Array> };

type Guard = { signal: AbortSignal; moved(): void; isIdle(): boolean };

/** Aborts when nothing moved for a while. */
function createGuard(deps: TransferDeps): Guard {
  const idle = new AbortController();
  let movedAt = 0;
  let latest: AbortSignal | undefined;
  const moved = (): void => {
    const now = deps.clock.monotonic();
    if (latest !== undefined && now - movedAt < Math.min(1000, deps.timeoutMs / 2)) return;
    movedAt = now;
    const timeout = AbortSignal.timeout(deps.timeoutMs);
    latest = timeout;
    timeout.addEventListener('abort', () => {
      if (latest === timeout) idle.abort(timeout.reason);
    });
  };
  moved();
  return { signal: AbortSignal.any([deps.signal, idle.signal]), moved, isIdle: () => idle.signal.aborted };
}

function translate(error: unknown, guard: Guard, deps: TransferDeps): unknown {
  if (error instanceof CliError) return error;
  if (deps.signal.aborted) return deps.signal.reason;
  if (guard.isIdle()) return new CliError('TIMEOUT', `Nothing came or went for ${deps.timeoutMs / 1000} s.`, { cause: error });
  return new CliError('UNREACHABLE', 'The connection to the control plane broke off.', { hint: 'Try again.', cause: error });
}

/** Asks for a file of any size. @throws CliError */
export async function openStream(deps: TransferDeps, address: string): Promise<ByteStream> {
  const guard = createGuard(deps);
  try {
    const response = await deps.fetch(address, {
      headers: { 'user-agent': 'sluice-cli', ...deps.headers },
      redirect: 'manual',
      signal: guard.signal,
    });
    if (response.status !== 200) return await deps.refuse(response, address);
    const body = response.body ?? [];
    const length = response.headers.get('content-length');
    return {
      length: length === null ? null : Number(length),
      chunks: (async function* () {
        try {
          for await (const chunk of body) {
            guard.moved();
            yield chunk as Uint8Array;
          }
        } catch (error) {
          throw translate(error, guard, deps);
        }
      })(),
    };
  } catch (error) {
    throw translate(error, guard, deps);
  }
}

/** Sends bytes as they come and reads the answer's JSON. @throws CliError; as `chunks` */
export async function uploadStream(
  deps: TransferDeps,
  address: string,
  body: { type: string; chunks: AsyncIterable<Uint8Array>; headers: Readonly<Record<string, string>> },
): Promise<unknown> {
  const guard = createGuard(deps);
  let ownFailure: unknown;
  async function* watched(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of body.chunks) {
        guard.moved();
        yield chunk;
      }
    } catch (error) {
      ownFailure = error;
      throw error;
    }
  }
  const headers = { accept: 'application/json', 'user-agent': 'sluice-cli', ...deps.headers, ...body.headers, 'content-type': body.type };
  // Node's fetch wants to know that the answer is only read once everything was sent.
  const init = {
    method: 'POST',
    headers,
    body: ReadableStream.from(watched()),
    duplex: 'half',
    redirect: 'manual',
    signal: guard.signal,
  } as const;
  try {
    return await deps.receive(await deps.fetch(address, init as RequestInit), address);
  } catch (error) {
    throw translate(ownFailure ?? error, guard, deps);
  }
}
