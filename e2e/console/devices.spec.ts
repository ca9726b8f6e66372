import { seedDevices } from '@sluice/testkit';
import { expect, test } from '../support/fixtures.ts';

test('when filters are set, they stand in the address and survive a reload', async ({ signedIn: page }) => {
  await page
    .getByRole('link', { name: /^Devices/ })
    .first()
    .click();
  await page.getByRole('searchbox', { name: 'Search by name' }).fill('staging');
  await expect(page).toHaveURL(/search=staging/);
  await page.getByRole('combobox', { name: 'Connectivity' }).click();
  await page.getByRole('option', { name: 'Online' }).click();
  await expect(page).toHaveURL(/connectivity=online/);
  const table = page.getByRole('table', { name: 'Devices' });
  await expect(table.getByRole('row')).toHaveCount(4);
  await page.reload();
  await expect(page.getByRole('searchbox', { name: 'Search by name' })).toHaveValue('staging');
  await expect(page.getByRole('combobox', { name: 'Connectivity' })).toHaveValue('Online');
  await expect(table.getByRole('row')).toHaveCount(4);
  await expect(table).not.toContainText('prod-0');
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await expect(page).toHaveURL(/\/devices$/);
  await expect(table).toContainText('prod-0');
});

test('when nothing matches, the list says so', async ({ signedIn: page, plant }) => {
  await page.goto(`/organizations/${plant.organizationId}/devices?search=nothing-has-this-name`);
  await expect(page.getByText('No device matches')).toBeVisible();
});

test('when only keys are used, j, k, / and Enter lead through the list to a device', async ({ signedIn: page, plant }) => {
  await page.goto(`/organizations/${plant.organizationId}/devices?search=prod`);
  const links = page.getByRole('table', { name: 'Devices' }).getByRole('link');
  await expect(links).toHaveCount(6);
  await page.keyboard.press('j');
  await expect(links.nth(0)).toBeFocused();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await expect(links.nth(2)).toBeFocused();
  await page.keyboard.press('k');
  await expect(links.nth(1)).toBeFocused();
  await page.keyboard.press('/');
  await expect(page.getByRole('searchbox', { name: 'Search by name' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('searchbox', { name: 'Search by name' })).not.toBeFocused();
  // Escape also takes the search back: the rows of the whole fleet follow, after a moment without any.
  await expect.poll(() => links.count()).toBeGreaterThan(6);
  await page.keyboard.press('j');
  await expect(links.nth(0)).toBeFocused();
  const name = (await links.nth(0).textContent()) ?? '';
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
});

test('when ? is pressed the keys are shown, and the palette finds a device by a part of its name', async ({ signedIn: page }) => {
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeHidden();
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder('Device, rollout, page or command').fill('rod-3');
  await expect(page.getByText('prod-3')).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'prod-3' })).toBeVisible();
});

test('when a device waits for approval, it is admitted from the list and comes alive by itself', async ({ signedIn: page }) => {
  await page.getByRole('link', { name: /^Waiting for approval/ }).click();
  await expect(page).toHaveURL(/approval=pending/);
  await page.getByRole('button', { name: 'Approve newcomer-0' }).click();
  await expect(page.getByText('newcomer-0 is admitted.')).toBeVisible();
  await expect(page.getByRole('table', { name: 'Devices' })).not.toContainText('newcomer-0');
});

test('when a fleet is long, the page holds only the rows in view and loads more on the way down', async ({
  signedIn: page,
  plant,
  controlPlane,
}) => {
  await seedDevices(controlPlane.store, { id: plant.organizationId }, { count: 120, prefix: 'packing' });
  await page.goto(`/organizations/${plant.organizationId}/devices?search=packing`);
  const table = page.getByRole('table', { name: 'Devices' });
  await expect(table).toContainText('packing-00120');
  expect(await table.getByRole('row').count()).toBeLessThan(50);
  await expect(table).not.toContainText('packing-00001');
  await expect(async () => {
    await page.mouse.wheel(0, 4_000);
    await expect(table).toContainText('packing-00001', { timeout: 500 });
  }).toPass();
  await expect(page.getByText('120 devices', { exact: true })).toBeVisible();
});
