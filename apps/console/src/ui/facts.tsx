import './facts.css';
import type { ReactNode } from 'react';

/** Named facts in columns. */
export function Facts({ facts }: { facts: readonly { name: string; value: ReactNode }[] }) {
  return (
    <dl className="sl-facts">
      {facts.map(({ name, value }) => (
        <div key={name}>
          <dt className="sl-label">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
