import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { tarEnd, tarHeader, tarPadding } from '@sluice/platform/tar';

/** A tarball as a registry has it, with these files in it. */
export function tarballOf(files: Record<string, string>): Buffer {
  const parts = Object.entries(files).flatMap(([path, content]) => {
    const bytes = Buffer.from(content);
    return [tarHeader({ path: `package/${path}`, length: bytes.length }), bytes, tarPadding(bytes.length)];
  });
  return gzipSync(Buffer.concat([...parts, tarEnd]));
}

/** The smallest package there is. */
export function tinyTarball(name: string, version: string): Buffer {
  return tarballOf({ 'package.json': JSON.stringify({ name, version, license: 'MIT' }), 'index.js': '' });
}

/** The integrity of bytes as a lock names it (SRI, sha512). */
export function integrityOf(bytes: Uint8Array): string {
  return `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
}

/** What a lock says of the smallest package. */
export function lockedAt(name: string, version: string): { version: string; integrity: string } {
  return { version, integrity: integrityOf(tinyTarball(name, version)) };
}
