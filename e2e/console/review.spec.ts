import { expect, test } from '../support/fixtures.ts';
import { hostileName } from '../support/flows.ts';

test('when a reviewer asks what changed, the page answers gravest first, and its address can be given to others', async ({
  signedIn: page,
  plant,
}) => {
  await page.getByRole('link', { name: 'Applications' }).click();
  await page.getByRole('table', { name: 'Applications' }).getByRole('link', { name: 'Packing line' }).click();
  await page.getByRole('link', { name: 'Since v1' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Packing line: v1 → v2' })).toBeVisible();
  await expect(page).toHaveURL(new RegExp(`before=${plant.packing.before.id}`));
  const classes = page.getByRole('list', { name: 'Changes by class, gravest first' });
  await expect(classes.getByRole('button', { name: 'Security' })).toContainText('4');
  const risks = page.getByRole('region', { name: 'Risks' });
  await expect(risks).toContainText('TLS is switched off: mqtt://broker.plant.example:1883 (Weight)');
  await expect(risks).toContainText('A secret stands in the flows in plain text');
  await expect(page.getByRole('region', { name: 'What restarts' })).toContainText(
    'Node-RED itself restarts: the declared variables changed.',
  );
  const outside = page.getByRole('region', { name: 'Changes towards the outside world' });
  await expect(outside.getByRole('row', { name: /Changed: MQTT/ })).toContainText('mqtts://broker.plant.example:8883 →');
  const code = page.getByRole('region', { name: 'Changed lines of func' });
  await expect(code.getByRole('row', { name: 'Removed const limit = 500;' })).toBeVisible();
  await expect(code.getByRole('row', { name: /Added +node.warn\("too heavy"\);/ })).toBeVisible();

  await expect(page.getByRole('img', { name: 'Drawing of Tab “Packing”' })).toContainText('Restart driver (exec)');

  // Names of nodes are text, whatever they hold.
  await expect(page.getByText(hostileName, { exact: true }).first()).toBeVisible();
  await expect(page).toHaveTitle('Packing line: v1 → v2 · Sluice');
  expect(await page.locator('main img').count()).toBe(0);

  await classes.getByRole('button', { name: 'Cosmetic' }).click();
  await expect(page).toHaveURL(/only=cosmetic/);
  await page.reload();
  await expect(page.getByText('1 node that only looks different')).toBeVisible();
  await expect(code).toBeHidden();
});

test('when a policy blocks, publishing says what is in the way; with a waiver and its reason it goes through', async ({
  signedIn: page,
  plant,
}) => {
  await page.goto(`/organizations/${plant.organizationId}/snapshots/${plant.packing.after.id}`);
  const publish = page.getByRole('button', { name: 'Publish', exact: true });
  await publish.click();
  const dialog = page.getByRole('dialog', { name: 'Publish v2 as a release?' });
  await dialog.getByRole('button', { name: 'Publish' }).click();
  await expect(dialog.getByRole('alert')).toContainText('POLICY_BLOCKED');
  await expect(dialog).toContainText('An address with user and password stands in plain text');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();

  const policies = page.getByRole('region', { name: 'Policies' });
  await expect(policies).toContainText('1 finding in the way of publishing');
  await policies.getByRole('button', { name: /^Waive / }).click();
  const waiver = page.getByRole('dialog', { name: /^Waive / });
  const waive = waiver.getByRole('button', { name: 'Waive' });
  await expect(waive).toBeDisabled();
  await waiver.getByLabel('Reason').fill('The line stands alone; the password is changed next week');
  await waive.click();
  await expect(policies).not.toContainText('in the way of publishing');

  await publish.click();
  await dialog.getByRole('button', { name: 'Publish' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Packing line v2' })).toBeVisible();
  const kept = page.getByRole('region', { name: 'Policies when it was published' });
  await kept.getByText('Waived', { exact: true }).click();
  await expect(kept).toContainText('The line stands alone; the password is changed next week');
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Bill of materials' }).click();
  expect((await download).suggestedFilename()).toMatch(/^sbom-[0-9a-f]{12}\.json$/);
});

test('when somebody asks who talks to a broker, the map names it, the devices, and the nodes behind', async ({ signedIn: page, plant }) => {
  await page.goto(`/organizations/${plant.organizationId}/integrations`);
  await page.getByRole('searchbox', { name: 'Who talks to host or address' }).fill('broker.plant.example');
  await expect(page).toHaveURL(/address=broker\.plant\.example/);
  const table = page.getByRole('table', { name: 'Endpoints' });
  await expect(table.getByRole('row')).toHaveCount(2);
  await table.getByRole('link', { name: 'mqtts://broker.plant.example:8883' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'mqtts://broker.plant.example:8883' })).toBeVisible();
  await page.getByRole('table', { name: 'Devices that talk to it' }).getByRole('link', { name: 'prod-0' }).click();
  const talksTo = page.getByRole('region', { name: 'Talks to' });
  await talksTo.getByText('mqtts://broker.plant.example:8883').click();
  await expect(talksTo).toContainText('Speed on Bottling');
});

test('when a git repository cannot be reached, the application says so and why', async ({ signedIn: page, plant }) => {
  await page.goto(`/organizations/${plant.organizationId}/applications/${plant.packing.application.id}?view=remotes`);
  await page.getByRole('button', { name: 'Add a repository…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add a git repository' });
  await dialog.getByLabel('Address').fill('https://git.plant.invalid/packing.git');
  await dialog.getByRole('button', { name: 'Add' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('tab', { name: /Git remotes/ })).toContainText('1 failing');
  const failure = page.getByRole('listitem').filter({ hasText: 'git.plant.invalid' });
  await expect(failure.getByRole('alert')).toContainText('UNREACHABLE');
  await failure.getByRole('button', { name: 'Forget…' }).click();
  await page
    .getByRole('dialog', { name: /^Forget / })
    .getByRole('button', { name: 'Forget' })
    .click();
  await expect(page.getByText('No other repository')).toBeVisible();
});
