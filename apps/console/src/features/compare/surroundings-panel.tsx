import type { SnapshotDifference } from '@sluice/contracts';
import type { ReactNode } from 'react';
import { LongList } from '../../ui/long-list.tsx';
import { Panel } from '../../ui/page.tsx';
import { ChangeSign } from './change-sign.tsx';
import type { NodeNames } from './node-names.ts';
import { PlaceChanges } from './place-changes.tsx';

type Kind = 'added' | 'removed' | 'changed';

function kindOf(before: unknown, after: unknown): Kind {
  if (before === null) return 'added';
  return after === null ? 'removed' : 'changed';
}

function Item({ kind, children }: { kind: Kind; children: ReactNode }) {
  return (
    <li>
      <ChangeSign change={kind} /> {children}
    </li>
  );
}

function versions(before: string | null, after: string | null): string {
  if (before === null) return after ?? '';
  return after === null ? before : `${before} → ${after}`;
}

function declaration({ before, after, needsValue }: SnapshotDifference['variables'][number]): string {
  const declared = after ?? before;
  const words = [declared?.required === true ? 'required' : 'optional', ...(declared?.secret === true ? ['secret'] : [])];
  return `${words.join(', ')}${needsValue ? ': needs a value before it can run' : ''}`;
}

/** What changed besides the flows: runtime, modules, variables, settings. */
export function SurroundingsPanel({
  diff: { runtime, modules, variables, settings },
  names,
}: {
  diff: SnapshotDifference;
  names: NodeNames;
}) {
  const runtimes = [
    { name: 'Node-RED', change: runtime.nodeRed },
    { name: 'Node.js', change: runtime.node },
  ];
  const changedRuntimes = runtimes.flatMap(({ name, change }) => (change === null ? [] : [{ name, change }]));
  if (changedRuntimes.length + modules.length + variables.length + settings.length === 0) return null;
  return (
    <Panel title="Modules, variables and settings">
      <ul className="sl-compare-list">
        {changedRuntimes.map(({ name, change }) => (
          <Item key={name} kind={kindOf(change.before, change.after)}>
            <b>{name}</b> {versions(change.before, change.after)}
          </Item>
        ))}
        <LongList items={modules} noun="modules" inList keyOf={({ name }, index) => `${index} ${name}`}>
          {({ name, before, after, direct, contentChanged }) => (
            <Item kind={kindOf(before, after)}>
              <b>{name}</b> <span className="sl-mono">{versions(before, after)}</span>
              <span className="sl-small sl-dim">
                {direct ? '' : ' comes along with others'}
                {contentChanged ? ' the same version with another content' : ''}
              </span>
            </Item>
          )}
        </LongList>
        {variables.map((variable) => (
          <Item key={variable.name} kind={kindOf(variable.before, variable.after)}>
            <b className="sl-mono">{variable.name}</b> <span className="sl-small">{declaration(variable)}</span>
          </Item>
        ))}
      </ul>
      {settings.length === 0 ? null : (
        <div style={{ marginTop: 14 }}>
          <div className="sl-label">Settings</div>
          <PlaceChanges changes={settings} names={names} />
        </div>
      )}
    </Panel>
  );
}
