import { Fragment } from 'react';
import { Moment } from './moment.tsx';

const timestamp = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/;

/** A sentence of the control plane. The moments in it, which it says in UTC, are shown in the person's own time. */
export function Sentence({ text }: { text: string }) {
  const parts = text.split(timestamp);
  return parts.map((part, index) => {
    const key = `${index} ${part}`;
    return timestamp.test(part) ? <Moment key={key} at={part} /> : <Fragment key={key}>{part}</Fragment>;
  });
}
