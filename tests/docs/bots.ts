// Runs a bot of the documentation: cuts its connection before its first event and again later, checks that it answers
// messages sent meanwhile, that an event of an unknown type advances its cursor, and that it exits with its room.
import assert from 'node:assert/strict';
import { connect, createServer, type Socket as Tcp } from 'node:net';
import { listen } from '@parlance/service/listen.ts';
import { enter, type Socket, sleep } from '../people.ts';
import type { Cast } from './cast.ts';
import type { Running } from './commands.ts';

/** The timeout of each step, in milliseconds: the backoff of a bot is up to 15 s. */
const PATIENCE_MS = 40_000;

/** @param start runs the bot against the server at the URL it is given. */
export async function liveThrough(start: (url: string) => Running, cast: Cast): Promise<void> {
  await cast.freshRoom();
  await cast.accessToken('bot');
  const relay = await startRelay(cast.url);
  const bot = start(relay.url);
  let over: Awaited<Running['ended']> | undefined;
  void bot.ended.then((outcome) => {
    over = outcome;
  });
  const answers = async () => (await cast.history()).filter(({ username }) => username === 'bot');
  const until = async (done: () => Promise<boolean> | boolean, what: string) => {
    for (let waited = 0; !(await done()); waited += 100) {
      assert.ok(waited < PATIENCE_MS, `${what} within ${PATIENCE_MS} ms ${JSON.stringify(over ?? '')}`);
      await sleep(100);
    }
  };
  let ann: Socket | undefined;
  const askWhileCutOff = async () => {
    relay.cut();
    await sleep(500);
    const before = (await answers()).length;
    await cast.say('ann', { content: '!time' });
    await sleep(300);
    assert.equal((await answers()).length, before, 'it is cut off');
    relay.mend();
    await until(async () => (await answers()).length > before, 'the bot answers what was asked meanwhile');
  };
  try {
    const { url, token } = await cast.roomToken('ann');
    ann = await enter(url, token);
    const { frames } = ann;
    const names = () => frames.flatMap((frame) => frame.members ?? frame.joined ?? []);
    await until(() => names().includes('bot'), 'the bot joins');
    await sleep(200);
    await askWhileCutOff();
    assert.match((await answers())[0].content, /^\d{4}-\d\d-\d\dT/);

    // The bot must not answer an edit. The last event has a type that the bot does not know.
    const asked = await cast.say('ann', { content: 'What time is it?' });
    await cast.edit('ann', asked, '!time');
    await cast.react('ann', asked, '👍');
    await until(() => relay.renamed() > 0, 'the event of an unknown type reaches the bot');
    await sleep(200);
    relay.cut();
    relay.mend();
    const last = await cast.lastSeq();
    await until(() => relay.cursors().includes(last), `the bot resumes after ${last}`);
    await askWhileCutOff();
    assert.equal((await answers()).length, 2, 'the bot answers messages and not the edit');

    assert.equal(over, undefined, 'the bot is still there');
    await cast.deleteRoom('ann');
    await until(() => over !== undefined, 'the bot ends');
    assert.equal(over!.code, 0, over!.stderr);
  } finally {
    ann?.ws.terminate();
    bot.child.kill('SIGKILL');
    await relay.stop();
  }
}

/** Replaces the type reaction.added: exists in no version, and has the same length so that frames stay valid. */
const UNKNOWN_TYPE = '"type":"poll.published"';
const KNOWN_TYPE = '"type":"reaction.added"';

/**
 * A TCP relay in front of a server that can be cut at any time. The server builds its URLs from Host, so they point to
 * the relay. It replaces each reaction by an event of an unknown type and records the cursor of each upgrade.
 */
async function startRelay(target: string) {
  const { hostname, port } = new URL(target);
  const open = new Set<Tcp>();
  const cursors: number[] = [];
  let isCut = false;
  let renamed = 0;
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = connect(Number(port), hostname);
    for (const [one, other, look] of [
      [near, far, readCursor],
      [far, near, renameReactions],
    ] as const) {
      open.add(one);
      one.on('data', (chunk) => other.write(look(chunk)));
      one.on('end', () => other.end());
      one.on('error', () => other.destroy());
      one.on('close', () => open.delete(one));
    }
  });
  const readCursor = (chunk: Buffer) => {
    const after = /^GET \/ws\/\S+[?&]after=(\d+)/.exec(chunk.toString('latin1'))?.[1];
    if (after !== undefined) cursors.push(Number(after));
    return chunk;
  };
  const renameReactions = (chunk: Buffer) => {
    const at = chunk.indexOf(KNOWN_TYPE);
    if (at < 0) return chunk;
    renamed += 1;
    return Buffer.concat([chunk.subarray(0, at), Buffer.from(UNKNOWN_TYPE), chunk.subarray(at + KNOWN_TYPE.length)]);
  };
  const cut = () => {
    isCut = true;
    for (const socket of open) socket.destroy();
  };
  return {
    cursors: () => cursors,
    renamed: () => renamed,
    url: `http://127.0.0.1:${await listen(server, 0, '127.0.0.1')}`,
    cut,
    mend: () => {
      isCut = false;
    },
    stop: async () => {
      cut();
      await new Promise((closed) => server.close(closed));
    },
  };
}
