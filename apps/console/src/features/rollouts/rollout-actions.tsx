import { Button, Group, Tooltip } from '@mantine/core';
import type { RolloutDetail } from '@sluice/contracts';
import { IconArrowBackUp, IconPlayerPause, IconPlayerPlay, IconPlayerStop, IconX } from '@tabler/icons-react';
import { type ReactNode, useId, useState } from 'react';
import { useMembership } from '../session/membership.ts';
import { ActionDialog, actionWords } from './action-dialog.tsx';
import { type OfferedAction, possibilityOf } from './action-rules.ts';
import { ApproveRollout } from './approve-rollout.tsx';

const icons: Readonly<Record<OfferedAction, ReactNode>> = {
  pause: <IconPlayerPause size={16} aria-hidden />,
  resume: <IconPlayerPlay size={16} aria-hidden />,
  abort: <IconPlayerStop size={16} aria-hidden />,
  roll_back: <IconArrowBackUp size={16} aria-hidden />,
  reject: <IconX size={16} aria-hidden />,
};

const actions: readonly OfferedAction[] = ['pause', 'resume', 'abort', 'roll_back'];
/** A rollout that waits for its approval has nothing to pause or to roll back yet. */
const actionsBeforeApproval: readonly OfferedAction[] = ['reject', 'abort'];

/** A button that stays reachable when it cannot work, so that everybody can learn why. */
function ActionButton({ action, rollout, onChoose }: { action: OfferedAction; rollout: RolloutDetail; onChoose: () => void }) {
  const { role } = useMembership();
  const descriptionId = useId();
  const possibility = possibilityOf(action, rollout.state, role);
  const why = possibility.possible ? '' : possibility.why;
  return (
    <Tooltip label={why} disabled={possibility.possible}>
      <Button
        variant="default"
        size="sm"
        leftSection={icons[action]}
        data-disabled={!possibility.possible}
        aria-disabled={!possibility.possible}
        aria-describedby={possibility.possible ? undefined : descriptionId}
        onClick={() => possibility.possible && onChoose()}
      >
        {actionWords[action].label}
        <span id={descriptionId} hidden>
          {why}
        </span>
      </Button>
    </Tooltip>
  );
}

/** What a person can do to a rollout. */
export function RolloutActions({ rollout }: { rollout: RolloutDetail }) {
  const [chosen, setChosen] = useState<OfferedAction | null>(null);
  return (
    <Group gap="xs" role="group" aria-label="Actions on this rollout">
      <ApproveRollout rollout={rollout} />
      {(rollout.state === 'pending_approval' ? actionsBeforeApproval : actions).map((action) => (
        <ActionButton key={action} action={action} rollout={rollout} onChoose={() => setChosen(action)} />
      ))}
      {chosen === null ? null : <ActionDialog rollout={rollout} action={chosen} onClose={() => setChosen(null)} />}
    </Group>
  );
}
