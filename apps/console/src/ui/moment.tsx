import { Tooltip } from '@mantine/core';
import { useNow } from '../clock.tsx';
import { formatAge } from '../format/duration.ts';
import { formatLocal, formatUtc } from '../format/time.ts';

/** A moment in local time, with UTC on hover. `age`: as "5 min ago" instead. */
export function Moment({ at, age = false }: { at: string; age?: boolean }) {
  const now = useNow(age ? 5_000 : 60_000);
  return (
    <Tooltip label={formatUtc(at)}>
      <time dateTime={at}>{age ? formatAge(Date.parse(at), now) : formatLocal(at, now)}</time>
    </Tooltip>
  );
}

/** A moment that may not have come. */
export function OptionalMoment({ at, age = false, none = '–' }: { at: string | null; age?: boolean; none?: string }) {
  return at === null ? <span className="sl-dim">{none}</span> : <Moment at={at} age={age} />;
}
