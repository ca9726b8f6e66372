import type { Endpoint } from '@sluice/contracts';
import { Status } from '../../ui/status.tsx';
import { postureOf } from './endpoint-words.ts';

/** How an endpoint is protected, as far as flows tell. */
export function Posture({ endpoint }: { endpoint: Pick<Endpoint, 'security' | 'listens'> }) {
  const posture = postureOf(endpoint);
  return posture === null ? <span className="sl-dim">–</span> : <Status {...posture} />;
}
