import './compare.css';
import { VisuallyHidden } from '@mantine/core';
import type { NodePropertyChange, PlaceChange } from '@sluice/contracts';
import { Status } from '../../ui/status.tsx';
import { Value } from '../../ui/value.tsx';
import { Hunks } from './hunks.tsx';
import { classWords, placeWords, valueWords } from './words.ts';

function Side({ change, value, label }: { change: '-' | '+'; value: unknown; label: string }) {
  return (
    <div data-change={change}>
      <span aria-hidden>{change === '-' ? '−' : '+'}</span>
      <span style={{ minWidth: 0 }}>
        <VisuallyHidden>{change === '-' ? 'Before: ' : 'After: '}</VisuallyHidden>
        <Value value={valueWords(value)} label={`${label} ${change === '-' ? 'before' : 'after'}`} />
      </span>
    </div>
  );
}

function Change({ change, label }: { change: PlaceChange; label: string }) {
  switch (change.kind) {
    case 'text':
    case 'list':
      return <Hunks hunks={change.hunks} label={label} />;
    case 'reordered':
      return <span className="sl-small sl-dim">Its members stand in another order.</span>;
    default:
      return (
        <div className="sl-before-after">
          {change.kind === 'added' ? null : <Side change="-" value={change.before} label={label} />}
          {change.kind === 'removed' ? null : <Side change="+" value={change.after} label={label} />}
        </div>
      );
  }
}

/** What changed, place by place: before and after, texts line by line. */
export function PlaceChanges({ changes }: { changes: readonly (PlaceChange | NodePropertyChange)[] }) {
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
              <Change change={change} label={label} />
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
