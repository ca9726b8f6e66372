import { posix } from 'node:path';

import { isTest } from '../source/files.ts';
import type { Finding } from '../source/finding.ts';
import { parseSource } from '../source/parse.ts';
import { EDGES, FILE_NAME, FILE_NAME_EXEMPT, FUNCTION_LINES_MAX, SOURCE_LINES_MAX, WATCHED_USES } from './rules.ts';

/** Sizes, names and edges of one source file. */
export function checkSource(path: string, text: string): Finding[] {
  const findings: Finding[] = [];
  const add = (line: number, message: string): void => void findings.push({ path, line, message });
  const lines = text.split('\n').length - 1;
  if (lines > SOURCE_LINES_MAX) add(1, `${lines} lines, at most ${SOURCE_LINES_MAX}`);
  if (!FILE_NAME_EXEMPT.test(path) && !FILE_NAME.test(posix.basename(path))) add(1, 'file names are kebab-case');
  if (isTest(path)) return findings;
  const facts = parseSource(path, text);
  for (const { line, lines: size, name } of facts.functions) {
    if (size > FUNCTION_LINES_MAX) add(line, `${name} has ${size} lines, at most ${FUNCTION_LINES_MAX}`);
  }
  if (EDGES.some((edge) => edge.test(path))) return findings;
  for (const { line, name } of facts.uses) {
    if (WATCHED_USES.includes(name)) add(line, `${name} belongs to the edges: pass a clock, randomness or configuration in`);
  }
  return findings;
}
