import { ownerLogin } from '../support/control-plane.ts';
import { expect, signIn, test } from '../support/fixtures.ts';

test('when the password is wrong, the page says why and stays', async ({ page, controlPlane }) => {
  await page.goto(controlPlane.origin);
  await page.getByLabel('E-mail address').fill(ownerLogin.email);
  await page.getByLabel('Password', { exact: true }).fill('wrong-horse-battery');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toContainText('CREDENTIALS_WRONG');
  await expect(page).toHaveURL(/\/sign-in/);
});

test('when somebody opens a deep link without a session, they come back to it after signing in', async ({ page, plant }) => {
  await page.goto(`/organizations/${plant.organizationId}/devices?health=healthy`);
  await expect(page).toHaveURL(/\/sign-in\?returnTo=/);
  await page.getByLabel('E-mail address').fill(ownerLogin.email);
  await page.getByLabel('Password', { exact: true }).fill(ownerLogin.password);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/devices\?health=healthy$/);
  await expect(page.getByRole('table', { name: 'Devices' })).toBeVisible();
});

test('when a person signs out, the session is over and no token was ever within reach of scripts', async ({ page, plant }) => {
  await signIn(page);
  expect(await page.evaluate(() => document.cookie)).toBe('');
  expect(
    await page.evaluate(() => Object.keys({ ...localStorage, ...sessionStorage }).filter((key) => /token|session_id|jwt/i.test(key))),
  ).toEqual([]);
  await page.getByRole('button', { name: /^Account of/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await page.goto(`/organizations/${plant.organizationId}/devices`);
  await expect(page).toHaveURL(/\/sign-in\?returnTo=/);
});

test('when the session ends on the server, the next change leads to the sign-in page', async ({ page, plant, controlPlane }) => {
  await signIn(page);
  await expect(page.getByRole('status', { name: 'Connection: Live' })).toBeVisible();
  await controlPlane.store.query('UPDATE session SET revoked_at = now() WHERE created_at = (SELECT max(created_at) FROM session)');
  const actions = `/rollouts/${plant.rollouts.running.id}/actions`;
  await plant.client.post(actions, { action: 'pause' });
  await expect(page).toHaveURL(/\/sign-in\?returnTo=.*organizations/);
  await plant.client.post(actions, { action: 'resume' });
});
