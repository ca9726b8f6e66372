/** What isomorphic-git takes for "there is no such file". */
export function noSuchFile(path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`ENOENT: no such file ${path}`), { code: 'ENOENT' });
}
