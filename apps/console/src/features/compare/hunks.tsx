import './hunks.css';
import { Button, VisuallyHidden } from '@mantine/core';
import type { DiffHunk } from '@sluice/contracts';
import { useState } from 'react';
import { formatCount } from '../../format/count.ts';
import { numberedLines } from './numbered-lines.ts';

const linesFirst = 400;
const signs = { ' ': '', '-': '−', '+': '+' } as const;
const spoken = { ' ': '', '-': 'Removed', '+': 'Added' } as const;

/** Hunks up to so many lines in all. */
function firstHunks(hunks: readonly DiffHunk[], linesMax: number): DiffHunk[] {
  let left = linesMax;
  return hunks.flatMap((hunk) => {
    const lines = hunk.lines.slice(0, Math.max(0, left));
    left -= hunk.lines.length;
    return lines.length === 0 ? [] : [{ ...hunk, lines }];
  });
}

/** A text line by line: what goes, what comes, and a little around it. Signs and words say what the colours say. */
export function Hunks({ hunks, label }: { hunks: readonly DiffHunk[]; label: string }) {
  const [all, setAll] = useState(false);
  const count = hunks.reduce((sum, { lines }) => sum + lines.length, 0);
  const shown = all || count <= linesFirst ? hunks : firstHunks(hunks, linesFirst);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1) */}
      <section className="sl-hunks" tabIndex={0} aria-label={`Changed lines of ${label}`}>
        <table>
          <thead>
            <tr>
              {['Line before', 'Line after', 'Change', 'Text'].map((name) => (
                <th key={name} scope="col" style={{ padding: 0 }}>
                  <VisuallyHidden>{name}</VisuallyHidden>
                </th>
              ))}
            </tr>
          </thead>
          {shown.map((hunk) => (
            <tbody key={`${hunk.beforeStart} ${hunk.afterStart}`}>
              {numberedLines(hunk).map(({ before, after, change, text }) => (
                <tr key={`${before} ${after}`} data-change={change === ' ' ? undefined : change}>
                  <td className="sl-hunks-number">{before}</td>
                  <td className="sl-hunks-number">{after}</td>
                  <td className="sl-hunks-sign">
                    <span aria-hidden>{signs[change]}</span>
                    <VisuallyHidden>{spoken[change]}</VisuallyHidden>
                  </td>
                  <td>{text}</td>
                </tr>
              ))}
            </tbody>
          ))}
        </table>
      </section>
      {shown === hunks ? null : (
        <Button mt="xs" size="compact-sm" variant="default" onClick={() => setAll(true)}>
          Show all {formatCount(count)} lines
        </Button>
      )}
    </>
  );
}
