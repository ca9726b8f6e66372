import type { RolloutDetail } from '@sluice/contracts';
import type { Invocation } from '../../frame/invocation.ts';
import { approvalColumns } from '../../output/views/gates.ts';
import { measuredColumns, measuredRows, rolloutDetailView, waveColumns } from '../../output/views/rollouts.ts';
import { blockerSentence } from '../../rollouts/tell.ts';

/** Prints a rollout with its waves, what people said, and why it does not move. */
export function printRolloutDetail({ print, ports }: Invocation, rollout: RolloutDetail): void {
  print.one(rollout, rolloutDetailView(ports.timeZone));
  print.section('Waves', rollout.waves, waveColumns(ports.timeZone));
  print.section('Measurements', measuredRows(rollout), measuredColumns(ports.timeZone));
  print.section('Approvals', rollout.approvals, approvalColumns(ports.timeZone));
  if (!print.isForPeople) return;
  const changed = rollout.variables?.changed ?? [];
  if (changed.length > 0) {
    const what = changed.length === 1 ? '1 variable has changed' : `${changed.length} variables have changed`;
    print.line('');
    print.line(`${what} since it was created; the next promotion delivers that: ${changed.join(', ')}.`);
  }
  if (rollout.blockers.length === 0) return;
  print.line('');
  for (const blocker of rollout.blockers) print.line(blockerSentence(blocker, ports.timeZone));
}
