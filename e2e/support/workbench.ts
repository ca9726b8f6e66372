import type { Page } from '@playwright/test';
import type { Application, CreatedApiToken } from '@sluice/contracts';
import { type ControlPlaneClient, createControlPlaneClient } from '@sluice/testkit';
import { type ControlPlane, ownerLogin } from './control-plane.ts';
import { type EditorNodeRed, type EditorUser, editorUsers, startEditor } from './editor.ts';
import { type Link, layLink } from './link.ts';

/** An integrator's place of work: a Node-RED with the plugin, and a wire to the control plane that is listened to. */
export type Workbench = {
  nodeRed: EditorNodeRed;
  client: ControlPlaneClient;
  application: Application;
  token: string;
  link: Link;
  /** Everything that the plugin sent to the control plane. */
  sent(): string;
  /** Opens the editor as somebody, at the plugin's tab. */
  open(page: Page, user: EditorUser): Promise<void>;
  /** Asks the server half of the plugin as somebody; without the plugin's own header where `asStranger`. */
  ask(user: EditorUser, method: 'GET' | 'POST', path: string, body?: object, asStranger?: boolean): Promise<Response>;
  /** Connects without the form, unless it is connected. */
  connect(): Promise<void>;
  stop(): Promise<void>;
};

async function signInToNodeRed(origin: string, user: EditorUser): Promise<string> {
  const response = await fetch(`${origin}/auth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_id: 'node-red-editor', grant_type: 'password', scope: '', username: user, password: editorUsers[user] }),
  });
  return response.text();
}

/** Starts the Node-RED and prepares an application and a token for it; nothing is connected yet. */
export async function startWorkbench(controlPlane: ControlPlane): Promise<Workbench> {
  const client = createControlPlaneClient(controlPlane.origin);
  await client.signIn(ownerLogin);
  const application = await client.post<Application>('/applications', { name: 'Edited line' });
  const { token } = await client.post<CreatedApiToken>('/tokens', { name: 'editor of line 1', role: 'operator' });
  const sent: Buffer[] = [];
  const link = await layLink(controlPlane.origin, { onSent: (bytes) => sent.push(bytes) });
  const nodeRed = await startEditor();

  const ask: Workbench['ask'] = async (user, method, path, body, asStranger = false) => {
    const session = JSON.parse(await signInToNodeRed(nodeRed.origin, user)) as { access_token: string };
    return fetch(`${nodeRed.origin}/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${session.access_token}`,
        'content-type': 'application/json',
        ...(asStranger ? {} : { 'sluice-editor': '1' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  };
  return {
    nodeRed,
    client,
    application,
    token,
    link,
    sent: () => Buffer.concat(sent).toString('utf8'),
    open: async (page, user) => {
      const session = await signInToNodeRed(nodeRed.origin, user);
      await page.addInitScript((value) => localStorage.setItem('auth-tokens', value), session);
      await page.goto(nodeRed.origin);
      await page.waitForFunction('window.RED?.view?.getActiveNodes?.().length > 0');
      await page.evaluate('RED.actions.invoke("sluice:create-snapshot")');
    },
    ask,
    connect: async () => {
      if ((await (await ask('integrator', 'GET', 'sluice/connection')).json()) !== null) return;
      const organizationId = client.organizationPath().split('/').at(-1);
      const connection = { controlPlaneUrl: link.origin, token, organizationId, applicationId: application.id };
      const response = await ask('integrator', 'POST', 'sluice/connection', connection);
      if (!response.ok) throw new Error(`could not connect: ${await response.text()}`);
    },
    stop: async () => {
      await nodeRed.stop();
      await link.close();
    },
  };
}
