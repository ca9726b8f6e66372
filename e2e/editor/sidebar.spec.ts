import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import type { Page as ListPage, Snapshot, SnapshotContent } from '@sluice/contracts';
import { editorFlows, hostileName, plcPassword } from '../support/editor.ts';
import { expect, test } from '../support/fixtures.ts';

const panelOf = (page: Page) => page.getByRole('region', { name: 'Sluice' });

/** Node-RED's own pages have violations of their own; only the plugin's part is looked at. */
async function expectNoViolations(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .include('.sluice')
    .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'])
    .analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
}

test('when an integrator connects and clicks once, the snapshot holds what is deployed, and no password ever crossed a wire', async ({
  page,
  workbench,
}) => {
  const { client, application, token, link, nodeRed } = workbench;
  const toBrowser: string[] = [];
  page.on('response', async (response) => {
    if (response.url().includes('/sluice/')) toBrowser.push(await response.text().catch(() => ''));
  });
  await workbench.open(page, 'integrator');
  const panel = panelOf(page);
  await panel.getByLabel('Address of the control plane').fill(link.origin);
  await panel.getByLabel('API token').fill('not.a.token');
  await panel.getByRole('button', { name: 'Continue' }).click();
  await expect(panel.getByRole('alert')).toContainText('does not accept the API token');
  await panel.getByLabel('API token').fill(token);
  await panel.getByRole('button', { name: 'Continue' }).click();
  await panel.getByLabel('Application').selectOption({ label: application.name });
  await panel.getByRole('button', { name: 'Connect', exact: true }).click();

  await expect(panel).toContainText('There is no snapshot yet');
  await panel.getByLabel('Message').fill('As found on the line');
  await panel.getByLabel('Labels').fill('ticket=4711');
  await panel.getByLabel('Labels').press('Tab');
  await page.keyboard.press('Enter');
  await expect(panel.getByText('Snapshot v1 created.')).toBeVisible();
  await expect(panel).toContainText('Nothing has changed.');
  const { items } = await client.get<ListPage<Snapshot>>(`/applications/${application.id}/snapshots`);
  expect(items).toHaveLength(1);
  expect(items[0]).toMatchObject({
    message: 'As found on the line',
    labels: { ticket: '4711' },
    hasCredentials: true,
    runtimeVersion: '5.0.7',
  });
  await expect(panel.getByRole('link', { name: 'Open in the console' })).toHaveAttribute('href', new RegExp(`/snapshots/${items[0]?.id}$`));
  expect((await client.get<SnapshotContent>(`/snapshots/${items[0]?.id}`)).flows).toEqual(editorFlows);

  // It was there, but nobody on the way could read it.
  expect(workbench.sent()).toContain('"sealedCredentials":{"ephemeralPublicKey"');
  for (const text of [workbench.sent(), ...toBrowser]) expect(text).not.toMatch(new RegExp(`${plcPassword}|plc-user`));
  for (const text of toBrowser) expect(text).not.toContain(token);
  const { mode, text } = await nodeRed.connectionFile();
  expect([mode.toString(8), text.includes(token)]).toEqual(['600', true]);
});

test('when flows are changed, the sidebar asks to deploy first, says what changed and where, and survives a lost control plane', async ({
  page,
  workbench,
}, testInfo) => {
  await workbench.connect();
  await workbench.open(page, 'integrator');
  const panel = panelOf(page);
  await expect(panel.getByLabel('Message')).toBeFocused();
  await page.evaluate(`
    const code = RED.nodes.node('fn1');
    Object.assign(code, { func: 'msg.topic = "a";\\nreturn msg;', changed: true, dirty: true });
    const note = RED.nodes.node('note1');
    Object.assign(note, { name: 'moved', x: 300, changed: true, dirty: true });
    RED.nodes.node('broker1').credentials = { has_password: true, password: 'another secret' };
    RED.nodes.node('broker1').changed = true;
    RED.nodes.dirty(true);
    RED.workspaces.show('tab2');
  `);
  await expect(panel).toContainText('changes that are not deployed');
  await expect(panel.getByRole('button', { name: 'Create snapshot of what is deployed' })).toBeVisible();
  await page.locator('#red-ui-header-button-deploy').click();
  await expect(panel).toContainText('Changes since then');
  await expect(panel).toContainText('logic 1');
  await expect(panel).toContainText('Credentials changed');
  await expect(panel).not.toContainText('not deployed');
  await expect(panel.getByText('1 change of looks only')).toBeHidden();
  await panel.getByRole('button', { name: hostileName }).click();
  await expect.poll(() => page.evaluate('RED.workspaces.active()')).toBe('tab1');
  // A name is a text, whatever it looks like.
  expect(await page.evaluate('window.wasRun')).toBeUndefined();
  expect(workbench.sent()).not.toContain('another secret');

  for (const colorScheme of ['dark', 'light']) {
    // What Node-RED's own setting does.
    await page.evaluate(`document.documentElement.classList.toggle('nr-theme-dark', ${colorScheme === 'dark'})`);
    await expectNoViolations(page);
    await testInfo.attach(`sidebar ${colorScheme}`, { body: await page.screenshot(), contentType: 'image/png' });
  }
  await panel.getByLabel('Message').fill('typed before');
  workbench.link.cut();
  await panel.getByRole('button', { name: 'Refresh' }).click();
  await expect(panel.getByRole('alert')).toContainText('The control plane cannot be reached.');
  workbench.link.mend();
  await panel.getByRole('button', { name: 'Try again' }).click();
  await expect(panel.getByLabel('Message')).toHaveValue('typed before');
});

test('when a person may only read, they see the state and cannot create; another site cannot either', async ({ page, workbench }) => {
  await workbench.connect();
  await workbench.open(page, 'reader');
  const panel = panelOf(page);
  await expect(panel).toContainText('Your Node-RED user may only read');
  await expect(panel.getByRole('button', { name: /^Create snapshot/ })).toBeDisabled();
  await expect(panel.getByRole('button', { name: 'Connection' })).toHaveCount(0);
  expect((await workbench.ask('reader', 'POST', 'sluice/snapshots', { message: 'x', labels: {} })).status).toBe(401);
  const foreign = await workbench.ask('integrator', 'POST', 'sluice/snapshots', { message: 'x', labels: {} }, true);
  expect([foreign.status, await foreign.json()]).toEqual([422, { code: 'NODE_RED_FORBIDDEN' }]);
  // The token goes nowhere but to the address it was given for.
  const elsewhere = await workbench.ask('integrator', 'POST', 'sluice/choices', { controlPlaneUrl: 'http://127.0.0.1:9' });
  expect(await elsewhere.json()).toMatchObject({ code: 'TOKEN_MISSING' });
});
