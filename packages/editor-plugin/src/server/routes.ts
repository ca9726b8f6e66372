import type { AdminHandler, AdminReply, AdminRequest, NodeRedApi } from '../node-red.ts';
import type { ChoicesRequest, ConnectRequest, CreateRequest } from '../view.ts';
import { failureView, PluginFailure } from './failure.ts';
import type { Sidebar } from './sidebar.ts';

/** A page of another site cannot send this header without asking first, and nobody here would answer that it may. */
const ownHeader = 'sluice-editor';

function text(body: unknown, name: string): string {
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
  return typeof value === 'string' ? value : '';
}

function readChoices(body: unknown): ChoicesRequest {
  const token = text(body, 'token');
  return { controlPlaneUrl: text(body, 'controlPlaneUrl'), ...(token === '' ? {} : { token }) };
}

function readConnect(body: unknown): ConnectRequest {
  return { ...readChoices(body), organizationId: text(body, 'organizationId'), applicationId: text(body, 'applicationId') };
}

function readCreate(body: unknown): CreateRequest {
  const labels: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'labels') : undefined;
  const pairs = typeof labels === 'object' && labels !== null ? Object.entries(labels) : [];
  const texts = pairs.filter((pair): pair is [string, string] => typeof pair[1] === 'string');
  return { message: text(body, 'message'), labels: Object.fromEntries(texts) };
}

async function answer(
  request: AdminRequest,
  reply: AdminReply,
  work: (body: unknown) => Promise<unknown>,
  log: (text: string) => void,
): Promise<void> {
  reply.set('cache-control', 'no-store');
  try {
    if (request.get(ownHeader) !== '1') throw new PluginFailure('NODE_RED_FORBIDDEN');
    reply.json((await work(request.body)) ?? null);
  } catch (error) {
    if (!(error instanceof PluginFailure)) log(`sluice: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    // Never 401: the editor would take it for the end of the person's own session in Node-RED.
    reply.status(422).json(failureView(error));
  }
}

/** Binds the sidebar to Node-RED's admin API. Reading needs `sluice.read`, which `read` and `*` of Node-RED's permissions include. */
export function registerRoutes(RED: NodeRedApi, sidebar: Sidebar, log: (text: string) => void): void {
  const { httpAdmin } = RED;
  if (httpAdmin === null || httpAdmin === undefined) return;
  const may = (permission: 'read' | 'write'): AdminHandler => RED.auth.needsPermission(`sluice.${permission}`);
  const handle =
    (work: (body: unknown) => Promise<unknown>): AdminHandler =>
    (request, reply) =>
      void answer(request, reply, work, log);
  httpAdmin.get(
    '/sluice/connection',
    may('read'),
    handle(() => sidebar.connection()),
  );
  httpAdmin.get(
    '/sluice/status',
    may('read'),
    handle(() => sidebar.status()),
  );
  httpAdmin.post(
    '/sluice/choices',
    may('write'),
    handle((body) => sidebar.choices(readChoices(body))),
  );
  httpAdmin.post(
    '/sluice/connection',
    may('write'),
    handle((body) => sidebar.connect(readConnect(body))),
  );
  httpAdmin.delete(
    '/sluice/connection',
    may('write'),
    handle(() => sidebar.disconnect()),
  );
  httpAdmin.post(
    '/sluice/snapshots',
    may('write'),
    handle((body) => sidebar.create(readCreate(body))),
  );
}
