import './filter-bar.css';
import { Button, Select } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import type { ReactNode } from 'react';

export type Choice = { value: string; label: string };

/** One filter: a choice of some, or any. */
export function FilterChoice<V extends string>({
  label,
  anyLabel,
  value,
  choices,
  onChoose,
}: {
  label: string;
  anyLabel: string;
  value: V | undefined;
  choices: readonly (Choice & { value: V })[];
  onChoose: (value: V | undefined) => void;
}) {
  return (
    <Select
      className="sl-filters-choice"
      aria-label={label}
      placeholder={anyLabel}
      clearable
      clearButtonProps={{ 'aria-label': `Clear ${label.toLowerCase()}` }}
      searchable={choices.length > 9}
      data={[...choices]}
      value={value ?? null}
      onChange={(chosen) => onChoose(choices.find((choice) => choice.value === chosen)?.value)}
      comboboxProps={{ width: 'max-content', position: 'bottom-start' }}
    />
  );
}

/** The filters of a list; all of them live in the address. */
export function FilterBar({ children, isFiltered, onClear }: { children: ReactNode; isFiltered: boolean; onClear: () => void }) {
  return (
    <search className="sl-filters">
      {children}
      <Button
        className="sl-filters-end"
        variant="subtle"
        size="compact-sm"
        leftSection={<IconX size={14} aria-hidden />}
        data-idle={!isFiltered}
        onClick={onClear}
      >
        Clear filters
      </Button>
    </search>
  );
}
