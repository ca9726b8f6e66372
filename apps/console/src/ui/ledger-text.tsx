import { Textarea, type TextareaProps } from '@mantine/core';

export type LedgerTextProps = Pick<TextareaProps, 'label' | 'description' | 'maxRows' | 'mt' | 'required'> & {
  value: string;
  onText: (text: string) => void;
};

/** What a person says to a change, in its dialog: the first thing to type. */
export function LedgerText({ value, onText, ...rest }: LedgerTextProps) {
  return (
    <Textarea
      label="Reason"
      description="Kept in the ledger with your name"
      autosize
      minRows={2}
      maxLength={4000}
      data-autofocus
      value={value}
      onChange={(event) => onText(event.currentTarget.value)}
      {...rest}
    />
  );
}
