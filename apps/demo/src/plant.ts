import type { Clock } from '@sluice/platform/clock';
import type { PlantPorts } from './setup.ts';
import { sites } from './sites.ts';
import { startBroker } from './world/broker.ts';
import { startErp } from './world/erp.ts';
import { PlantObserver } from './world/observer.ts';
import { startPlc } from './world/plc.ts';

/** The world around the devices: five PLCs, a broker, an ERP, and someone who watches. */
export type Plant = { observer: PlantObserver; close(): Promise<void> };

/** Starts everything that a plant has and Sluice does not bring. */
export async function startPlant(ports: PlantPorts, clock: Clock): Promise<Plant> {
  const observer = new PlantObserver();
  const now = (): number => clock.monotonic();
  const parts: { close(): Promise<void> }[] = [
    await startBroker({ port: ports.broker, now, onMessage: (message) => observer.see(message) }),
    await startErp({ port: ports.erp, now, onCount: (count) => observer.book(count) }),
  ];
  for (const { device, number } of sites) parts.push(await startPlc({ port: ports.plcs[device] ?? 0, line: number, clock }));
  return { observer, close: async () => void (await Promise.all(parts.map((part) => part.close()))) };
}
