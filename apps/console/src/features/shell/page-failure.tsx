import { Anchor } from '@mantine/core';
import { type ErrorComponentProps, Link } from '@tanstack/react-router';
import { EmptyNotice, ErrorNotice } from '../../ui/notice.tsx';
import { Page } from '../../ui/page.tsx';

/** Stands for a page that could not be shown. */
export function PageFailure({ error, reset }: ErrorComponentProps) {
  return (
    <Page title="This page could not be shown">
      <ErrorNotice error={error} onRetry={reset} />
    </Page>
  );
}

/** Stands for an address at which there is nothing for this person. */
export function NotFoundPage() {
  return (
    <Page title="Not found">
      <EmptyNotice
        title="There is nothing at this address"
        action={
          <Anchor component={Link} to="/">
            Go to the overview
          </Anchor>
        }
      >
        What you look for may have been removed, or belongs to an organization that you are not a member of.
      </EmptyNotice>
    </Page>
  );
}
