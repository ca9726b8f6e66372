import { ActionIcon, Kbd, Menu, Select, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { spotlight } from '@mantine/spotlight';
import { IconKeyboard, IconLogout, IconMenu2, IconMoon, IconSearch, IconSun, IconUserCircle } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { LinkIndicator } from '../../live/link-indicator.tsx';
import { useMembership } from '../session/membership.ts';
import { useSignOut } from '../session/session.ts';

/** Which organization the page is about; a choice only for members of several. */
function OrganizationSwitcher() {
  const { me, organizationId, organizationName } = useMembership();
  const navigate = useNavigate();
  if (me.memberships.length < 2) return <strong className="sl-truncate">{organizationName}</strong>;
  return (
    <Select
      aria-label="Organization"
      w={220}
      size="sm"
      allowDeselect={false}
      searchable={me.memberships.length > 8}
      data={me.memberships.map((membership) => ({ value: membership.organizationId, label: membership.organizationName }))}
      value={organizationId}
      onChange={(id) => id !== null && void navigate({ to: '/organizations/$organizationId', params: { organizationId: id } })}
    />
  );
}

function ColorSchemeSwitch() {
  const { setColorScheme } = useMantineColorScheme();
  const isDark = useComputedColorScheme('light') === 'dark';
  const label = isDark ? 'Use light colours' : 'Use dark colours';
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} onClick={() => setColorScheme(isDark ? 'light' : 'dark')}>
        {isDark ? <IconSun size={18} aria-hidden /> : <IconMoon size={18} aria-hidden />}
      </ActionIcon>
    </Tooltip>
  );
}

function PersonMenu({ onHelp }: { onHelp: () => void }) {
  const { me, role } = useMembership();
  const signOut = useSignOut();
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Account of ${me.name}`}>
          <IconUserCircle size={20} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {me.email ?? me.name} · {role}
        </Menu.Label>
        <Menu.Item leftSection={<IconKeyboard size={16} aria-hidden />} onClick={onHelp}>
          Keys
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => signOut.mutate()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** The bar above every page: where one is, whether it is live, and how to get elsewhere. */
export function TopBar({ onMenu, onHelp }: { onMenu: () => void; onHelp: () => void }) {
  return (
    <header className="sl-top">
      <ActionIcon className="sl-top-menu" variant="subtle" color="gray" size="lg" aria-label="Open the menu" onClick={onMenu}>
        <IconMenu2 size={20} aria-hidden />
      </ActionIcon>
      <OrganizationSwitcher />
      <div className="sl-top-space" />
      <LinkIndicator />
      <button type="button" className="sl-find" onClick={spotlight.open} aria-keyshortcuts="Control+K">
        <IconSearch size={16} aria-hidden />
        <span>Find or do</span>
        <Kbd size="xs" aria-hidden>
          Ctrl K
        </Kbd>
      </button>
      <ColorSchemeSwitch />
      <PersonMenu onHelp={onHelp} />
    </header>
  );
}
