import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { Envelope, ReleaseFile, ReleaseManifest } from '@sluice/contracts';
import { type RetryPolicy, retry } from '@sluice/platform/retry';
import { checkFile, createFileVerifier, parseReleaseManifest, TrustError } from '@sluice/trust';
import type { DeviceApi } from '../control-plane/device-api.ts';
import { HttpError, NotControlPlaneError } from '../control-plane/http-error.ts';
import type { Session } from '../control-plane/session.ts';
import { writeDurably } from '../durable/write.ts';
import { AgentError, describeError } from '../errors.ts';
import type { Layout } from '../layout.ts';
import { type Clock, type FileSystem, NetworkError, type Random } from '../ports/index.ts';

export type DownloadDeps = {
  api: DeviceApi;
  session: Session;
  fileSystem: FileSystem;
  layout: Layout;
  clock: Clock;
  random: Random;
};

/** About ten minutes of trying before an update gives up; a link that is down for longer is worth a report. */
export const downloadRetryPolicy: RetryPolicy = { attemptsMax: 12, baseDelayMs: 1_000, delayMsMax: 120_000 };

const manifestFile = 'manifest.json';

/** Whether trying again may help: no answer, a busy server, somebody else's answer. */
export function isTransient(error: unknown): boolean {
  if (error instanceof NetworkError || error instanceof NotControlPlaneError) return true;
  return error instanceof HttpError && (error.status >= 500 || error.status === 408 || error.status === 429);
}

/** Calls the control plane until it answers. @throws AgentError DOWNLOAD_FAILED, TrustError as it is */
export async function fetchPatiently<T>(
  deps: Pick<DownloadDeps, 'session' | 'clock' | 'random'>,
  what: string,
  options: { signal: AbortSignal; call: (token: string) => Promise<T> },
): Promise<T> {
  try {
    return await retry(() => deps.session.withToken(options.call), {
      clock: deps.clock,
      random: deps.random,
      policy: downloadRetryPolicy,
      signal: options.signal,
      isRetryable: isTransient,
      retryAfterMs: (error) => (error instanceof HttpError ? error.retryAfterMs : undefined),
    });
  } catch (error) {
    if (error instanceof TrustError || error instanceof AgentError || options.signal.aborted) throw error;
    if (!isTransient(error) && !(error instanceof HttpError)) throw error;
    throw new AgentError('DOWNLOAD_FAILED', `Could not get ${what}: ${describeError(error)}`, { cause: error });
  }
}

/** The part of a file that an interrupted download left: how much, and the verifier that has seen it. */
async function resumePoint(fileSystem: FileSystem, file: ReleaseFile, partial: string) {
  const bytes = await fileSystem.read(partial);
  const verifier = createFileVerifier(file);
  if (bytes === undefined || bytes.length > file.length) {
    await fileSystem.remove(partial);
    return { verifier, length: 0 };
  }
  verifier.update(bytes);
  return { verifier, length: bytes.length };
}

async function downloadOnce(deps: DownloadDeps, file: ReleaseFile, options: { partial: string; token: string }): Promise<void> {
  const { fileSystem } = deps;
  let { verifier, length } = await resumePoint(fileSystem, file, options.partial);
  if (length < file.length) {
    const answer = await deps.api.blob(file.sha256, length, options.token);
    if (answer.status === 200 && length > 0) {
      // The server sends everything again: so we begin again.
      await fileSystem.remove(options.partial);
      ({ verifier, length } = { verifier: createFileVerifier(file), length: 0 });
    }
    if (/^text\/html/i.test(answer.headers['content-type'] ?? '')) {
      answer.discard();
      throw new NotControlPlaneError('a page was sent instead of a file');
    }
    for await (const chunk of answer.body) {
      verifier.update(chunk);
      await fileSystem.append(options.partial, chunk);
    }
  } else if (length === 0) await fileSystem.write(options.partial, new Uint8Array());
  verifier.finish();
}

/** A part kept from before may have lost bytes with the power. That is no attack: it is thrown away, and the file fetched whole. */
async function downloadOrRestart(deps: DownloadDeps, file: ReleaseFile, options: { partial: string; token: string }): Promise<void> {
  const resumed = (await deps.fileSystem.stat(options.partial)) !== undefined;
  try {
    await downloadOnce(deps, file, options);
  } catch (error) {
    if (!resumed || !(error instanceof TrustError)) throw error;
    await deps.fileSystem.remove(options.partial);
    await downloadOnce(deps, file, options);
  }
}

/**
 * Brings one file to its place, whole and durable. What an interrupted try left is used.
 * @throws TrustError HASH_MISMATCH, ENDLESS_DATA; AgentError DOWNLOAD_FAILED, DISK_FULL
 */
export async function downloadFile(deps: DownloadDeps, file: ReleaseFile, options: { target: string; signal: AbortSignal }): Promise<void> {
  const { fileSystem } = deps;
  const partial = `${options.target}.part`;
  await fileSystem.makeFolder(dirname(options.target), 0o700);
  try {
    await fetchPatiently(deps, file.path, {
      signal: options.signal,
      call: (token) => downloadOrRestart(deps, file, { partial, token }),
    });
  } catch (error) {
    // Bytes that turned out wrong must not be the beginning of the next try.
    if (error instanceof TrustError) await fileSystem.remove(partial);
    throw error;
  }
  await fileSystem.syncFile(partial);
  await fileSystem.rename(partial, options.target);
  await fileSystem.syncFolder(dirname(options.target));
}

/** Files of releases that are on the device already, by digest: most of a new release is often in the old one. */
async function knownFiles(fileSystem: FileSystem, layout: Layout): Promise<Map<string, string>> {
  const known = new Map<string, string>();
  for (const digest of await fileSystem.list(layout.releases)) {
    const envelope = digest.startsWith('.') ? undefined : await readManifestEnvelope(fileSystem, layout.release(digest));
    if (envelope === undefined) continue;
    const manifest = parseReleaseManifest(JSON.parse(Buffer.from(envelope.payload, 'base64').toString('utf8')));
    for (const file of manifest.files) known.set(file.sha256, join(layout.release(digest), 'files', file.path));
  }
  return known;
}

async function copyKnown(
  fileSystem: FileSystem,
  file: ReleaseFile,
  paths: { source: string | undefined; target: string },
): Promise<boolean> {
  const bytes = paths.source === undefined ? undefined : await fileSystem.read(paths.source);
  if (bytes === undefined || createHash('sha256').update(bytes).digest('hex') !== file.sha256) return false;
  await fileSystem.makeFolder(dirname(paths.target), 0o700);
  await writeDurably(fileSystem, paths.target, bytes);
  return true;
}

/** Reads the signed manifest that lies in a release's folder; undefined when there is none. Verify it before use. */
export async function readManifestEnvelope(fileSystem: FileSystem, folder: string): Promise<Envelope | undefined> {
  const bytes = await fileSystem.read(join(folder, manifestFile));
  return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString('utf8')) as Envelope);
}

export async function writeManifestEnvelope(fileSystem: FileSystem, folder: string, envelope: Envelope): Promise<void> {
  await fileSystem.makeFolder(folder, 0o700);
  await writeDurably(fileSystem, join(folder, manifestFile), JSON.stringify(envelope));
}

/**
 * Brings every listed file of the release into its incoming folder. What is there and right is kept, so an interrupted download goes on where it stopped.
 * @throws TrustError HASH_MISMATCH, ENDLESS_DATA; AgentError DOWNLOAD_FAILED, DISK_FULL
 */
export async function downloadRelease(
  deps: DownloadDeps,
  release: { digest: string; manifest: Pick<ReleaseManifest, 'files'> },
  signal: AbortSignal,
): Promise<void> {
  const { fileSystem, layout } = deps;
  const known = await knownFiles(fileSystem, layout);
  for (const file of release.manifest.files) {
    const target = join(layout.incoming(release.digest), 'files', file.path);
    const present = await fileSystem.read(target);
    if (present !== undefined && isWhole(file, present)) continue;
    await fileSystem.remove(target);
    if (await copyKnown(fileSystem, file, { source: known.get(file.sha256), target })) continue;
    await downloadFile(deps, file, { target, signal });
  }
}

function isWhole(file: ReleaseFile, bytes: Uint8Array): boolean {
  try {
    checkFile(file, bytes);
    return true;
  } catch {
    return false;
  }
}
