import { Button, Group } from '@mantine/core';
import { ErrorNotice } from './notice.tsx';

export type DialogFooterProps = {
  /** Why it was refused the last time; null: it was not. */
  error?: Error | null;
  /** What the button does, in a word. */
  label: string;
  loading: boolean;
  disabled?: boolean;
  danger?: boolean;
  onClose: () => void;
};

/** The end of a form in a dialog: what went wrong, the way out, and the button that does it. */
export function DialogFooter({ error = null, label, loading, disabled = false, danger = false, onClose }: DialogFooterProps) {
  return (
    <>
      {error === null ? null : (
        <div style={{ marginTop: 14 }}>
          <ErrorNotice error={error} />
        </div>
      )}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose}>
          Leave it as it is
        </Button>
        <Button type="submit" loading={loading} disabled={disabled} {...(danger ? { color: 'red.9' } : {})}>
          {label}
        </Button>
      </Group>
    </>
  );
}
