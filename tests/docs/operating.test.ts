// The numbers in OPERATING.md, which an operator plans with, are those of the services, nginx and the compose file. The
// settings and metrics of that document are compared in tests/readme.test.ts and metrics.test.ts.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLog } from '@parlance/service/log.ts';
import { LOOP_DELAY_RESOLUTION_MS } from '@parlance/service/metrics.ts';
import { CLOSE } from '@parlance/specs/close_codes.ts';
import { PROBLEMS } from '@parlance/specs/problems.ts';
import { WEBSITE_SETTINGS } from '@parlance/website/settings.ts';
import pg from 'pg';
import { openDatabases } from '../../website/app/database.ts';
import { numbersIn } from './numbers/find.ts';
import { seconds } from './numbers/write.ts';

const root = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** The number that a pattern finds in a source. */
function found(file: string, pattern: RegExp): number {
  const [, digits] = pattern.exec(read(file)) ?? assert.fail(`${file} has no ${pattern}`);
  return Number(digits!.replaceAll('_', ''));
}
const constant = (file: string, name: string) => found(file, new RegExp(`^const ${name} = ([\\d_]+);`, 'm'));
const ms = (value: number) => seconds(value / 1_000);
const refusal = (code: keyof typeof PROBLEMS) => String(PROBLEMS[code].status);

/** The most connections of one website: of its pools, and one that listens. */
async function connections(ofSetting: number): Promise<number> {
  let most = 1;
  const Pool = pg.Pool;
  pg.Pool = class extends Pool {
    constructor(config: pg.PoolConfig) {
      super(config);
      most += config.max!;
    }
  } as typeof pg.Pool;
  try {
    const log = createLog({ service: 'test', level: 'silent' });
    await openDatabases('postgres://nowhere.invalid/x', ofSetting, log).close();
  } finally {
    pg.Pool = Pool;
  }
  return most;
}

const usual = Number(WEBSITE_SETTINGS.DATABASE_CONNECTIONS.default);
const most = await connections(usual);
const accepted = found('db/Dockerfile', /max_connections=(\d+)/);
const refusing = constant('service/admission.ts', 'REFUSING_MS');
/** An announcement of chat counts four times as long as the time to the next one. */
const present = Math.ceil((5 * constant('website/app/changes.ts', 'WAIT_MS')) / 1_000);
const internal = String(found('chat/Dockerfile', /INTERNAL_PORT=(\d+)/));

const OF_SECTIONS: Record<string, string[]> = {
  'Several replicas': [
    ...[seconds(found('nginx/nginx.conf', /valid=(\d+)s/)), '7', ms(constant('service/listen.ts', 'DRAIN_MS'))],
    ...[String(CLOSE.service_restart), String(most - usual), String(most), String(accepted), refusal('bad_gateway')],
  ],
  'Names, TLS and proxies': [refusal('misdirected_request')],
  'Administrators and users': [refusal('too_many_requests')],
  'Log and health': [
    ...['200', refusal('unavailable'), ms(refusing), seconds(present), ms(refusing).replace(' s', '')],
    ...[seconds(refusing / 1_000 + present), '200', ms(constant('service/followed_clock.ts', 'TELL_MS'))],
  ],
  Metrics: [internal, '127.0.0.1', internal, '0', `${LOOP_DELAY_RESOLUTION_MS} ms`],
};

test('each number of these sections is the one of the server', () => {
  const text = read('OPERATING.md')
    .replaceAll(/^ *```[\s\S]*?^ *```$/gm, '')
    .replaceAll(/<!-- metrics -->[\s\S]*?\n\n/g, '\n\n')
    .replaceAll(/\]\([^)]*\)/g, ']');
  const sections = text.split(/^(?=#+ )/m).map((section) => [/^#+ (.*)/.exec(section)?.[1] ?? '', section] as const);
  for (const [heading, numbers] of Object.entries(OF_SECTIONS)) {
    const [, section] = sections.find(([name]) => name === heading) ?? assert.fail(`no section ${heading}`);
    assert.deepEqual(numbersIn(section), numbers, heading);
  }
});

test('the database accepts the connections of four websites', () => {
  assert.match(read('OPERATING.md'), /allows four websites/);
  assert.equal(Math.floor(accepted / most), 4);
});
