import { Button, type ButtonProps, Tooltip } from '@mantine/core';
import { type ReactNode, useId } from 'react';

/** A button that stays reachable when it cannot work, so that everybody can learn why. `why`: null when it can. */
export function GuardedButton({
  why,
  onPress,
  children,
  label,
  ...rest
}: Omit<ButtonProps, 'children'> & { why: string | null; onPress: () => void; children: ReactNode; label?: string }) {
  const descriptionId = useId();
  const isPossible = why === null;
  return (
    <Tooltip label={why ?? ''} disabled={isPossible}>
      <Button
        {...rest}
        data-disabled={!isPossible}
        aria-disabled={!isPossible}
        aria-label={label}
        aria-describedby={isPossible ? undefined : descriptionId}
        onClick={() => isPossible && onPress()}
      >
        {children}
        <span id={descriptionId} hidden>
          {why}
        </span>
      </Button>
    </Tooltip>
  );
}
