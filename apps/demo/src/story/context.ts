import type { Clock } from '@sluice/platform/clock';
import type { ControlPlaneClient } from '../control-plane-client.ts';
import type { Narrator } from '../narrator.ts';
import type { DemoOrganization, PlantPorts } from '../setup.ts';
import type { PlantObserver } from '../world/observer.ts';

/** What every step of the story needs. `deviceIds` by device name. */
export type StoryContext = {
  client: ControlPlaneClient;
  /** The owner in person: who signs must have typed a password, a token does not do. */
  owner: ControlPlaneClient;
  organization: DemoOrganization;
  observer: PlantObserver;
  narrator: Narrator;
  ports: PlantPorts;
  /** A port of the loopback interface on which nobody listens. */
  wrongPort: number;
  deviceIds: Map<string, string>;
  clock: Clock;
  signal: AbortSignal;
};
