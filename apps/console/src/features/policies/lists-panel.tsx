import { Textarea } from '@mantine/core';
import type { PolicySettings, PolicySettingsView } from '@sluice/contracts';
import { useState } from 'react';
import { Panel } from '../../ui/page.tsx';
import { type PolicyList, policyLists, withList } from './draft.ts';

const listWords: Readonly<Record<PolicyList, { label: string; description: string }>> = {
  allowedModules: {
    label: 'Allowed modules',
    description: 'Names, one per line; * stands for anything. Nothing written: all are allowed, or as above',
  },
  registries: { label: 'Registries', description: 'Addresses that modules may come from, one per line' },
  deniedLicences: { label: 'Denied licences', description: 'SPDX ids, one per line, such as AGPL-*' },
};

function List({
  list,
  view,
  draft,
  isEditable,
  onChange,
}: {
  list: PolicyList;
  view: PolicySettingsView;
  draft: PolicySettings;
  isEditable: boolean;
  onChange: (settings: PolicySettings) => void;
}) {
  // What is typed is kept as it is: blank lines are on the way to the next one.
  const [text, setText] = useState((draft[list] ?? []).join('\n'));
  const { label, description } = listWords[list];
  const above = view.effective[list];
  return (
    <Textarea
      label={label}
      description={description}
      placeholder={above === null ? 'No list' : above.join('\n')}
      autosize
      minRows={2}
      maxRows={12}
      disabled={!isEditable}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        onChange(withList(draft, list, event.currentTarget.value));
      }}
    />
  );
}

/** The lists that rules compare with. */
export function ListsPanel(props: {
  view: PolicySettingsView;
  draft: PolicySettings;
  isEditable: boolean;
  onChange: (settings: PolicySettings) => void;
}) {
  return (
    <Panel title="Lists">
      <div style={{ display: 'grid', gap: 16 }}>
        {policyLists.map((list) => (
          <List key={list} list={list} {...props} />
        ))}
      </div>
    </Panel>
  );
}
