import { Kbd, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useKey } from './use-key.ts';

const typingPauseMs = 250;

/** The search of a list. `/` goes there; what is typed is handed on when the person pauses. */
export function SearchField({ label, value, onSearch }: { label: string; value: string; onSearch: (text: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(value);
  const handOn = useDebouncedCallback(onSearch, typingPauseMs);
  useKey('/', () => input.current?.select());
  // The address may change by itself: back, forward, a link.
  useEffect(() => {
    if (document.activeElement !== input.current) setTyped(value);
  }, [value]);
  return (
    <TextInput
      ref={input}
      type="search"
      aria-label={label}
      placeholder={label}
      aria-keyshortcuts="/"
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={typed === '' ? <Kbd size="xs">/</Kbd> : null}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        handOn(event.currentTarget.value);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') event.currentTarget.blur();
      }}
    />
  );
}
