import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { Spotlight, type SpotlightActionGroupData } from '@mantine/spotlight';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { fewDevicesQuery, fewRolloutsQuery } from '../../api/queries.ts';
import { rolloutAppearances } from '../rollouts/states.ts';
import { useMembership } from '../session/membership.ts';
import { useSignOut } from '../session/session.ts';

const foundMax = 8;
const typingPauseMs = 150;

/** The commands that do not depend on what is searched. */
function useCommands(onHelp: () => void): SpotlightActionGroupData[] {
  const { organizationId } = useMembership();
  const navigate = useNavigate();
  const signOut = useSignOut();
  const { setColorScheme } = useMantineColorScheme();
  const isDark = useComputedColorScheme('light') === 'dark';
  const params = { organizationId };
  const pages = [
    { id: 'overview', label: 'Overview', onClick: () => void navigate({ to: '/organizations/$organizationId', params }) },
    { id: 'devices', label: 'Devices', onClick: () => void navigate({ to: '/organizations/$organizationId/devices', params }) },
    {
      id: 'unhealthy',
      label: 'Unhealthy devices',
      onClick: () => void navigate({ to: '/organizations/$organizationId/devices', params, search: { health: 'unhealthy' } }),
    },
    {
      id: 'applications',
      label: 'Applications',
      onClick: () => void navigate({ to: '/organizations/$organizationId/applications', params }),
    },
    { id: 'rollouts', label: 'Rollouts', onClick: () => void navigate({ to: '/organizations/$organizationId/rollouts', params }) },
    {
      id: 'integrations',
      label: 'Integrations',
      onClick: () => void navigate({ to: '/organizations/$organizationId/integrations', params }),
    },
    {
      id: 'unprotected',
      label: 'Unprotected integrations',
      onClick: () => void navigate({ to: '/organizations/$organizationId/integrations', params, search: { security: 'insecure' } }),
    },
    {
      id: 'safeguards',
      label: 'Safeguards',
      onClick: () => void navigate({ to: '/organizations/$organizationId/safeguards', params }),
    },
    { id: 'policies', label: 'Policies', onClick: () => void navigate({ to: '/organizations/$organizationId/policies', params }) },
    {
      id: 'active',
      label: 'Rollouts in flight',
      onClick: () => void navigate({ to: '/organizations/$organizationId/rollouts', params, search: { active: true } }),
    },
  ];
  const commands = [
    { id: 'colours', label: isDark ? 'Use light colours' : 'Use dark colours', onClick: () => setColorScheme(isDark ? 'light' : 'dark') },
    { id: 'keys', label: 'Show the keys', onClick: onHelp },
    { id: 'sign-out', label: 'Sign out', onClick: () => signOut.mutate() },
  ];
  return [
    { group: 'Go to', actions: pages },
    { group: 'Do', actions: commands },
  ];
}

/** Devices by a part of their name, found by the server, and the latest rollouts. */
function useFound(query: string, opened: boolean): SpotlightActionGroupData[] {
  const { organizationId } = useMembership();
  const navigate = useNavigate();
  const [search] = useDebouncedValue(query.trim(), typingPauseMs);
  const devices = useQuery({
    ...fewDevicesQuery(organizationId, { search }, foundMax),
    enabled: opened && search !== '',
    placeholderData: keepPreviousData,
  });
  const rollouts = useQuery({ ...fewRolloutsQuery(organizationId, {}, foundMax), enabled: opened });
  const foundDevices = search === '' ? [] : (devices.data?.items ?? []);
  return [
    {
      group: 'Devices',
      actions: foundDevices.map(({ id, name, health, running }) => ({
        id,
        label: name,
        description: `${health}${running === null ? '' : `, runs ${running.name}`}`,
        onClick: () => void navigate({ to: '/organizations/$organizationId/devices/$deviceId', params: { organizationId, deviceId: id } }),
      })),
    },
    {
      group: 'Latest rollouts',
      actions: (rollouts.data?.items ?? []).map(({ id, release, stageName, state, applicationName }) => ({
        id,
        label: `${release.name} → ${stageName}`,
        description: `${applicationName}, ${rolloutAppearances[state].label.toLowerCase()}`,
        onClick: () =>
          void navigate({ to: '/organizations/$organizationId/rollouts/$rolloutId', params: { organizationId, rolloutId: id } }),
      })),
    },
  ];
}

/** Selects the first action. Spotlight itself does so only when something is typed, and marks what is selected in this way. */
function selectFirst(): void {
  for (const [index, action] of document.querySelectorAll('[role="dialog"] [data-action]').entries()) {
    if (index === 0) action.setAttribute('data-selected', 'true');
    else action.removeAttribute('data-selected');
  }
}

/** Ctrl/⌘ K: everything within reach of the keyboard. */
export function CommandPalette({ onHelp }: { onHelp: () => void }) {
  const [query, setQuery] = useState('');
  const [opened, setOpened] = useState(false);
  const commands = useCommands(onHelp);
  const found = useFound(query, opened);
  const devicesFound = found[0]?.actions.map(({ id }) => id).join() ?? '';
  // What the server found comes later than what was typed: Enter opens the first of it.
  useEffect(() => {
    if (devicesFound !== '') selectFirst();
  }, [devicesFound]);
  const groups = [...found.slice(0, 1), ...commands, ...found.slice(1)].filter(({ actions }) => actions.length > 0);
  return (
    <Spotlight
      actions={groups}
      query={query}
      onQueryChange={setQuery}
      onSpotlightOpen={() => setOpened(true)}
      onSpotlightClose={() => setOpened(false)}
      nothingFound="Nothing of this name"
      highlightQuery
      scrollable
      maxHeight={420}
      tagsToIgnore={[]}
      searchProps={{ placeholder: 'Device, rollout, page or command', 'aria-label': 'Find or do' }}
    />
  );
}
