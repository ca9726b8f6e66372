import '../../ui/foreign.css';
import './findings.css';
import type { PolicyFinding } from '@sluice/contracts';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { policyRulesQuery } from '../../api/finding-queries.ts';
import { formatCount } from '../../format/count.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { LongList } from '../../ui/long-list.tsx';
import { Moment } from '../../ui/moment.tsx';
import { Status } from '../../ui/status.tsx';
import { useMembership } from '../session/membership.ts';
import { findingAppearances, groupFindings, type RuleFindings, ruleWords } from './finding-groups.ts';

/** What a finding is about: a node with its tab, a module, or a variable. */
function Place({ finding: { nodeId, nodeType, nodeName, tab, module, subject } }: { finding: PolicyFinding }) {
  const what = nodeName ?? module ?? nodeId ?? subject;
  return (
    <span className="sl-findings-place">
      {nodeType === undefined ? null : <span className="sl-node-type">{nodeType}</span>}
      <b title={subject}>{what}</b>
      {tab === undefined ? null : <span className="sl-small sl-dim">on {tab}</span>}
    </span>
  );
}

function Waiver({ waiver }: { waiver: NonNullable<PolicyFinding['waiver']> }) {
  return (
    <p className="sl-small sl-findings-waiver">
      {waiver.reason}{' '}
      <span className="sl-dim">
        {waiver.by}, <Moment at={waiver.at} />
        {waiver.expiresAt === null ? '' : ', until '}
        {waiver.expiresAt === null ? null : <Moment at={waiver.expiresAt} />}
      </span>
    </p>
  );
}

function Rule({ group, actionOf }: { group: RuleFindings; actionOf: ((finding: PolicyFinding) => ReactNode) | undefined }) {
  const { organizationId } = useMembership();
  const rules = useQuery(policyRulesQuery(organizationId)).data?.items ?? [];
  const title = rules.find(({ rule }) => rule === group.rule)?.title ?? ruleWords(group.rule);
  const summary = (
    <>
      <Status {...findingAppearances[group.group]} />
      <b>{title}</b>
      <span className="sl-small sl-dim">{formatCount(group.findings.length)}</span>
    </>
  );
  return (
    <Disclosure summary={summary} initiallyOpen={group.group === 'block'}>
      {() => (
        <>
          <p className="sl-small sl-dim" style={{ margin: '0 0 4px' }}>
            {group.why}
          </p>
          <ul className="sl-findings">
            <LongList
              items={group.findings}
              noun="findings"
              inList
              keyOf={({ subject, message }, index) => `${index} ${subject} ${message}`}
            >
              {(finding) => (
                <li>
                  <div className="sl-findings-text">
                    <Place finding={finding} />
                    <p>{finding.message}</p>
                    <p className="sl-small">
                      <span className="sl-label">Fix</span> {finding.fix}
                    </p>
                    {finding.waiver === undefined ? null : <Waiver waiver={finding.waiver} />}
                  </div>
                  {finding.waiver === undefined ? (actionOf?.(finding) ?? null) : null}
                </li>
              )}
            </LongList>
          </ul>
        </>
      )}
    </Disclosure>
  );
}

/** What policies found: gravest first, by rule, each with its place, why it matters and what to do. `actionOf`: what can be done about one here. */
export function FindingsList({
  findings,
  actionOf,
}: {
  findings: readonly PolicyFinding[];
  actionOf?: (finding: PolicyFinding) => ReactNode;
}) {
  return groupFindings(findings).map((group) => <Rule key={`${group.group} ${group.rule}`} group={group} actionOf={actionOf} />);
}
