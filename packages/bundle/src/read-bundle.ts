// INVARIANTS
// 1. Nothing but `bundle.json` is given out before the root is trusted and the signature holds; what that says is held against what was signed.
// 2. Every blob is given out only when its length and digest are those that were signed.
// 3. No path of the archive is ever used as a path: entries are known by name, and everything else is refused.
// 4. The end is reached only when every blob of the release came, each once.
import type { Envelope, ModuleList, ReleaseFile, ReleaseManifest, ReleaseModule } from '@sluice/contracts';
import { readTar, type TarEntry, TarError } from '@sluice/platform/tar';
import {
  checkFile,
  checkRootExpiry,
  moduleListPath,
  parseEnvelope,
  readModuleList,
  sha256Hex,
  TrustError,
  type TrustedRoot,
  tarballBytesMax,
  verifyRelease,
  verifyRoot,
} from '@sluice/trust';
import { BundleError, malformed } from './bundle-error.ts';
import { type BundleFacts, parseBundleFacts } from './bundle-facts.ts';

/** What was signed, and by whom: given out first. */
export type BundledRelease = {
  facts: BundleFacts;
  rootText: string;
  /** SHA-256 of `root.json`. */
  rootDigest: string;
  root: TrustedRoot;
  envelope: Envelope;
  digest: string;
  manifest: ReleaseManifest;
};

export type BundlePart =
  | ({ kind: 'release' } & BundledRelease)
  | { kind: 'file'; file: ReleaseFile; bytes: Buffer }
  | { kind: 'modules'; list: ModuleList }
  /** `module`: the first of the list that has this tarball; the same tarball may be wanted with several integrities. */
  | { kind: 'tarball'; modules: readonly ReleaseModule[]; bytes: Buffer };

export type ReadBundleOptions = {
  /** Of the archive as a whole. */
  bytesMax: number;
  /** Epoch milliseconds, against the root's expiry; left out: an expired root is taken, too. */
  now?: number;
  /** Whether a root with this SHA-256 is trusted. */
  trusts: (rootDigest: string) => boolean;
};

const blobPattern = /^blobs\/([0-9a-f]{64})$/;

/** Says errors of the parts below in terms of the bundle. */
function translate(error: unknown): unknown {
  if (error instanceof TarError) {
    if (error.code === 'TAR_TOO_LARGE')
      return new BundleError('BUNDLE_TOO_LARGE', `The bundle is too large. ${error.message}`, { cause: error });
    return malformed(error.message.replace(/\.$/, ''), error);
  }
  if (!(error instanceof TrustError)) return error;
  if (error.code === 'SIGNATURE' || error.code === 'EXPIRED') {
    return new BundleError('BUNDLE_UNTRUSTED', `The bundle is not trusted. ${error.message}`, { cause: error });
  }
  if (error.code === 'HASH_MISMATCH' || error.code === 'ENDLESS_DATA') {
    return new BundleError('INTEGRITY_MISMATCH', `The bundle holds other bytes than were signed. ${error.message}`, { cause: error });
  }
  return malformed(error.message.replace(/\.$/, ''), error);
}

function jsonOf({ path, bytes }: TarEntry): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw malformed(`${path} is not JSON`, cause);
  }
}

type Entries = { next(): Promise<TarEntry | undefined> };

/** The next entry, which has to be this one. */
async function takeNamed(entries: Entries, path: string): Promise<TarEntry> {
  const entry = await entries.next();
  if (entry === undefined) throw malformed(`${path} is missing`);
  if (entry.kind !== 'file' || entry.path !== path)
    throw malformed(`${JSON.stringify(entry.path.slice(0, 200))} stands where ${path} belongs`);
  return entry;
}

async function readRelease(entries: Entries, options: ReadBundleOptions): Promise<BundledRelease> {
  const facts = parseBundleFacts((await takeNamed(entries, 'bundle.json')).bytes);
  const rootEntry = await takeNamed(entries, 'root.json');
  const rootDigest = sha256Hex(rootEntry.bytes);
  if (!options.trusts(rootDigest)) {
    const what = `The bundle was signed under the root ${rootDigest}, which is not the one you trust.`;
    throw new BundleError('BUNDLE_UNTRUSTED', `${what} Compare it with what the other side says over a way you trust, and name it.`);
  }
  const root = verifyRoot(jsonOf(rootEntry));
  if (options.now !== undefined) checkRootExpiry(root, options.now);
  const envelope = parseEnvelope(jsonOf(await takeNamed(entries, 'release.json')));
  const { organizationId, applicationId } = facts;
  const { digest, counter } = facts.release;
  const expectation = { digest, organizationId, applicationId, releaseCounter: counter, minimumReleaseCounter: 0 };
  const manifest = verifyRelease(envelope, root, expectation);
  return { facts, rootText: rootEntry.bytes.toString('utf8'), rootDigest, root, envelope, digest, manifest };
}

/** What a release needs, by digest, while it comes. */
class Wanted {
  readonly #files: Map<string, ReleaseFile>;
  readonly #tarballs = new Map<string, ReleaseModule[]>();
  readonly #lockDigest: string;

  constructor(manifest: ReleaseManifest) {
    this.#files = new Map(manifest.files.map((file) => [file.sha256, file]));
    this.#lockDigest = manifest.lockDigest;
  }

  /** Takes one blob. The list of modules says which tarballs may follow. */
  *take(sha256: string, bytes: Buffer): Generator<BundlePart> {
    const file = this.#files.get(sha256);
    if (file !== undefined) {
      checkFile(file, bytes);
      this.#files.delete(sha256);
      yield { kind: 'file', file, bytes };
      if (file.path === moduleListPath) yield { kind: 'modules', list: this.#expect(bytes) };
      return;
    }
    const modules = this.#tarballs.get(sha256);
    const [first] = modules ?? [];
    if (modules === undefined || first === undefined) throw malformed(`the blob ${sha256} does not belong to the release, or came twice`);
    checkFile({ path: `${first.name}@${first.version}`, sha256, length: first.length }, bytes);
    this.#tarballs.delete(sha256);
    yield { kind: 'tarball', modules, bytes };
  }

  #expect(bytes: Buffer): ModuleList {
    const list = readModuleList(bytes, this.#lockDigest);
    for (const module of list.modules) {
      const same = this.#tarballs.get(module.sha256);
      if (same === undefined) this.#tarballs.set(module.sha256, [module]);
      else same.push(module);
    }
    return list;
  }

  requireNothing(): void {
    const [missing] = [...this.#files.keys(), ...this.#tarballs.keys()];
    if (missing !== undefined) throw malformed(`the blob ${missing} is missing`);
  }
}

async function* readParts(source: AsyncIterable<Uint8Array>, options: ReadBundleOptions): AsyncGenerator<BundlePart> {
  const archive = readTar(source, { bytesMax: options.bytesMax, entryBytesMax: tarballBytesMax });
  const entries: Entries = { next: async () => (await archive.next()).value ?? undefined };
  const release = await readRelease(entries, options);
  yield { kind: 'release', ...release };
  const wanted = new Wanted(release.manifest);
  let isFirst = true;
  for (let entry = await entries.next(); entry !== undefined; entry = await entries.next()) {
    const isBillOfMaterials = isFirst && entry.path === 'sbom.json';
    isFirst = false;
    if (isBillOfMaterials && entry.kind === 'file') continue;
    const sha256 = entry.kind === 'file' ? blobPattern.exec(entry.path)?.[1] : undefined;
    if (sha256 === undefined) throw malformed(`${JSON.stringify(entry.path.slice(0, 200))} does not belong there`);
    yield* wanted.take(sha256, entry.bytes);
  }
  wanted.requireNothing();
}

/**
 * Reads and verifies a bundle, part by part; when it ends without an error, the bundle is whole.
 * @throws BundleError
 */
export async function* readBundle(source: AsyncIterable<Uint8Array>, options: ReadBundleOptions): AsyncGenerator<BundlePart> {
  try {
    yield* readParts(source, options);
  } catch (error) {
    throw translate(error);
  }
}
