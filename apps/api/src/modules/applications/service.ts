import type { Application, CreateApplicationRequest, Page, PageQuery } from '@sluice/contracts';
import { type ChangeContext, createApplication, getApplication, listApplications, type Store } from '@sluice/store';

export type Applications = {
  list(organizationId: string, page: PageQuery): Promise<Page<Application>>;
  /** @throws StoreError NOT_FOUND */
  get(organizationId: string, applicationId: string): Promise<Application>;
  /** @throws StoreError NAME_TAKEN */
  create(organizationId: string, request: CreateApplicationRequest, context: ChangeContext): Promise<Application>;
};

/** Makes the module of applications. */
export function createApplications({ store }: { store: Store }): Applications {
  return {
    list: (organizationId, page) => listApplications(store, organizationId, page),
    get: (organizationId, applicationId) => getApplication(store, organizationId, applicationId),
    create: (organizationId, request, context) => store.transaction((tx) => createApplication(tx, organizationId, request, context)),
  };
}
