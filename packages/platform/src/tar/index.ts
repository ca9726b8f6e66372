export { type PackageFile, readPackageFiles } from './package-files.ts';
export { readTar, type TarEntry, TarError, type TarErrorCode } from './read-tar.ts';
export { tarEnd, tarHeader, tarPadding } from './write-tar.ts';
