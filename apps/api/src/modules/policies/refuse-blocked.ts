import type { PolicyFinding, PolicyReport } from '@sluice/contracts';
import { ApiError } from '../../problems/api-error.ts';

/** What the sentence names; the list has all. */
const namedMax = 3;

function place({ tab, nodeId }: PolicyFinding): string {
  const parts = [tab === undefined ? undefined : `tab ${tab}`, nodeId === undefined ? undefined : `node ${nodeId}`];
  const known = parts.filter((part) => part !== undefined);
  return known.length === 0 ? '' : ` (${known.join(', ')})`;
}

/**
 * The same report, if nothing in it blocks.
 * @throws ApiError POLICY_BLOCKED with everything that was found
 */
export function refuseBlocked(report: PolicyReport): PolicyReport {
  if (!report.isBlocked) return report;
  const blocking = report.findings.filter(({ severity, waiver }) => severity === 'block' && waiver === undefined);
  const named = blocking.slice(0, namedMax).map((finding) => `${finding.rule}: ${finding.message}${place(finding)}`);
  const rest = report.counts.block - named.length;
  const detail = [
    `${report.counts.block === 1 ? 'One finding' : `${report.counts.block} findings`} of the policies must be fixed or waived before this is published.`,
    ...named,
    ...(rest > 0 ? [`And ${rest} more.`] : []),
    'What to do stands with each of the findings.',
  ].join(' ');
  throw new ApiError('POLICY_BLOCKED', detail, { findings: report.findings });
}
