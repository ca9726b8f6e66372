import { describe, expect, it } from 'vitest';
import { parseFlows } from '../flows/parse-flows.ts';
import { readRealFlows, realFlowFiles } from '../testing/real-flows.ts';
import { integrationsOf } from './integration-map.ts';

/**
 * What a person finds by reading five real files property by property: how many places of each kind. The files themselves are other people's and
 * stay where they are.
 */
const foundByHand: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  // Telegram, a controller and a broker on the machine itself, the dashboard and a report, the files of the report.
  'Felipe-JDA': { http: 2, modbus: 1, mqtt: 1, chat: 1, file: 2 },
  // Three inverters on serial lines, a broker by variables, the options file under three paths and one that a message names.
  tapion69: { serial: 3, mqtt: 1, exec: 2, http: 1, file: 4 },
  // A CAN bus, a converter on SPI, three databases of which two are left over, the dashboard with two pages.
  'Cal-Poly': { http: 3, device: 2, database: 3 },
  // Two brokers and two databases, each once by variables and once written down.
  RaptorBlingx: { mqtt: 2, database: 2 },
  // Home Assistant, a camera server by three addresses, the dashboard, two config nodes that nothing uses.
  EBOOZ: { http: 4, home_automation: 1, other: 2 },
};

describe.skipIf(realFlowFiles.length === 0)('integrationsOf real files', () => {
  it.each(Object.entries(foundByHand))('when %s is read, the map names what a person finds', (owner, expected) => {
    const file = realFlowFiles.find((name) => name.startsWith(owner)) ?? '';
    const { endpoints } = integrationsOf(parseFlows(readRealFlows(file)).flows);
    const counts = Map.groupBy(endpoints, ({ kind }) => kind);
    expect(Object.fromEntries([...counts].map(([kind, { length }]) => [kind, length]))).toEqual(expected);
  });
});
