/** One violation of a rule. */
export type Finding = { path: string; line: number; message: string };

/** Prints findings the way compilers do, sorted, and returns the exit code of the checker. */
export function reportFindings(name: string, checked: number, findings: readonly Finding[]): number {
  const lines = findings
    .toSorted((a, b) => a.path.localeCompare(b.path) || a.line - b.line)
    .map(({ path, line, message }) => `${path}:${line}: ${message}`);
  process.stdout.write([...lines, `${name}: ${checked} files, ${findings.length} findings`, ''].join('\n'));
  return findings.length === 0 ? 0 : 1;
}
