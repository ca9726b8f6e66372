import './facts.css';
import type { ReactNode } from 'react';

/** Named facts in columns. `single`: below each other, for facts that are sentences. */
export function Facts({ facts, single = false }: { facts: readonly { name: string; value: ReactNode }[]; single?: boolean }) {
  return (
    <dl className="sl-facts" style={single ? { gridTemplateColumns: '1fr' } : undefined}>
      {facts.map(({ name, value }) => (
        <div key={name}>
          <dt className="sl-label">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
