import { expect, test } from '@playwright/test';
import { type ControlPlane, startControlPlane } from '../support/control-plane.ts';

let controlPlane: ControlPlane;

test.beforeAll(async () => {
  controlPlane = await startControlPlane({ withOwner: false });
});
test.afterAll(() => controlPlane.stop());

test('when the link of the first start is opened, its owner chooses a password once and is in', async ({ page }) => {
  const link = controlPlane.signInLink ?? '';
  expect(link).toContain('/sign-in/link#token=');
  await page.goto(link);
  const set = page.getByRole('button', { name: 'Set password and sign in' });
  await page.getByLabel('New password').fill('a-brand-new-password');
  await page.getByLabel('The same again').fill('a-brand-new-pass');
  await expect(page.getByText('The two passwords differ.')).toBeVisible();
  await expect(set).toBeDisabled();
  await page.getByLabel('The same again').fill('a-brand-new-password');
  await set.click();
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
  await expect(page.getByText('No device has enrolled yet.')).toBeVisible();

  await page.goto(link);
  await page.getByLabel('New password').fill('somebody-elses-password');
  await page.getByLabel('The same again').fill('somebody-elses-password');
  await set.click();
  await expect(page.getByRole('alert')).toContainText('CREDENTIALS_WRONG');
});
