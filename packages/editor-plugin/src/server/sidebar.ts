import type { Application, Me, OrganizationSealingKey, Page, Snapshot, SnapshotPreview } from '@sluice/contracts';
import { credentialsContext, seal } from '@sluice/trust';
import type { ChoicesRequest, ChoicesView, ConnectionView, ConnectRequest, CreatedView, CreateRequest, StatusView } from '../view.ts';
import { createAttempts } from './attempts.ts';
import type { Connection, ConnectionFile } from './connection-file.ts';
import { type ControlPlane, createControlPlane, type Fetch, isEncrypted, readAddress } from './control-plane.ts';
import type { Deployed } from './deployed.ts';
import { PluginFailure } from './failure.ts';
import { summarize } from './summary.ts';

export type SidebarDependencies = {
  fetch: Fetch;
  file: ConnectionFile;
  /** @throws PluginFailure NO_FLOWS, CREDENTIALS_UNREADABLE */
  deployed(): Promise<Deployed>;
};

/** Everything the editor asks of the server half. Each may throw a PluginFailure. */
export type Sidebar = {
  connection(): Promise<ConnectionView | null>;
  choices(request: ChoicesRequest): Promise<ChoicesView>;
  connect(request: ConnectRequest): Promise<ConnectionView>;
  disconnect(): Promise<void>;
  status(): Promise<StatusView>;
  create(request: CreateRequest): Promise<CreatedView>;
};

const applicationsMax = 200;

function connectionView({ address, organization, application }: Connection): ConnectionView {
  return { controlPlaneUrl: address, organization, application, isEncrypted: isEncrypted(address) };
}

function consolePage({ address, organization }: Connection, snapshotId: string): string {
  return `${address}/organizations/${organization.id}/snapshots/${snapshotId}`;
}

/** The body of a request for a snapshot, with the credentials sealed to the key that was there when a person connected. */
function contentOf({ organization, application, sealingKey }: Connection, deployed: Deployed) {
  const { flows, credentials, lock, runtimeVersion } = deployed;
  const aad = credentialsContext({ organizationId: organization.id, applicationId: application.id });
  const sealed =
    Object.keys(credentials).length === 0
      ? {}
      : { sealedCredentials: seal(sealingKey, new TextEncoder().encode(JSON.stringify(credentials)), aad) };
  return {
    flows,
    package: deployed.package,
    ...(lock === undefined ? {} : { lock }),
    ...(runtimeVersion === undefined ? {} : { runtimeVersion }),
    ...sealed,
    keepDeclarations: true,
  };
}

async function sealingKeyOf(controlPlane: ControlPlane, organizationId: string): Promise<string> {
  return (await controlPlane.get<OrganizationSealingKey>(`/organizations/${organizationId}/sealing-key`)).publicKey;
}

/** Makes the server half of the sidebar. */
export function createSidebar({ fetch, file, deployed }: SidebarDependencies): Sidebar {
  const attempts = createAttempts();
  const connected = async (): Promise<{ connection: Connection; controlPlane: ControlPlane }> => {
    const connection = await file.read();
    if (connection === undefined) throw new PluginFailure('NOT_CONNECTED');
    return { connection, controlPlane: createControlPlane(fetch, connection) };
  };

  /** The token that was kept goes to the address it was given for and to no other: whoever changes the address has to have a token. */
  const candidate = async ({ controlPlaneUrl, token }: ChoicesRequest): Promise<{ address: string; token: string }> => {
    const address = readAddress(controlPlaneUrl);
    if (token !== undefined && token.trim() !== '') return { address, token: token.trim() };
    const kept = await file.read();
    if (kept === undefined || kept.address !== address) throw new PluginFailure('TOKEN_MISSING', address);
    return { address, token: kept.token };
  };

  /** Refuses to seal to a key that appeared since: it may be that of somebody between here and the control plane. */
  const checkSealingKey = async ({ connection, controlPlane }: Awaited<ReturnType<typeof connected>>): Promise<void> => {
    if ((await sealingKeyOf(controlPlane, connection.organization.id)) !== connection.sealingKey) {
      throw new PluginFailure('SEALING_KEY_CHANGED', connection.address);
    }
  };

  const choices = async (request: ChoicesRequest): Promise<ChoicesView> => {
    const controlPlane = createControlPlane(fetch, await candidate(request));
    const me = await controlPlane.get<Me>('/me');
    const organizations = await Promise.all(
      me.memberships.map(async ({ organizationId, organizationName, role }) => {
        const { items } = await controlPlane.get<Page<Application>>(
          `/organizations/${organizationId}/applications?limit=${applicationsMax}`,
        );
        const applications = items.map(({ id, name }) => ({ id, name }));
        return { id: organizationId, name: organizationName, mayWrite: role !== 'viewer', applications };
      }),
    );
    return { account: me.name, organizations };
  };

  return {
    connection: async () => {
      const connection = await file.read();
      return connection === undefined ? null : connectionView(connection);
    },
    choices,
    connect: async (request) => {
      const { address, token } = await candidate(request);
      const { organizations } = await choices(request);
      const organization = organizations.find(({ id }) => id === request.organizationId);
      const application = organization?.applications.find(({ id }) => id === request.applicationId);
      if (organization === undefined || application === undefined) throw new PluginFailure('NOT_FOUND');
      if (!organization.mayWrite) throw new PluginFailure('TOKEN_MAY_ONLY_READ');
      const sealingKey = await sealingKeyOf(createControlPlane(fetch, { address, token }), organization.id);
      const connection = { address, token, organization: { id: organization.id, name: organization.name }, application, sealingKey };
      await file.write(connection);
      return connectionView(connection);
    },
    disconnect: () => file.remove(),
    status: async () => {
      const { connection, controlPlane } = await connected();
      const { notes, ...rest } = await deployed();
      await checkSealingKey({ connection, controlPlane });
      const path = `/organizations/${connection.organization.id}/applications/${connection.application.id}/snapshots/preview`;
      const preview = await controlPlane.post<SnapshotPreview>(path, contentOf(connection, { notes, ...rest }));
      const { last, isSame } = preview;
      const lastView = last && {
        number: last.number,
        message: last.message,
        createdBy: last.createdBy,
        createdAt: last.createdAt,
        url: consolePage(connection, last.id),
      };
      return { connection: connectionView(connection), last: lastView, isSame, changes: summarize(preview), notes };
    },
    create: async ({ message, labels }) => {
      const { connection, controlPlane } = await connected();
      const content = await deployed();
      const foreign = content.notes.flatMap((note) => (note.code === 'NOT_FROM_REGISTRY' ? `${note.module} (${note.source})` : []));
      if (foreign.length > 0) throw new PluginFailure('MODULES_NOT_FROM_REGISTRY', foreign.join(', '));
      await checkSealingKey({ connection, controlPlane });
      const attempt = attempts.of([connection, content, message, labels], () => ({
        ...contentOf(connection, content),
        message,
        ...(Object.keys(labels).length > 0 ? { labels } : {}),
      }));
      const path = `/organizations/${connection.organization.id}/applications/${connection.application.id}/snapshots`;
      const { id, number } = await attempts.send(() => controlPlane.post<Snapshot>(path, attempt.body, attempt.key));
      return { number, url: consolePage(connection, id) };
    },
  };
}
