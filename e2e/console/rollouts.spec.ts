import { expect, signIn, test } from '../support/fixtures.ts';
import { layLink } from '../support/link.ts';
import { modbusReason } from '../support/plant.ts';

test('when a rollout failed at its canary, the page says where, why, and who was never touched', async ({ signedIn: page, plant }) => {
  await page.goto(`/organizations/${plant.organizationId}/rollouts?state=failed`);
  await page.getByRole('table', { name: 'Rollouts' }).getByRole('link', { name: 'v3 → staging' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'v3 → staging' })).toBeVisible();
  const waves = page.getByRole('list', { name: 'Waves' }).getByRole('listitem');
  await expect(waves.nth(0)).toContainText('Failed');
  await expect(waves.nth(1)).toContainText('Aborted');
  const deployments = page.getByRole('table', { name: 'Deployments of this rollout' });
  await expect(deployments.getByRole('row', { name: /staging-0/ })).toContainText(modbusReason);
  await expect(deployments.getByRole('row', { name: /staging-1/ })).toContainText('Never touched');
  const pause = page.getByRole('button', { name: 'Pause' });
  await expect(pause).toHaveAttribute('aria-disabled', 'true');
  await pause.hover();
  await expect(page.getByRole('tooltip')).toContainText('It has ended.');
});

test('when a rollout is paused and resumed, the dialog shows the effect, and reason and state are kept', async ({
  signedIn: page,
  plant,
}) => {
  const { id } = plant.rollouts.running;
  await page.goto(`/organizations/${plant.organizationId}/rollouts/${id}`);
  await expect(page.getByRole('list', { name: 'Waves' }).locator('[aria-current="step"]')).toContainText('Wave 3');
  await page.getByRole('button', { name: 'Pause' }).click();
  const dialog = page.getByRole('dialog', { name: 'Pause v2 → prod?' });
  await expect(dialog).toContainText('2 devices already at it will finish.');
  await dialog.getByLabel('Reason').fill('Shift change');
  await dialog.getByRole('button', { name: 'Pause' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText('Paused', { exact: true }).first()).toBeVisible();
  const blockers = page.getByRole('region', { name: 'Why is it not moving?' });
  await expect(blockers).toContainText('A person paused the rollout.');
  expect((await plant.rollout(id)).state).toBe('paused');

  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByRole('dialog', { name: 'Resume v2 → prod?' }).getByRole('button', { name: 'Resume' }).click();
  await expect(blockers).toContainText('waits for 2 devices');
  expect((await plant.rollout(id)).state).toBe('running');
});

test('when something changes through the API, open pages follow by themselves', async ({ signedIn: page, plant, context }) => {
  const { id } = plant.rollouts.running;
  const list = await context.newPage();
  await list.goto(`/organizations/${plant.organizationId}/rollouts?active=true`);
  await page.goto(`/organizations/${plant.organizationId}/rollouts/${id}`);
  await expect(page.getByRole('status', { name: 'Connection: Live' })).toBeVisible();
  await expect(list.getByRole('status', { name: 'Connection: Live' })).toBeVisible();
  await plant.client.post(`/rollouts/${id}/actions`, { action: 'pause', reason: 'From a program' });
  await expect(page.getByText('A person paused the rollout.')).toBeVisible();
  await expect(list.getByRole('row', { name: /v2 → prod/ })).toContainText('Paused');
  await plant.client.post(`/rollouts/${id}/actions`, { action: 'resume' });
  await expect(list.getByRole('row', { name: /v2 → prod/ })).toContainText('Running');
});

test('when the link breaks, the page says that it may be old, and is true again afterwards', async ({ page, plant, controlPlane }) => {
  const { id } = plant.rollouts.running;
  const link = await layLink(controlPlane.origin);
  await signIn(page, { origin: link.origin });
  await page.goto(`${link.origin}/organizations/${plant.organizationId}/rollouts/${id}`);
  await expect(page.getByRole('status', { name: 'Connection: Live' })).toBeVisible();
  link.cut();
  await expect(page.getByRole('status', { name: 'Connection: Reconnecting' })).toBeVisible();
  await plant.client.post(`/rollouts/${id}/actions`, { action: 'pause' });
  link.mend();
  await expect(page.getByRole('status', { name: 'Connection: Live' })).toBeVisible();
  await expect(page.getByText('A person paused the rollout.')).toBeVisible();
  await plant.client.post(`/rollouts/${id}/actions`, { action: 'resume' });
  await link.close();
});

test('when deployments are filtered, the filter stands in the address', async ({ signedIn: page, plant }) => {
  await page.goto(`/organizations/${plant.organizationId}/rollouts/${plant.rollouts.running.id}?waveIndex=2&state=downloading`);
  const deployments = page.getByRole('table', { name: 'Deployments of this rollout' });
  await expect(deployments.getByRole('row')).toHaveCount(3);
  await page.getByRole('combobox', { name: 'State' }).click();
  await page.getByRole('option', { name: 'Succeeded' }).click();
  await expect(page).toHaveURL(/state=succeeded/);
  await expect(deployments.getByRole('row')).toHaveCount(2);
});
