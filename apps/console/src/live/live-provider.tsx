import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { keys } from '../api/keys.ts';
import { organizationPath } from '../api/queries.ts';
import { useClock } from '../clock.tsx';
import { type Affected, affectedBy } from './affected.ts';
import { type LinkState, openChangeStream } from './change-stream.ts';
import { createCoalescer } from './coalesce.ts';

const LinkContext = createContext<LinkState>('connecting');

/** How the link to the control plane is now. */
export function useLinkState(): LinkState {
  return useContext(LinkContext);
}

/** Keeps everything below it true while the organization changes: one stream per tab. */
export function LiveProvider({ organizationId, children }: { organizationId: string; children: ReactNode }) {
  const client = useQueryClient();
  const clock = useClock();
  const [state, setState] = useState<LinkState>('connecting');

  useEffect(() => {
    const coalescer = createCoalescer<Affected>(clock, ({ key }) => client.invalidateQueries({ queryKey: key }));
    const request = (affected: Affected): void => coalescer.request(JSON.stringify(affected.key), affected, affected.intervalMs);
    const close = openChangeStream({
      url: `${organizationPath(organizationId)}/events`,
      clock,
      open: (url) => new EventSource(url),
      onState: setState,
      onChange: (change) => affectedBy(organizationId, change).forEach(request),
      onReset: () => request({ key: keys.organization(organizationId), intervalMs: 1_000 }),
      onRefused: () => void client.invalidateQueries({ queryKey: keys.me }),
    });
    return () => {
      close();
      coalescer.cancel();
    };
  }, [client, clock, organizationId]);

  return <LinkContext value={state}>{children}</LinkContext>;
}
