import './shell.css';
import { Drawer } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Outlet, useLocation } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { LiveProvider } from '../../live/live-provider.tsx';
import { useMembership } from '../session/membership.ts';
import { CommandPalette } from './command-palette.tsx';
import { KeyboardHelp, useKeyboardHelp } from './keyboard-help.tsx';
import { Brand, Navigation } from './navigation.tsx';
import { TopBar } from './top-bar.tsx';

/** After going to another page, reading and tabbing go on at its beginning. */
function useFocusOnNewPage() {
  const main = useRef<HTMLElement>(null);
  const pathname = useLocation({ select: (location) => location.pathname });
  const shown = useRef(pathname);
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    main.current?.focus({ preventScroll: true });
  }, [pathname]);
  return main;
}

/** What stands around every page of an organization. */
export function Shell() {
  const { organizationId, role } = useMembership();
  const main = useFocusOnNewPage();
  const help = useKeyboardHelp();
  const [drawerOpened, drawer] = useDisclosure(false);
  return (
    <LiveProvider organizationId={organizationId}>
      <a className="sl-skip-link" href="#content">
        Skip to the content
      </a>
      <div className="sl-shell">
        <nav className="sl-rail" aria-label="Pages">
          <Brand />
          <Navigation />
          <div className="sl-rail-foot">
            <b>Your role: {role}</b>
            Press ? for the keys
          </div>
        </nav>
        <TopBar onMenu={drawer.open} onHelp={help.open} />
        <main id="content" ref={main} tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <Drawer opened={drawerOpened} onClose={drawer.close} title="Sluice" size={260} closeButtonProps={{ 'aria-label': 'Close the menu' }}>
        <nav className="sl-drawer-nav" aria-label="Pages">
          <Brand onGo={drawer.close} />
          <Navigation onGo={drawer.close} />
        </nav>
      </Drawer>
      <CommandPalette onHelp={help.open} />
      <KeyboardHelp opened={help.opened} onClose={help.close} />
    </LiveProvider>
  );
}
