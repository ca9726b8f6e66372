import { Button } from '@mantine/core';
import { Fragment, type ReactNode, useState } from 'react';
import { formatCount } from '../format/count.ts';

const firstMax = 100;

/** Items of which only the first hundred are shown until somebody wants them all. `children` says how one looks; `keyOf` tells them apart. */
export function LongList<Item>({
  items,
  noun,
  keyOf,
  children,
}: {
  items: readonly Item[];
  /** Many of them: `nodes`. */
  noun: string;
  keyOf: (item: Item, index: number) => string;
  children: (item: Item) => ReactNode;
}) {
  const [all, setAll] = useState(false);
  const shown = all ? items : items.slice(0, firstMax);
  return (
    <>
      {shown.map((item, index) => (
        <Fragment key={keyOf(item, index)}>{children(item)}</Fragment>
      ))}
      {shown.length === items.length ? null : (
        <Button m="sm" size="compact-sm" variant="default" onClick={() => setAll(true)}>
          Show all {formatCount(items.length)} {noun}
        </Button>
      )}
    </>
  );
}
