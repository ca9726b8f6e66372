import { Group, Skeleton, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { PolicyRuleView, PolicySettingsView, SetPolicySettingsRequest } from '@sluice/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { pipelinesQuery } from '../../api/application-queries.ts';
import { change } from '../../api/client.ts';
import { type PolicyPlace, policyRulesQuery, policySettingsPath, policySettingsQuery } from '../../api/finding-queries.ts';
import { keys } from '../../api/keys.ts';
import { applicationsQuery } from '../../api/queries.ts';
import { FilterBar, FilterChoice } from '../../ui/filter-bar.tsx';
import { GuardedButton } from '../../ui/guarded-button.tsx';
import { ErrorNotice } from '../../ui/notice.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { useMembership } from '../session/membership.ts';
import { ListsPanel } from './lists-panel.tsx';
import { RulesTable } from './rules-table.tsx';
import { WaiversPanel } from './waivers-panel.tsx';

const route = getRouteApi('/organizations/$organizationId/policies');

/** Whose policies are shown: each layer says what differs from the one above. */
function PlaceChoice({ place, onChange }: { place: PolicyPlace; onChange: (place: PolicyPlace) => void }) {
  const { organizationId } = useMembership();
  const applications = useQuery(applicationsQuery(organizationId)).data?.items ?? [];
  const pipelines = useQuery({
    ...pipelinesQuery(organizationId, place.applicationId ?? ''),
    enabled: place.applicationId !== undefined,
  });
  const stages = (pipelines.data?.items ?? []).flatMap((pipeline) => pipeline.stages.map(({ id, name }) => ({ value: id, label: name })));
  return (
    <FilterBar isFiltered={place.applicationId !== undefined} onClear={() => onChange({})}>
      <FilterChoice
        label="Application"
        anyLabel="Organization"
        value={place.applicationId}
        choices={applications.map(({ id, name }) => ({ value: id, label: name }))}
        onChoose={(applicationId) => onChange(applicationId === undefined ? {} : { applicationId })}
      />
      {place.applicationId === undefined ? null : (
        <FilterChoice
          label="Stage"
          anyLabel="All of the application"
          value={place.stageId}
          choices={stages}
          onChoose={(stageId) =>
            onChange({
              ...(place.applicationId === undefined ? {} : { applicationId: place.applicationId }),
              ...(stageId === undefined ? {} : { stageId }),
            })
          }
        />
      )}
    </FilterBar>
  );
}

/** The form of one layer; made anew for each version of it. */
function Editor({ place, view, rules }: { place: PolicyPlace; view: PolicySettingsView; rules: readonly PolicyRuleView[] }) {
  const { organizationId, role } = useMembership();
  const client = useQueryClient();
  const [draft, setDraft] = useState(view.settings);
  const [reason, setReason] = useState('');
  const save = useMutation({
    mutationFn: () => {
      const body: SetPolicySettingsRequest = { settings: draft, ...(reason.trim() === '' ? {} : { reason: reason.trim() }) };
      return change<PolicySettingsView>('PUT', policySettingsPath(organizationId, place), { body, version: view.version });
    },
    onSuccess: () => notifications.show({ message: 'The policies are changed. What is published from now on is checked against them.' }),
    onSettled: () =>
      Promise.all([keys.findings(organizationId), keys.policies(organizationId)].map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
  const isEditable = role === 'owner';
  const isSame = JSON.stringify(draft) === JSON.stringify(view.settings);
  const why = isEditable ? (isSame ? 'Nothing differs from what holds.' : null) : `Policies are set by owners; your role is ${role}.`;
  const shared = { view, draft, isEditable, onChange: setDraft };
  return (
    <>
      <Panel title="Rules" flush>
        <RulesTable rules={rules} {...shared} />
      </Panel>
      <ListsPanel {...shared} />
      <Panel title="Save" hideTitle>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (why === null) save.mutate();
          }}
        >
          {save.error === null ? null : <ErrorNotice error={save.error} />}
          <Group align="end" gap="md">
            <TextInput
              style={{ flex: '1 1 240px' }}
              label="Reason"
              description="Kept in the ledger with your name"
              maxLength={4000}
              disabled={!isEditable}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
            <GuardedButton why={why} loading={save.isPending} onPress={() => save.mutate()}>
              Save
            </GuardedButton>
          </Group>
        </form>
      </Panel>
    </>
  );
}

/** What is checked before something is published, how strictly, and what was waived. */
export function PoliciesPage() {
  const { organizationId } = route.useParams();
  const place = route.useSearch();
  const navigate = route.useNavigate();
  const settings = useQuery(policySettingsQuery(organizationId, place));
  const rules = useQuery(policyRulesQuery(organizationId));
  const error = settings.error ?? rules.error;
  return (
    <Page title="Policies" sub={<span>Organization, application, stage: each says what differs from the one above</span>}>
      <Panel title="Whose policies" flush hideTitle>
        <PlaceChoice place={place} onChange={(wanted) => void navigate({ search: wanted, replace: true })} />
      </Panel>
      {error === null ? null : <ErrorNotice error={error} onRetry={() => void settings.refetch()} />}
      {settings.data === undefined || rules.data === undefined ? (
        error === null && <Skeleton height={400} radius="md" />
      ) : (
        <Editor key={`${settings.data.scopeId} ${settings.data.version}`} place={place} view={settings.data} rules={rules.data.items} />
      )}
      <WaiversPanel />
    </Page>
  );
}
