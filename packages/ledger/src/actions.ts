/**
 * Every action the ledger knows, `<what>.<what happened to it>`, with its meaning for an auditor.
 * To add one: add a line. Never rename or remove one: written entries carry the name for ever.
 */
export const ledgerActions = {
  'organization.created': 'An organization began to exist, with its signing keys and root.',
  'organization.changed': 'The name or a setting of the organization changed.',
  'organization.root_rotated': 'A new root of trust replaced the one before.',
  'organization.member_added': 'A person became a member, with a role.',
  'organization.member_changed': "A member's role changed.",
  'organization.member_removed': 'A person ceased to be a member.',

  'person.created': 'An account was made.',
  'person.signed_in': 'A person signed in.',
  'person.sign_in_failed': 'Somebody tried to sign in as a person and failed.',
  'person.signed_out': 'A person signed out.',
  'person.password_changed': 'A person set a new password.',

  'token.created': 'An API token was issued.',
  'token.revoked': 'An API token was revoked.',

  'application.created': 'An application was made.',
  'application.changed': 'The name or a setting of an application changed.',
  'application.deleted': 'An application was deleted.',
  'snapshot.created': 'The state of an application was captured.',
  'snapshot.exported': 'A snapshot was given out together with its credentials, encrypted for whoever asked.',
  'git_remote.created': 'A repository was named to push the history to, or to import from.',
  'git_remote.changed': 'Where a remote repository is, or how it is used, changed.',
  'git_remote.removed': 'A remote repository is no longer used.',
  'git_remote.sync_requested': 'A person asked to push or import now; with force if they said so.',
  'git_remote.imported': 'A commit of a remote branch was imported as a snapshot.',
  'snapshot.labelled': 'The labels of a snapshot changed.',
  'snapshot.deleted': 'A snapshot was deleted, with its releases that nobody needs. Its commit stays in the history.',
  'snapshot.pruned': 'The retention policy deleted snapshots of an application (one entry per batch).',
  'retention.changed': 'The retention policy of an organization or an application changed.',
  'release.imported': 'A release of another control plane came in as a bundle, was verified, and was signed as a release of this one.',
  'release.published': 'A snapshot was signed as a release.',
  'release.republished': 'The files of an older release were signed again under a higher counter, to go back to them.',

  'pipeline.created': 'A pipeline was made.',
  'pipeline.changed': 'The order of stages or a setting of a pipeline changed.',
  'stage.created': 'A stage was made.',
  'stage.changed': 'The groups, the policy or a setting of a stage changed.',
  'stage.deleted': 'A stage was deleted.',
  'policy.created': 'A version of a rollout policy was made.',

  'policy_settings.changed': 'The rules for snapshots were set differently at one layer.',
  'advisory_file.replaced': 'A new file of known weaknesses of modules is in use.',
  'waiver.created': 'A person decided to live with what a rule finds, and said why.',
  'waiver.revoked': 'A waiver ceased to count.',

  'enrollment_code.created': 'A code was made with which devices may enroll.',
  'enrollment_code.used': 'A device enrolled with a code.',
  'enrollment_code.revoked': 'An enrollment code was revoked.',

  'device.enrolled': 'A device presented its key and asked to belong to the organization.',
  'device.approved': 'A device was admitted.',
  'device.rejected': 'A device was not admitted.',
  'device.changed': 'The name or the labels of a device changed.',
  'device.revoked': "A device's identity was revoked (its epoch grew).",
  'device.quarantined': 'Two devices seem to share one identity; it is stopped until a person decides.',
  'device.ahead': 'A device knows more than the database, which was restored from a backup; it is told nothing until a person decides.',
  'device.adopted': 'What a device ran that knew more was taken as what it shall run.',
  'device.reasserted': 'A device that knew more was told again what is known here.',
  'device.decommissioned': 'A device was ordered to end its service.',
  'device.deleted': 'A device was removed.',
  'device.assigned': 'Devices were told what to run (one entry per set-based change).',
  'device.signed_in': 'A device proved its key and got an access token.',
  'device.refused': 'A device refused what it was given and named the attack.',
  'device.capture_requested': 'A person asked for what runs on a device.',
  'device.capture_delivered': 'A device was told that somebody wants to see what runs there.',
  'device.capture_completed': 'A device sent what runs there.',
  'device.capture_failed': 'What runs on a device could not be captured.',
  'device.capture_expired': 'A device did not send what runs there in time.',

  'group.created': 'A device group was made.',
  'group.changed': 'The name or the selector of a device group changed.',
  'group.deleted': 'A device group was deleted.',
  'group.device_added': 'Devices were put into a static group.',
  'group.device_removed': 'Devices were taken out of a static group.',

  'variable.set': 'A variable got a value at one layer (secret values only as digests).',
  'variable.removed': 'A variable was removed from one layer.',

  'disruption_budget.created': 'A person limited how many devices may be unavailable at once.',
  'disruption_budget.changed': 'A disruption budget changed.',
  'disruption_budget.deleted': 'A disruption budget was deleted.',

  'freeze.declared': 'A person declared a time in which nothing new starts.',
  'freeze.lifted': 'A person ended a freeze before its time.',

  'hold.placed': 'A release (or any) does not go into a stage until somebody says why it may.',
  'hold.lifted': 'A person lifted a hold.',

  'rollout.created': 'A rollout was planned.',
  'rollout.started': 'A rollout began.',
  'rollout.joined': 'Devices that had joined the stage since were taken in.',
  'rollout.paused': 'A rollout was paused, by a person or by a breach.',
  'rollout.resumed': 'A rollout was resumed.',
  'rollout.approved': 'A person approved.',
  'rollout.rejected': 'A person rejected.',
  'rollout.advanced': 'A person forced the next wave.',
  'rollout.aborting': 'A rollout stops: nothing new starts, what is queued is canceled.',
  'rollout.aborted': 'A rollout was aborted, by a person or by a breach.',
  'rollout.retried': 'The rest of a rollout was tried again.',
  'rollout.rolled_back': 'A rollback was ordered: a new rollout to the previous good release.',
  'rollout.succeeded': 'Every device of a rollout succeeded.',
  'rollout.completed_with_failures': 'A rollout ended within its thresholds, with failures.',
  'rollout.failed': 'A rollout ended below its thresholds.',
  'rollout.superseded': 'A newer rollout replaced this one.',
  'wave.awaiting_gate': 'A wave waits for its approval.',
  'wave.started': 'A wave began.',
  'wave.soaking': 'A wave passed its threshold and is watched.',
  'wave.analyzing': 'A wave is measured, over and over, before the next may start.',
  'wave.measured': 'The metrics of a wave were measured.',
  'wave.succeeded': 'A wave passed all its gates.',
  'wave.failed': 'A wave breached its threshold.',
  'wave.skipped': 'A wave had no device.',
  'wave.aborted': 'A wave was stopped with its rollout.',

  'deployment.queued': 'Devices of a wave may now be offered the release.',
  'deployment.offered': 'A device was given a signed assignment.',
  'deployment.set_aside': 'Devices that are not there were left out or put into the late wave.',
  'deployment.reported': 'A device said how far it is.',
  'deployment.closed': 'Deployments reached a terminal state.',
  'deployment.canceled': 'The deployment of one device was canceled.',
  'deployment.succeeded_late': 'A device runs the release after all, though its deployment had ended; says what it shall run now.',
  'deployment.superseded': 'A newer rollout took the devices over.',
} as const;

export type LedgerAction = keyof typeof ledgerActions;

/** Whether a text is the name of an action. */
export function isLedgerAction(text: string): text is LedgerAction {
  return Object.hasOwn(ledgerActions, text);
}
