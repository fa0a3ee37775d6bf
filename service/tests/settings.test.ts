// Settings: defaults, forms, types, and the messages for malformed variables.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSettings, SettingsError, settingsTable } from '../settings.ts';

const spec = {
  PORT: { kind: 'port', default: 8080, description: 'The public port.' },
  RATE: {
    kind: 'integer',
    default: 20,
    min: 1,
    max: 1000,
    unit: 'messages per 10 s',
    description: 'Messages of one user.',
  },
  STORE: { kind: 'url', protocols: ['postgres', 'postgresql'], without: ['options'], description: 'The database.' },
  SELF: { kind: 'origin', description: 'The public origin.' },
  OTHERS: { kind: 'origins', description: 'Allowed origins.' },
  HOSTS: { kind: 'hosts', description: 'Allowed hosts.' },
  PROXIES: { kind: 'cidrs', description: 'Trusted proxies.' },
  LEVEL: { kind: 'level', default: 'info', description: 'The minimum level logged.' },
  KEY: { kind: 'secret', required: true, description: 'The secret.' },
} as const;
const KEY = 'sixteen-letters!';

test('unset and blank variables have their defaults, and types follow the spec', () => {
  const settings = readSettings({ KEY, PORT: '', RATE: '  ' }, spec);
  const port: number = settings.PORT;
  const store: string | undefined = settings.STORE;
  const others: readonly string[] = settings.OTHERS;
  const key: string = settings.KEY;
  // @ts-expect-error a URL without a default may be undefined
  const surely: string = settings.STORE;
  assert.deepEqual([port, store, surely, others, key], [8080, undefined, undefined, [], KEY]);
  assert.deepEqual([settings.RATE, settings.LEVEL, settings.SELF], [20, 'info', undefined]);
});

test('every kind parses its form', () => {
  const env = {
    KEY,
    PORT: '0',
    RATE: '1000',
    STORE: 'postgres://me:word@db:5432/chat',
    SELF: 'https://chat.example.org/',
    OTHERS: 'https://a.example,, http://b.example:8080',
    HOSTS: 'chat.lan, Box,my_host-2.example.org',
    PROXIES: '10.0.0.0/8, ::1,fd00::/8',
    LEVEL: 'silent',
  };
  assert.deepEqual(readSettings(env, spec), {
    ...env,
    PORT: 0,
    RATE: 1000,
    SELF: 'https://chat.example.org',
    OTHERS: ['https://a.example', 'http://b.example:8080'],
    HOSTS: ['chat.lan', 'box', 'my_host-2.example.org'],
    PROXIES: ['10.0.0.0/8', '::1', 'fd00::/8'],
  });
});

const malformed: Record<string, string[]> = {
  PORT: ['65536', '-1', '80a', '8e1', '0x50', '80.5'],
  RATE: ['0', '1001', 'many'],
  STORE: ['mysql://db', 'db:5432', '/var/run', 'postgres:db', 'postgres://db/chat?ssl=1&options=-c%20x%3D1'],
  SELF: ['chat.example.org', 'https://chat.example.org/path', 'ftp://chat.example.org', 'https://'],
  OTHERS: ['https://a.example, nowhere', '*'],
  HOSTS: ['chat.lan:8080', 'https://chat.lan', '*', '*.lan', 'a..b', '.lan', '-a', 'a/b', 'a, b:1', '[::1]'],
  PROXIES: ['10.0.0.0/33', '300.1.1.1', '::1/129', '10.0.0.0/8/8', '10.0.0.0/', 'localhost'],
  LEVEL: ['INFO', 'loud'],
  KEY: ['short'],
};
for (const [name, values] of Object.entries(malformed)) {
  test(`a malformed ${name} is refused with its name, form and default`, () => {
    for (const value of values) {
      assert.throws(
        () => readSettings({ KEY, [name]: value }, spec),
        (error) =>
          error instanceof SettingsError &&
          error.message.startsWith(`${name} must be `) &&
          /(default: .+|no default)\.$/.test(error.message),
        value,
      );
    }
  });
}

test('messages name the variable, the form, the value and the default', () => {
  const said = (env: Record<string, string>) => {
    try {
      return readSettings(env, spec);
    } catch (error) {
      return (error as Error).message;
    }
  };
  assert.equal(
    said({ KEY, PORT: '80a' }),
    'PORT must be a port number from 0 to 65535 (0: any free one), not "80a"; default: 8080.',
  );
  assert.equal(said({ KEY, RATE: '0' }), 'RATE must be a whole number from 1 to 1000, not "0"; default: 20.');
  assert.equal(said({}), 'KEY is not set: it must be a secret of at least 16 characters; it has no default.');
});

test('messages never contain a secret or a URL, which may contain a password', () => {
  for (const env of [
    { KEY: 'hunter2' },
    { KEY, STORE: 'mysql://me:hunter2@db' },
    { KEY, SELF: 'https://me:hunter2@here' },
  ]) {
    assert.throws(
      () => readSettings(env, spec),
      (error) => error instanceof SettingsError && !error.message.includes('hunter2'),
    );
  }
});

test('the settings table has one row per variable, in order', () => {
  const rows = settingsTable(spec);
  assert.deepEqual(
    rows.map((row) => row.name),
    Object.keys(spec),
  );
  assert.deepEqual(rows[1], {
    name: 'RATE',
    form: 'a whole number from 1 to 1000',
    default: '20',
    unit: 'messages per 10 s',
    description: 'Messages of one user.',
  });
  assert.equal(rows.at(-1)?.default, 'required');
});
