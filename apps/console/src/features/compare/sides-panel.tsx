import { Button, Select } from '@mantine/core';
import type { DiffSide, Snapshot } from '@sluice/contracts';
import { IconArrowsExchange } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { fewSnapshotsQuery, pipelinesQuery } from '../../api/application-queries.ts';
import { everythingMax } from '../../api/queries.ts';
import { Panel } from '../../ui/page.tsx';
import { useMembership } from '../session/membership.ts';
import type { Comparison } from './comparison-address.ts';

function labelOf({ number, message }: { number: number; message: string }): string {
  const line = message.split('\n', 1)[0] ?? '';
  return line === '' ? `v${number}` : `v${number} · ${line.slice(0, 60)}`;
}

/** The snapshots to choose from; what is shown is always among them. */
function choicesOf(snapshots: readonly Snapshot[], side: DiffSide | null) {
  const choices = snapshots.map((snapshot) => ({ value: snapshot.id, label: labelOf(snapshot) }));
  const isMissing = side !== null && !choices.some(({ value }) => value === side.snapshotId);
  return isMissing ? [...choices, { value: side.snapshotId, label: labelOf(side) }] : choices;
}

/** Chooses what is compared: two snapshots of an application, and with the variables of which stage. */
export function SidesPanel({
  from,
  to,
  comparison,
  onChange,
}: {
  from: DiffSide | null;
  to: DiffSide;
  comparison: Comparison;
  onChange: (comparison: Comparison) => void;
}) {
  const { organizationId } = useMembership();
  const snapshots = useQuery(fewSnapshotsQuery(organizationId, to.applicationId, everythingMax)).data?.items ?? [];
  const pipelines = useQuery(pipelinesQuery(organizationId, to.applicationId)).data?.items ?? [];
  const stages = pipelines.flatMap((pipeline) => pipeline.stages.map(({ id, name }) => ({ value: id, label: name })));
  const set = (changes: { [K in keyof Comparison]?: Comparison[K] | undefined }): void => {
    const all = { ...comparison, before: from?.snapshotId, after: to.snapshotId, ...changes };
    onChange(Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)));
  };
  return (
    <Panel title="What is compared" flush hideTitle>
      <div className="sl-compare-sides">
        <Select
          className="sl-compare-side"
          label="Before"
          placeholder="Nothing: all of it is new"
          searchable
          data={choicesOf(snapshots, from)}
          value={from?.snapshotId ?? null}
          onChange={(id) => id !== null && set({ before: id })}
        />
        <Button
          variant="default"
          aria-label="Swap before and after"
          title="Swap before and after"
          disabled={from === null}
          onClick={() => set({ before: to.snapshotId, after: from?.snapshotId })}
        >
          <IconArrowsExchange size={18} aria-hidden />
        </Button>
        <Select
          className="sl-compare-side"
          label="After"
          searchable
          data={choicesOf(snapshots, to)}
          value={to.snapshotId}
          onChange={(id) => id !== null && set({ after: id })}
        />
        {stages.length === 0 ? null : (
          <Select
            className="sl-compare-side"
            label="With the variables of"
            placeholder="No stage: names stay"
            clearable
            clearButtonProps={{ 'aria-label': 'Without the variables of a stage' }}
            data={stages}
            value={comparison.stage ?? null}
            onChange={(id) => set({ stage: id ?? undefined })}
          />
        )}
      </div>
    </Panel>
  );
}
