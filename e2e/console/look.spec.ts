import type { Page } from '@playwright/test';
import { expect, expectAccessible, test } from '../support/fixtures.ts';
import type { Plant } from '../support/plant.ts';

const pages: readonly { name: string; path: (plant: Plant) => string; landmark: string }[] = [
  { name: 'overview', path: () => '', landmark: 'Fleet health' },
  { name: 'devices', path: () => '/devices', landmark: 'Fleet' },
  { name: 'device', path: (plant) => `/devices/${plant.prod.fleet.devices[0]?.id()}`, landmark: 'Releases' },
  { name: 'rollouts', path: () => '/rollouts', landmark: 'Newest first' },
  { name: 'rollout in flight', path: (plant) => `/rollouts/${plant.rollouts.running.id}`, landmark: 'Waves' },
  { name: 'application', path: (plant) => `/applications/${plant.application.id}`, landmark: 'Stages' },
  { name: 'snapshot', path: (plant) => `/snapshots/${plant.packing.after.id}`, landmark: 'Flows' },
  {
    name: 'compare',
    path: (plant) => `/compare?before=${plant.packing.before.id}&after=${plant.packing.after.id}`,
    landmark: 'Outside world',
  },
  { name: 'release', path: (plant) => `/releases/${plant.releases.v1.id}`, landmark: 'Rollouts of it' },
  { name: 'integrations', path: () => '/integrations', landmark: 'Map' },
  { name: 'policies', path: () => '/policies', landmark: 'Rules' },
  { name: 'failed rollout', path: (plant) => `/rollouts/${plant.rollouts.failed.id}`, landmark: 'Waves' },
];

const colorSchemes = ['light', 'dark'] as const;

/** Shows the page in one colour scheme after the other, as when the system changes: loading it once is enough. */
async function inBothSchemes(page: Page, look: (colorScheme: (typeof colorSchemes)[number]) => Promise<void>): Promise<void> {
  for (const colorScheme of colorSchemes) {
    await page.emulateMedia({ colorScheme });
    await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', colorScheme);
    // No colour may be on its way to another one while it is measured.
    const onTheWay = () => document.getAnimations().filter((animation) => animation instanceof CSSTransition).length;
    await expect.poll(() => page.evaluate(onTheWay)).toBe(0);
    await look(colorScheme);
  }
}

test('when the sign-in page is shown, it is accessible in light and dark colours', async ({ page, controlPlane }) => {
  await page.goto(controlPlane.origin);
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await inBothSchemes(page, () => expectAccessible(page));
});

for (const { name, path, landmark } of pages) {
  test(`when the page "${name}" is shown, it is accessible in light and dark colours and fits a narrow window`, async ({
    signedIn: page,
    plant,
  }, testInfo) => {
    await page.goto(`/organizations/${plant.organizationId}${path(plant)}`);
    await expect(page.getByRole('region', { name: landmark, exact: true })).toBeVisible();
    await expect(page.getByRole('status', { name: 'Loading' })).toHaveCount(0);
    await inBothSchemes(page, async (colorScheme) => {
      await expectAccessible(page);
      await testInfo.attach(`${name} ${colorScheme}`, { body: await page.screenshot({ fullPage: true }), contentType: 'image/png' });
    });
    await page.setViewportSize({ width: 400, height: 860 });
    await expect
      .poll(() => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth))
      .toBeLessThanOrEqual(0);
  });
}

test('when a page is used, nothing breaks the content security policy and nothing is logged as an error', async ({
  signedIn: page,
  plant,
}) => {
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  for (const { path, landmark } of pages) {
    await page.goto(`/organizations/${plant.organizationId}${path(plant)}`);
    await expect(page.getByRole('region', { name: landmark, exact: true })).toBeVisible();
  }
  await page.keyboard.press('Control+k');
  await expect(page.getByPlaceholder('Device, rollout, page or command')).toBeVisible();
  expect(complaints).toEqual([]);
});
