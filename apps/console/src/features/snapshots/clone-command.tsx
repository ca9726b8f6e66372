import { Identifier } from '../../ui/identifier.tsx';
import { useMembership } from '../session/membership.ts';

/** The command that gets the whole history of an application; an API token is the password. */
export function CloneCommand({ applicationId }: { applicationId: string }) {
  const { organizationId } = useMembership();
  const command = `git clone ${window.location.origin}/git/${organizationId}/${applicationId}.git`;
  return (
    <span title="The history as a git repository. An API token is the password, the user name does not matter.">
      <Identifier value={command} label="command" digits={34} />
    </span>
  );
}
