import '../../ui/table.css';
import { NativeSelect } from '@mantine/core';
import type { PolicyRuleView, PolicySettings, PolicySettingsView, RuleSeverity } from '@sluice/contracts';
import { Status } from '../../ui/status.tsx';
import type { Appearance } from '../../ui/tone.ts';
import { withRule } from './draft.ts';

const severityAppearances: Readonly<Record<RuleSeverity, Appearance>> = {
  block: { label: 'Blocks', tone: 'bad' },
  warn: { label: 'Warns', tone: 'warn' },
  off: { label: 'Off', tone: 'idle' },
};

const severities = Object.keys(severityAppearances) as RuleSeverity[];

/** Each rule: what holds here, and what this layer says about it. */
export function RulesTable({
  rules,
  view,
  draft,
  isEditable,
  onChange,
}: {
  rules: readonly PolicyRuleView[];
  view: PolicySettingsView;
  draft: PolicySettings;
  isEditable: boolean;
  onChange: (settings: PolicySettings) => void;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard (WCAG 2.1.1)
    <section className="sl-table-scroll" tabIndex={0} aria-label="Rules and their severities">
      <table className="sl-table">
        <thead>
          <tr>
            <th scope="col">Rule</th>
            <th scope="col">Holds now</th>
            <th scope="col">Said here</th>
          </tr>
        </thead>
        <tbody>
          {rules.map(({ rule, title, why }) => (
            <tr key={rule}>
              <th scope="row">
                {title}
                <div className="sl-small sl-dim" style={{ fontWeight: 400 }}>
                  {why}
                </div>
              </th>
              <td>
                <Status {...severityAppearances[view.effective.rules[rule]]} />
              </td>
              <td style={{ minWidth: 116 }}>
                <NativeSelect
                  aria-label={`Severity of: ${title}`}
                  disabled={!isEditable}
                  value={draft.rules?.[rule] ?? ''}
                  onChange={(event) => {
                    const { value } = event.currentTarget;
                    onChange(withRule(draft, rule, severities.find((each) => each === value) ?? null));
                  }}
                  data={[
                    { value: '', label: 'As above' },
                    ...severities.map((value) => ({ value, label: severityAppearances[value].label })),
                  ]}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
