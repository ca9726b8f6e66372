import { gitRemoteSecrets } from '../git-remotes/rows.ts';

/**
 * A column that holds sealed secrets. `key`: the generated column beside it that names the data key (null: sealed with a key made from the
 * master key). `identity` and `organization`: SQL over the row `t` of what a value is sealed to, and whose it is.
 */
export type SealedPlace = { what: string; table: string; column: string; key: string; identity: string; organization: string };

const gitRemoteColumns = {
  password: { column: 'sealed_password', key: 'password_key_id' },
  webhookSecret: { column: 'sealed_webhook_secret', key: 'webhook_secret_key_id' },
  credentialSecret: { column: 'sealed_credential_secret', key: 'credential_secret_key_id' },
} as const satisfies Record<(typeof gitRemoteSecrets)[number], object>;

/** Everything that is sealed at rest. */
export const sealedPlaces: readonly SealedPlace[] = [
  {
    what: 'variables',
    table: 'variable_version',
    column: 'sealed_value',
    key: 'data_key_id',
    identity: `'variable/' || t.id`,
    organization: 't.organization_id',
  },
  {
    what: 'credentials',
    table: 'snapshot',
    column: 'sealed_credentials',
    key: 'data_key_id',
    identity: `'snapshot/' || t.id`,
    organization: 't.organization_id',
  },
  {
    what: 'signing keys',
    table: 'signing_key',
    column: 'sealed_private_key',
    key: 'data_key_id',
    identity: `'signing_key/' || t.id`,
    organization: 't.organization_id',
  },
  ...gitRemoteSecrets.map((secret) => ({
    what: 'git remotes',
    table: 'git_remote',
    ...gitRemoteColumns[secret],
    identity: `'git_remote/' || t.id || '/${secret}'`,
    organization: 't.organization_id',
  })),
  ...[
    { column: 'sealed_secret', key: 'secret_key_id' },
    { column: 'sealed_previous_secret', key: 'previous_secret_key_id' },
  ].map((place) => ({
    what: 'webhooks',
    table: 'webhook',
    ...place,
    identity: `'webhook/' || t.id || '/secret'`,
    organization: 't.organization_id',
  })),
  {
    what: 'configurations',
    table: 'device_assignment',
    column: 'sealed_configuration',
    key: 'data_key_id',
    identity: `'device_assignment/' || t.device_id || '/' || t.configuration_digest`,
    organization: '(SELECT v.organization_id FROM device v WHERE v.id = t.device_id)',
  },
];
