import type {
  Application,
  CreatedApiToken,
  CreatedEnrollmentCode,
  Group,
  Me,
  Page,
  Pipeline,
  RolloutPolicy,
  Stage,
  StageGates,
} from '@sluice/contracts';
import type { ControlPlaneClient } from './control-plane-client.ts';
import { namespaceRoot, type Site, type StageName, sites, stageNames } from './sites.ts';

/** Where the plant can be reached. Ports by device name for the PLCs. */
export type PlantPorts = { broker: number; erp: number; plcs: Record<string, number> };

/** What the story works with. `base` is the path of the organization in the API. */
export type DemoOrganization = {
  base: string;
  application: Application;
  pipeline: Pipeline;
  stages: Record<StageName, Stage>;
  enrollmentCodes: Record<StageName, string>;
};

const everyDevice = { successPercent: 100, errorPercent: 0, minimumSample: 1 };

/** Dev and staging: everything at once. Prod: a canary wave of one, soak, then the rest; a breach rolls back what has changed. */
function rolloutPolicy(stage: StageName): RolloutPolicy {
  const rest = { size: { kind: 'rest' }, threshold: everyDevice, soakMs: 2_000 } as const;
  const canary = { size: { kind: 'count', count: 1 }, threshold: everyDevice, soakMs: 4_000 } as const;
  return { waves: stage === 'prod' ? [canary, rest] : [rest], order: 'name', deploymentDeadlineMs: 300_000, onBreach: 'roll_back' };
}

/**
 * Anything may go to dev. Staging takes by itself what has run healthy in dev for a while, prod what has in staging and a person has signed for.
 * With one person in the demo its creator may sign; a plant says `creatorExcluded: true`.
 */
const gates: Readonly<Record<StageName, StageGates>> = {
  dev: { soakMs: 0, automatic: false },
  staging: { soakMs: 2_000, automatic: true },
  prod: { soakMs: 3_000, automatic: false, approval: { required: 1, role: 'operator', creatorExcluded: false } },
};

async function listAll<T>(client: ControlPlaneClient, path: string): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Page<T> = await client.get(`${path}?limit=200${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}

async function ensure<T extends { name: string }>(client: ControlPlaneClient, path: string, body: { name: string }): Promise<T> {
  const existing = (await listAll<T>(client, path)).find((item) => item.name === body.name);
  return existing ?? client.post<T>(path, body);
}

async function ensurePipeline(client: ControlPlaneClient, base: string, application: Application): Promise<Pipeline> {
  const groups = new Map<StageName, Group>();
  for (const stage of stageNames) groups.set(stage, await ensure<Group>(client, `${base}/groups`, { name: `bottling ${stage}` }));
  const stages = stageNames.map((name) => ({ name, groupIds: [groups.get(name)?.id], policy: rolloutPolicy(name), gates: gates[name] }));
  const body = { name: 'main', stages };
  return ensure<Pipeline>(client, `${base}/applications/${application.id}/pipelines`, body);
}

function stagesByName(pipeline: Pipeline): Record<StageName, Stage> {
  const named = (name: StageName): Stage => {
    const stage = pipeline.stages.find((candidate) => candidate.name === name);
    if (stage === undefined) throw new Error(`The pipeline of the demo has no stage "${name}". Start afresh with --reset.`);
    if (stage.gates.automatic !== gates[name].automatic)
      throw new Error(`The stage "${name}" of the demo has other gates than this version tells of. Start afresh with --reset.`);
    return stage;
  };
  return { dev: named('dev'), staging: named('staging'), prod: named('prod') };
}

async function createEnrollmentCode(client: ControlPlaneClient, base: string, { name, groupIds }: Stage): Promise<string> {
  const created = await client.post<CreatedEnrollmentCode>(`${base}/enrollment-codes`, {
    name: `demo ${name}`,
    expiresInSeconds: 3600,
    maximumUses: 10,
    automaticApproval: true,
    labels: { stage: name },
    ...(groupIds[0] === undefined ? {} : { groupId: groupIds[0] }),
  });
  return created.code;
}

/** The variables that hold for the whole application: where the broker and the ERP are. */
async function setPlantVariables(client: ControlPlaneClient, base: string, application: Application, ports: PlantPorts): Promise<void> {
  const values = {
    BROKER_HOST: '127.0.0.1',
    BROKER_PORT: String(ports.broker),
    ERP_ORDERS_URL: `http://127.0.0.1:${ports.erp}/orders`,
    PLC_HOST: '127.0.0.1',
  };
  for (const [name, value] of Object.entries(values)) {
    await client.put(`${base}/variables`, { scope: 'application', scopeId: application.id, name, value });
  }
}

/** The variables of one device: its own PLC and its own place in the Unified Namespace. */
export async function setDeviceVariables(
  client: ControlPlaneClient,
  base: string,
  target: { deviceId: string; site: Site; ports: PlantPorts },
): Promise<void> {
  const values = { PLC_PORT: String(target.ports.plcs[target.site.device]), UNS_ROOT: namespaceRoot(target.site) };
  for (const [name, value] of Object.entries(values)) {
    await client.put(`${base}/variables`, { scope: 'device', scopeId: target.deviceId, name, value });
  }
}

/**
 * The new variable of the third release, set per stage. Dev and staging have one PLC each and its right port;
 * prod gets one value for three lines, and it is nobody's port.
 */
export async function setGatewayPorts(
  client: ControlPlaneClient,
  organization: DemoOrganization,
  ports: PlantPorts,
  wrongPort: number,
): Promise<void> {
  for (const stage of stageNames) {
    const own = sites.find((site) => site.stage === stage)?.device ?? '';
    const value = String(stage === 'prod' ? wrongPort : ports.plcs[own]);
    await client.put(`${organization.base}/variables`, {
      scope: 'stage',
      scopeId: organization.stages[stage].id,
      name: 'PLC_GATEWAY_PORT',
      value,
    });
  }
}

/** Makes, or finds again, what the demo needs in the control plane, all through the API. The client must be signed in; it goes on with an API token. */
export async function setUpOrganization(client: ControlPlaneClient, ports: PlantPorts): Promise<DemoOrganization> {
  const me = await client.get<Me>('/api/v1/me');
  const organizationId = me.memberships[0]?.organizationId;
  if (organizationId === undefined) throw new Error('The owner of the demo belongs to no organization. Start afresh with --reset.');
  const base = `/api/v1/organizations/${organizationId}`;
  const { token } = await client.post<CreatedApiToken>(`${base}/tokens`, { name: 'demo', role: 'operator', expiresInDays: 1 });
  const application = await ensure<Application>(client, `${base}/applications`, { name: 'Bottling line' });
  const pipeline = await ensurePipeline(client, base, application);
  const stages = stagesByName(pipeline);
  await setPlantVariables(client, base, application, ports);
  const enrollmentCodes = {
    dev: await createEnrollmentCode(client, base, stages.dev),
    staging: await createEnrollmentCode(client, base, stages.staging),
    prod: await createEnrollmentCode(client, base, stages.prod),
  };
  client.useToken(token);
  return { base, application, pipeline, stages, enrollmentCodes };
}
