// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Node-RED's own placeholders.
import { describe, expect, it } from 'vitest';
import type { FlowNode } from '../flows/flow-node.ts';
import type { JsonObject } from '../json.ts';
import { secretsIn } from './secrets.ts';

const found = (properties: JsonObject, ...others: FlowNode[]) =>
  secretsIn([{ id: 'n', type: 'a type', ...properties }, ...others]).map(({ pointer, reason }) => [pointer, reason]);

describe('secretsIn', () => {
  it.each<[string, JsonObject, string[][]]>([
    ['a password of a database', { password: 'hunter2', passwordFieldType: 'str' }, [['/password', 'property']]],
    ['an address with a token', { url: 'http://camera/admin?user=a&pw=hunter22&x=1' }, [['/url', 'address']]],
    ['an address with a password', { uri: 'mongodb://plant:s3cret@db.plant:27017/line' }, [['/uri', 'address']]],
    [
      'names in every spelling',
      { apiKey: 'abcd', api_key: 'abcd', 'access-token': 'abcd', clientSecret: 'abcd' },
      [
        ['/apiKey', 'property'],
        ['/api_key', 'property'],
        ['/access-token', 'property'],
        ['/clientSecret', 'property'],
      ],
    ],
    ['users of a server', { users: [{ name: 'a', password: 'hunter2' }] }, [['/users/0/password', 'property']]],
    [
      'headers',
      { headers: [{ keyType: 'other', keyValue: 'x-api-key', valueType: 'other', valueValue: 'abcd1234' }] },
      [['/headers/0/valueValue', 'property']],
    ],
    ['variables', { env: [{ name: 'DB_PASSWORD', value: 'hunter2', type: 'str' }] }, [['/env/0/value', 'property']]],
    ['a private key', { key: '-----BEGIN RSA PRIVATE KEY-----\nMIIE' }, [['/key', 'code']]],
    [
      'a bearer token in code',
      { func: 'msg.headers = {};\nmsg.headers.authorization = "Bearer abcdefghijklmnopqrstuv";' },
      [['/func', 'code']],
    ],
    ['a password in code', { func: 'const password = "hunter22";\nreturn msg;' }, [['/func', 'code']]],
    ['a token by its form', { topicOfNoNote: 'ghp_abcdefghijklmnopqrstuvwxyz0123456789' }, [['/topicOfNoNote', 'value']]],
  ])('when there is %s, it finds it', (_, properties, expected) => {
    expect(found(properties)).toEqual(expected);
  });

  it.each<[string, JsonObject]>([
    ['variables', { password: '${DB_PASSWORD}', token: '$(TOKEN)', uri: 'mongodb://user:${PASSWORD}@db/line' }],
    ['typed inputs that look elsewhere', { password: 'DB_PASSWORD', passwordFieldType: 'env', token: 'payload.token', tokenType: 'msg' }],
    ['what says of which kind a password is', { passwordType: 'msg', tokenName: 'session', usePassword: true }],
    ['placeholders', { password: '__PWRD__', token: '', apikey: 'XXXXXXXX', secret: '********' }],
    ['files of keys', { userprivatekey: '/certs/client.pem' }],
    ['addresses without a password', { url: 'https://user@host/a', uri: 'mongodb://db.plant:27017/?authSource=admin' }],
    ['code that only reads them', { func: 'const password = env.get("DB_PASSWORD");\nconst token = msg.token;\nreturn msg;' }],
    ['a name or a comment', { name: 'password', label: 'token', info: 'the password is in the vault' }],
  ])('when there are %s, it finds nothing', (_, properties) => {
    expect(found(properties)).toEqual([]);
  });

  it('when a property holds the id of a config node, it is none', () => {
    expect(found({ token: 'c1' }, { id: 'c1', type: 'token-config' })).toEqual([]);
    expect(found({ token: 'c2' }, { id: 'c1', type: 'token-config' })).toEqual([]);
    expect(found({ token: 'config-2' }, { id: 'c1', type: 'token-config' })).toEqual([['/token', 'property']]);
  });

  it('when texts are made to keep it busy, it ends', () => {
    const pieces = ['a', 'a.', 'a:', 'eyJ', 'eyJ-', 'x= ', 'http://', 'http://a:', '?pw', '&token', '-----BEGIN ', 'Bearer ', '"', ' '];
    for (const piece of pieces) expect(found({ func: `${piece.repeat(100_000)}\n` })).toEqual([]);
  });

  it('when ids occur twice, the place tells which node', () => {
    const twice: FlowNode[] = [
      { id: 'n', type: 't' },
      { id: 'n', type: 't', password: 'hunter2' },
    ];
    expect(secretsIn(twice)).toEqual([{ nodeId: 'n', index: 1, nodeType: 't', pointer: '/password', reason: 'property' }]);
  });
});
