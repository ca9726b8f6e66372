import { Button } from '@mantine/core';
import { EmptyNotice } from '../../ui/notice.tsx';
import { Page } from '../../ui/page.tsx';
import { useSignOut } from './session.ts';

/** For somebody who has an account and belongs nowhere. */
export function NoOrganizationPage() {
  const signOut = useSignOut();
  return (
    <main>
      <Page title="No organization">
        <EmptyNotice
          title="You are signed in, but a member of no organization"
          action={
            <Button variant="default" onClick={() => signOut.mutate()}>
              Sign out
            </Button>
          }
        >
          Ask an owner of your organization to add you.
        </EmptyNotice>
      </Page>
    </main>
  );
}
