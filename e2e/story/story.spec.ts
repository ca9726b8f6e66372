import { expect, type Locator, type Page, test } from '@playwright/test';
import { type Demo, startDemo } from '../support/demo.ts';
import { signIn } from '../support/fixtures.ts';

// The story installs Node-RED from the registry and takes five devices through eight rollouts.
const storyLimitMs = 480_000;

let demo: Demo;

test.beforeAll(async () => {
  test.setTimeout(storyLimitMs);
  demo = await startDemo();
});
test.afterAll(async () => {
  test.setTimeout(120_000);
  await demo.remove();
});

/** Goes to the rollouts within the console, waits there until one appears by itself, and opens it. */
async function openRollout(page: Page, name: string): Promise<void> {
  await page
    .getByRole('navigation', { name: 'Pages' })
    .getByRole('link', { name: /^Rollouts/ })
    .click();
  await page.getByRole('table', { name: 'Rollouts' }).getByRole('link', { name, exact: true }).click({ timeout: storyLimitMs });
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
}

function waves(page: Page): Locator {
  return page.getByRole('list', { name: 'Waves' }).getByRole('listitem');
}

function deployment(page: Page, device: string): Locator {
  return page.getByRole('table', { name: 'Deployments of this rollout' }).getByRole('row', { name: new RegExp(device) });
}

test('when the story is told, the console shows live how v2 passes, v3 is stopped at the canary, and prod is rolled back to v1', async ({
  page,
}) => {
  test.setTimeout(storyLimitMs);
  await signIn(page, demo);
  // A reload would take this with it: everything below arrives by itself.
  await page.evaluate(() => Object.assign(window, { openedOnce: true }));

  await test.step('v2 passes through prod, the canary first', async () => {
    await openRollout(page, 'v2 → prod');
    await expect(waves(page)).toHaveCount(2);
    await expect(waves(page).nth(0)).toContainText('Passed', { timeout: 120_000 });
    await expect(waves(page).nth(1)).toContainText('Passed', { timeout: 120_000 });
    await expect(page.locator('h1 + .sl-status')).toHaveText('Succeeded', { timeout: 30_000 });
    await expect(deployment(page, 'prod-graz-line-1')).toContainText('Succeeded');
  });

  await test.step('v3 is stopped at the canary: its Modbus connection is named, two devices are never touched', async () => {
    await openRollout(page, 'v3 → prod');
    await expect(page.locator('h1 + .sl-status')).toHaveText('Failed', { timeout: 120_000 });
    await expect(waves(page).nth(0)).toContainText('Failed');
    await expect(waves(page).nth(1)).toContainText('Aborted');
    await expect(deployment(page, 'prod-graz-line-1')).toContainText('Rolled back');
    await expect(deployment(page, 'prod-graz-line-1')).toContainText(/modbus/i);
    for (const device of ['prod-ulm-line-1', 'prod-ulm-line-2']) {
      await expect(deployment(page, device)).toContainText('Canceled');
      await expect(deployment(page, device)).toContainText('Never touched');
    }
  });

  await test.step('prod is rolled back with one verb: the canary, too, is back on v1 and healthy', async () => {
    await openRollout(page, 'Back to v1 → prod');
    await expect(page.locator('h1 + .sl-status')).toHaveText('Succeeded', { timeout: 120_000 });
    await deployment(page, 'prod-graz-line-1').getByRole('link').click();
    await expect(page.getByRole('heading', { level: 1, name: 'prod-graz-line-1' })).toBeVisible();
    const releases = page.getByRole('region', { name: 'Releases' }).getByRole('listitem');
    await expect(releases.filter({ has: page.getByText('Running', { exact: true }) })).toContainText('v1', { timeout: 60_000 });
    await expect(releases.filter({ has: page.getByText('Desired', { exact: true }) })).toContainText('v1');
    await expect(page.getByRole('region', { name: 'Health' })).toContainText('Healthy', { timeout: 60_000 });
    const modbus = page.getByRole('region', { name: 'Connections', exact: true }).getByRole('row', { name: /modbus/ });
    await expect(modbus.filter({ hasText: 'Connected' }).first()).toBeVisible();
    await expect(modbus.filter({ hasText: 'Disconnected' })).toHaveCount(0);
  });

  expect(await page.evaluate(() => 'openedOnce' in window)).toBe(true);
  await demo.says(/The fleet stays up until Ctrl-C/, 120_000);
  const { code, outcome } = await demo.end();
  expect(outcome.failures).toEqual([]);
  expect(code).toBe(0);
  expect(outcome.ok).toBe(true);
  expect(outcome.rollouts.at(-1)).toMatchObject({ release: 'v1', stage: 'prod', outcome: 'succeeded' });
  expect(outcome.rollouts.at(-2)).toMatchObject({
    release: 'v3',
    stage: 'prod',
    outcome: 'failed',
    devicesRolledBack: 1,
    devicesUntouched: 2,
  });
});
