import { posix } from 'node:path';

import type { Finding } from '../source/finding.ts';
import { README_LINES_MAX, TEXT_RULES } from './rules.ts';

const LINK = /\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g;

/** Words and paths that must not occur in a file. */
export function checkText(path: string, text: string): Finding[] {
  const rules = TEXT_RULES.filter(({ files }) => files.test(path));
  if (rules.length === 0) return [];
  return text
    .split('\n')
    .flatMap((line, index) =>
      rules
        .filter(({ pattern }) => pattern.test(line))
        .map(({ message }) => ({ path, line: index + 1, message: `${message}: ${line.trim().slice(0, 80)}` })),
    );
}

/** Relative links of a document must lead somewhere; a package's README stays short. */
export function checkDocument(path: string, text: string, exists: (path: string) => boolean): Finding[] {
  const lines = text.split('\n');
  const links = lines.flatMap((line, index) =>
    [...line.matchAll(LINK)].flatMap(([, target = '']) => {
      const file = target.split('#')[0] ?? '';
      if (file === '' || /^[a-z]+:/i.test(file)) return [];
      const resolved = file.startsWith('/') ? file.slice(1) : posix.join(posix.dirname(path), file);
      return exists(resolved) ? [] : [{ path, line: index + 1, message: `dead link ${target}` }];
    }),
  );
  const isLongReadme = /^(packages|apps)\/[^/]+\/README\.md$/.test(path) && lines.length - 1 > README_LINES_MAX;
  const size = isLongReadme ? [{ path, line: 1, message: `${lines.length - 1} lines, at most ${README_LINES_MAX}` }] : [];
  return [...links, ...size];
}
