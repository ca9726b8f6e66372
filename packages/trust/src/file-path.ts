const lengthMax = 300;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it has to find.
const forbidden = /[\u0000-\u001f\u007f\\:]/;

/**
 * Whether a release may hold a file under this path: relative, forward slashes, no empty part, no `.` or `..`, no control character, and neither
 * backslash nor colon, which mean something else on Windows.
 */
export function isSafePath(path: string): boolean {
  if (path.length === 0 || path.length > lengthMax || forbidden.test(path) || !path.isWellFormed()) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

/**
 * The first path that cannot exist beside the others, if any: a duplicate (also one that only differs in case or in Unicode form, which is the same
 * file on some file systems) or a path that needs a file of the set to be a folder.
 */
export function conflictingPath(paths: readonly string[]): string | undefined {
  const folded = new Set<string>();
  for (const path of paths) {
    const key = fold(path);
    if (folded.has(key)) return path;
    folded.add(key);
  }
  return paths.find((path) => parentFolders(fold(path)).some((folder) => folded.has(folder)));
}

function fold(path: string): string {
  return path.normalize('NFC').toLowerCase();
}

function parentFolders(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}
