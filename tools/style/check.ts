import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { exists, isSource, listFiles } from '../source/files.ts';
import type { Finding } from '../source/finding.ts';
import { checkSource } from './check-source.ts';
import { checkDocument, checkText } from './check-text.ts';

/** Checks every file of a checkout. @returns the findings and how many files were read */
export function checkStyle(root: string): { checked: number; findings: Finding[] } {
  const files = listFiles(root);
  const findings = files.flatMap((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    const source = isSource(path) ? checkSource(path, text) : [];
    const document = path.endsWith('.md') ? checkDocument(path, text, (target) => exists(root, target)) : [];
    return [...source, ...document, ...checkText(path, text)];
  });
  return { checked: files.length, findings };
}
