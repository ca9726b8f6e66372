import { Page } from '../../ui/page.tsx';
import { BudgetsPanel } from './budgets-panel.tsx';
import { FreezesPanel } from './freezes-panel.tsx';

/** What holds every rollout back: times in which nothing starts, and how many devices may be unavailable at once. */
export function SafeguardsPage() {
  return (
    <Page title="Safeguards" sub={<span>They hold for all rollouts, whatever their own policies say</span>}>
      <FreezesPanel />
      <BudgetsPanel />
    </Page>
  );
}
