import { expect, expectAccessible, test } from '../support/fixtures.ts';

test('when a stage is frozen and its rollout asks for approval, the console declares, approves, says what holds each device, and lifts', async ({
  signedIn: page,
  plant,
}) => {
  const { client, organizationId, stages, releases } = plant;
  const at = (path: string): string => `/organizations/${organizationId}${path}`;
  await page.goto(at('/safeguards'));
  await page.getByRole('button', { name: 'Declare a freeze…' }).click();
  const declaring = page.getByRole('dialog', { name: 'Declare a freeze' });
  await declaring.getByLabel('Name').fill('Stocktaking');
  await declaring.getByLabel('Where').selectOption({ label: 'Bottling line: staging' });
  await declaring.getByRole('button', { name: 'Declare' }).click();
  const frozen = page.getByRole('row', { name: /Stocktaking/ });
  await expect(frozen).toContainText('Holds now');
  const budget = { name: 'Two at once', maximumUnavailable: { count: 2, unit: 'devices' } };
  const { id: budgetId } = await client.post<{ id: string }>('/disruption-budgets', budget);
  await expect(page.getByRole('row', { name: /Two at once/ })).toContainText(/\d of 2 unavailable/);
  await expectAccessible(page);

  const approval = { required: 1, role: 'operator', creatorExcluded: false };
  const policy = { ...stages.staging.policy, approval };
  const { id } = await client.post<{ id: string }>('/rollouts', {
    releaseId: releases.v2.id,
    stageId: stages.staging.id,
    policy,
    priority: 5,
  });
  await page.goto(at(`/rollouts/${id}`));
  await page.getByRole('button', { name: 'Approve', exact: true }).click();
  const approving = page.getByRole('dialog', { name: 'Approve the start of v2 → staging?' });
  await approving.getByLabel('Comment').fill('Seen on the test bench');
  await approving.getByRole('button', { name: 'Approve' }).click();
  await expect(page.getByRole('region', { name: 'Why is it not moving?' })).toContainText(
    'Nothing new starts until it is lifted: Stocktaking.',
  );
  const told = page.getByRole('region', { name: 'Policy' });
  await expect(told.getByRole('list', { name: 'Approvals' })).toContainText('Seen on the test bench');
  await expect(told).toContainText('1 operator');
  await expectAccessible(page);

  const { items } = await client.get<{ items: { deviceId: string }[] }>(`/rollouts/${id}/deployments`);
  await page.goto(at(`/devices/${items[0]?.deviceId}`));
  await expect(page.getByRole('region', { name: 'Why is it not moving?' })).toContainText('Stocktaking');
  await client.post(`/rollouts/${id}/actions`, { action: 'abort' });

  await page.goto(at('/safeguards'));
  await page.getByRole('button', { name: 'Lift Stocktaking' }).click();
  await expect(frozen).toContainText('Lifted');
  await client.request('DELETE', `/disruption-budgets/${budgetId}`);
});
