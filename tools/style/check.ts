import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { missingEntries } from '../lock/complete.ts';
import { exists, isSource, listFiles } from '../source/files.ts';
import type { Finding } from '../source/finding.ts';
import { checkSource } from './check-source.ts';
import { checkDocument, checkText } from './check-text.ts';

function checkLock(path: string, text: string): Finding[] {
  const missing = [...missingEntries(JSON.parse(text)).keys()];
  return missing.length === 0 ? [] : [{ path, line: 1, message: `lacks ${missing.join(', ')}: run node tools/lock.ts` }];
}

/** Checks every file of a checkout. @returns the findings and how many files were read */
export function checkStyle(root: string): { checked: number; findings: Finding[] } {
  const files = listFiles(root);
  const findings = files.flatMap((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    const source = isSource(path) ? checkSource(path, text) : [];
    const lock = path === 'package-lock.json' ? checkLock(path, text) : [];
    const document = path.endsWith('.md') ? checkDocument(path, text, (target) => exists(root, target)) : [];
    return [...source, ...lock, ...document, ...checkText(path, text)];
  });
  return { checked: files.length, findings };
}
