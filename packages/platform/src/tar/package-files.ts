import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { readTar, TarError, type TarErrorCode, type TarLimits } from './read-tar.ts';

/** A file of a package: `path` is relative, with forward slashes, and leads nowhere but below the package's own folder. */
export type PackageFile = { path: string; executable: boolean; bytes: Buffer };

const pathLengthMax = 1000;
const pieceBytes = 256 * 1024;
const filesMax = 200_000;

function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

async function* gunzip(tarball: Uint8Array): AsyncGenerator<Uint8Array> {
  const stream = Readable.from(pieces(tarball), { objectMode: false }).pipe(createGunzip());
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (cause) {
    throw new TarError('TAR_MALFORMED', 'The archive is not what gzip writes.', { cause });
  } finally {
    stream.destroy();
  }
}

function refuse(code: TarErrorCode, path: string, why: string): TarError {
  return new TarError(code, `The package holds ${JSON.stringify(path.slice(0, 200))}, which ${why}.`);
}

/** Where a file of the archive belongs; undefined for the package's folder itself. npm drops the first part, whatever its name. */
function placeOf(path: string): string | undefined {
  if (path.startsWith('/') || path.includes('\\') || path.includes('\0')) throw refuse('TAR_MALFORMED', path, 'is no relative path');
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw refuse('TAR_MALFORMED', path, 'leads out of it');
  if (path.length > pathLengthMax) throw refuse('TAR_MALFORMED', path, 'is too long a path');
  return parts.length < 2 ? undefined : parts.slice(1).join('/');
}

/**
 * The files of a package as npm unpacks them: the first folder dropped, links left out, `.gitignore` under the name `.npmignore`.
 * The same path twice: the later one counts, so write them in this order.
 * @param tarball gzip of tar, as registries serve it
 * @param limits of the archive inside
 * @throws TarError
 */
export async function* readPackageFiles(tarball: Uint8Array, limits: TarLimits): AsyncGenerator<PackageFile> {
  const ignoreFiles = new Set<string>();
  let files = 0;
  for await (const entry of readTar(gunzip(tarball), limits)) {
    if (entry.kind !== 'file') continue;
    files += 1;
    if (files > filesMax) throw refuse('TAR_TOO_LARGE', entry.path, `comes after ${filesMax} other files`);
    const place = placeOf(entry.path);
    if (place === undefined) continue;
    const path = place.replace(/(^|\/)\.gitignore$/, '$1.npmignore');
    if (path !== place && ignoreFiles.has(path)) continue;
    if (path === place && /(^|\/)\.npmignore$/.test(path)) ignoreFiles.add(path);
    yield { path, executable: (entry.mode & 0o111) !== 0, bytes: entry.bytes };
  }
}
