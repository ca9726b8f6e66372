import { AxeBuilder } from '@axe-core/playwright';
import { test as base, expect, type Page } from '@playwright/test';
import { type ControlPlane, ownerLogin, startControlPlane } from './control-plane.ts';
import { buildPlant, type Plant } from './plant.ts';
import { startWorkbench, type Workbench } from './workbench.ts';

type Shared = { controlPlane: ControlPlane; plant: Plant; session: string; workbench: Workbench };

/**
 * Tests of the console against one control plane with a plant in it, shared by all of a worker.
 * `signedIn` is a page of the owner, at the overview; its session is shared, so that not every test has to sign in.
 */
export const test = base.extend<{ signedIn: Page }, Shared>({
  controlPlane: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what a fixture needs
    async ({}, use) => {
      const controlPlane = await startControlPlane({ withOwner: true });
      await use(controlPlane);
      await controlPlane.stop();
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  plant: [
    async ({ controlPlane }, use) => {
      const plant = await buildPlant(controlPlane);
      await use(plant);
      await plant.stop();
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  // Here and not with its tests, because other fixtures would mean another worker, and another control plane.
  workbench: [
    async ({ controlPlane }, use) => {
      const workbench = await startWorkbench(controlPlane);
      await use(workbench);
      await workbench.stop();
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  session: [
    async ({ controlPlane: { origin } }, use) => {
      const response = await fetch(`${origin}/api/v1/sessions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(ownerLogin),
      });
      await use(/sluice_session=([^;]+)/.exec(response.headers.get('set-cookie') ?? '')?.[1] ?? '');
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ controlPlane }, use) => use(controlPlane.origin),
  signedIn: async ({ page, context, plant, session, controlPlane }, use) => {
    expect(plant.organizationId).not.toBe('');
    await context.addCookies([{ name: 'sluice_session', value: session, url: controlPlane.origin, httpOnly: true, sameSite: 'Lax' }]);
    await page.goto('/');
    await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
    await use(page);
  },
});

export { expect };

/** Signs in through the page, as the owner, and waits for the overview. */
export async function signIn(page: Page, { origin = '', login = ownerLogin } = {}): Promise<void> {
  await page.goto(`${origin}/`);
  await page.getByLabel('E-mail address').fill(login.email);
  await page.getByLabel('Password', { exact: true }).fill(login.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
}

/** Finds what breaks WCAG 2.2 A or AA on a page as far as a machine can see it. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  const found = violations.map(
    ({ id, help, nodes }) => `${id}: ${help}\n${nodes.map(({ html, failureSummary }) => `  ${html}\n  ${failureSummary}`).join('\n')}`,
  );
  expect(found.join('\n\n')).toBe('');
}
