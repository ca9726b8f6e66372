import { Button } from '@mantine/core';
import { Fragment, type ReactNode, useState } from 'react';
import { formatCount } from '../format/count.ts';

const firstDefault = 100;

/** Items of which only the `first` (a hundred) are shown until somebody wants them all. `children` says how one looks; `keyOf` tells them apart. */
export function LongList<Item>({
  items,
  noun,
  keyOf,
  inList = false,
  first = firstDefault,
  children,
}: {
  items: readonly Item[];
  /** Many of them: `nodes`. */
  noun: string;
  keyOf: (item: Item, index: number) => string;
  /** They stand in a list, so that the button for the rest is an item of it, too. */
  inList?: boolean;
  first?: number;
  children: (item: Item) => ReactNode;
}) {
  const [all, setAll] = useState(false);
  const shown = all ? items : items.slice(0, first);
  const rest = (
    <Button m="sm" size="compact-sm" variant="default" onClick={() => setAll(true)}>
      Show all {formatCount(items.length)} {noun}
    </Button>
  );
  return (
    <>
      {shown.map((item, index) => (
        <Fragment key={keyOf(item, index)}>{children(item)}</Fragment>
      ))}
      {shown.length === items.length ? null : inList ? <li>{rest}</li> : rest}
    </>
  );
}
