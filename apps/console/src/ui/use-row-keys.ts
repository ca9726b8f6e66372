import { useEffect, useState } from 'react';
import { useKey } from './use-key.ts';

type RowKeys = { enabled: boolean; count: number; body: { current: HTMLElement | null }; scrollTo: (index: number) => void };

/** Moves the focus with `j` and `k` from row link to row link, scrolling as needed. Rows carry their place as `data-index`. */
export function useRowKeys({ enabled, count, body, scrollTo }: RowKeys): void {
  const [wanted, setWanted] = useState<number | null>(null);
  const focused = (): number => {
    const row = document.activeElement?.closest<HTMLElement>('[data-index]');
    return row !== null && row !== undefined && body.current?.contains(row) === true ? Number(row.dataset['index']) : -1;
  };
  const move = (by: number): void => {
    if (!enabled || count === 0) return;
    const index = Math.min(count - 1, Math.max(0, focused() + by));
    scrollTo(index);
    setWanted(index);
  };
  useKey('j', () => move(1));
  useKey('k', () => move(-1));
  // After each rendering, because the wanted row may have to be scrolled into being first.
  useEffect(() => {
    if (wanted === null) return;
    const link = body.current?.querySelector<HTMLElement>(`[data-index="${wanted}"] .sl-row-link`);
    if (link === null || link === undefined) return;
    link.focus({ preventScroll: true });
    setWanted(null);
  });
}
