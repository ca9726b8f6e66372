import '../../ui/table.css';
import type { SnapshotContent } from '@sluice/contracts';
import { formatCountOf } from '../../format/count.ts';
import { EmptyNotice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/page.tsx';
import { Value } from '../../ui/value.tsx';

/** The modules that the flows ask for. */
export function ModulesPanel({ snapshot: { modules, hasLock } }: { snapshot: SnapshotContent }) {
  const names = Object.entries(modules);
  return (
    <Panel
      title="Modules"
      flush
      aside={<span className="sl-small sl-dim">{hasLock ? 'Locked with everything they need' : 'No lock: resolved when published'}</span>}
    >
      {names.length === 0 ? (
        <EmptyNotice title="Only what Node-RED brings along" />
      ) : (
        <table className="sl-table">
          <thead>
            <tr>
              <th scope="col">Module</th>
              <th scope="col">Version</th>
            </tr>
          </thead>
          <tbody>
            {names.map(([name, version]) => (
              <tr key={name}>
                <th scope="row" style={{ overflowWrap: 'anywhere' }}>
                  {name}
                </th>
                <td className="sl-mono">{version}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

/** The values that the flows expect from outside. */
export function VariablesPanel({ snapshot: { variables } }: { snapshot: SnapshotContent }) {
  return (
    <Panel title="Variables" flush aside={<span className="sl-small sl-dim">{formatCountOf(variables.length, 'variable')}</span>}>
      {variables.length === 0 ? (
        <EmptyNotice title="The flows take no value from outside">Addresses and secrets in them are the same on every device.</EmptyNotice>
      ) : (
        <table className="sl-table">
          <thead>
            <tr>
              <th scope="col">Variable</th>
              <th scope="col">Needs</th>
              <th scope="col">Default</th>
            </tr>
          </thead>
          <tbody>
            {variables.map((variable) => (
              <tr key={variable.name}>
                <th scope="row" className="sl-mono" style={{ overflowWrap: 'anywhere' }}>
                  {variable.name}
                </th>
                <td>
                  {variable.required ? 'Required' : 'Optional'}
                  {variable.secret ? ', secret' : ''}
                </td>
                <td>
                  {variable.default === undefined ? (
                    <span className="sl-dim">None</span>
                  ) : (
                    <Value value={variable.default} label={`Default of ${variable.name}`} />
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

/** What of Node-RED's settings the application brings along. */
export function SettingsPanel({ snapshot: { settings } }: { snapshot: SnapshotContent }) {
  const names = Object.entries(settings);
  if (names.length === 0) return null;
  return (
    <Panel title="Settings">
      <dl className="sl-properties">
        {names.map(([name, value]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{name}</dt>
            <dd>
              <Value value={value} label={name} />
            </dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
