import './compare.css';
import { VisuallyHidden } from '@mantine/core';
import type { NodePropertyChange, PlaceChange } from '@sluice/contracts';
import { Status } from '../../ui/status.tsx';
import { Value } from '../../ui/value.tsx';
import { Hunks } from './hunks.tsx';
import type { NodeNames } from './node-names.ts';
import { classWords, placeWords, valueWords } from './words.ts';

function Side({ change, value, label, names }: { change: '-' | '+'; value: unknown; label: string; names: NodeNames }) {
  return (
    <div data-change={change}>
      <span aria-hidden>{change === '-' ? '−' : '+'}</span>
      <span style={{ minWidth: 0 }}>
        <VisuallyHidden>{change === '-' ? 'Before: ' : 'After: '}</VisuallyHidden>
        <Value value={valueWords(value, names)} label={`${label} ${change === '-' ? 'before' : 'after'}`} />
      </span>
    </div>
  );
}

function Change({ change, label, names }: { change: PlaceChange; label: string; names: NodeNames }) {
  switch (change.kind) {
    case 'text':
    case 'list':
      return <Hunks hunks={change.hunks} label={label} />;
    case 'reordered':
      return <span className="sl-small sl-dim">Its members stand in another order.</span>;
    default:
      return (
        <div className="sl-before-after">
          {change.kind === 'added' ? null : <Side change="-" value={change.before} label={label} names={names} />}
          {change.kind === 'removed' ? null : <Side change="+" value={change.after} label={label} names={names} />}
        </div>
      );
  }
}

/** What changed, place by place: before and after, texts line by line. */
export function PlaceChanges({ changes, names }: { changes: readonly (PlaceChange | NodePropertyChange)[]; names: NodeNames }) {
  return (
    <dl className="sl-place-changes">
      {changes.map((change) => {
        const label = placeWords(change.pointer);
        return (
          <div key={`${change.pointer} ${change.kind}`}>
            <dt>
              <code className="sl-mono">{label}</code>
              {'class' in change ? <Status tone={classWords[change.class].tone} label={classWords[change.class].label} /> : null}
            </dt>
            <dd>
              <Change change={change} label={label} names={names} />
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
