import { Closed, LedgerEntryView, Page, PageQuery } from '@sluice/contracts';
import { Type } from 'typebox';
import { OrganizationParams, organizationPath } from '../../http/organization-route.ts';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { Ledger } from './service.ts';

const LedgerQuery = Closed({
  ...PageQuery.properties,
  action: Type.Optional(Type.String({ maxLength: 100, description: 'Such as `rollout.paused`.' })),
  targetKind: Type.Optional(Type.String({ maxLength: 100 })),
  targetId: Type.Optional(Type.String({ maxLength: 200, description: 'Needs `targetKind`.' })),
});

const list = declareRoute({
  operationId: 'listLedgerEntries',
  tags: ['ledger'],
  summary: 'Who did what to what, when and why; newest first.',
  params: OrganizationParams,
  querystring: LedgerQuery,
  response: { 200: Page(LedgerEntryView) },
  problems: ['CURSOR_INVALID'],
});

/** Binds the ledger's routes. */
export function registerLedger(app: ApiServer, ledger: Ledger): void {
  app.get(`${organizationPath}/ledger`, { schema: list, config: { access: 'viewer' } }, async (request) =>
    ledger.list(request.params.organizationId, request.query),
  );
}
