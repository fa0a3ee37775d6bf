// Lets a bot of the documents live: it is cut off before it heard anything and again after, hears each time what was said
// meanwhile, and ends with its room.
import assert from 'node:assert/strict';
import { connect, createServer, type Socket } from 'node:net';
import { listen } from '@parlance/service/listen.ts';
import { openSocket, sleep } from '../people.ts';
import type { Cast } from './cast.ts';
import type { Running } from './commands.ts';

/** How long a bot may take for anything, in milliseconds: it waits with backoff. */
const PATIENCE_MS = 20_000;

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
  const { url, token } = await cast.roomToken('ann');
  const ann = await openSocket(url, token);
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
    const names = () => ann.frames.flatMap((frame) => frame.members ?? frame.joined ?? []);
    await until(() => names().includes('bot'), 'the bot joins');
    await sleep(200);
    await askWhileCutOff();
    assert.match((await answers())[0].content, /^\d{4}-\d\d-\d\dT/);
    await askWhileCutOff();

    assert.equal(over, undefined, 'the bot is still there');
    await cast.deleteRoom('ann');
    await until(() => over !== undefined, 'the bot ends');
    assert.equal(over!.code, 0, over!.stderr);
  } finally {
    ann.ws.terminate();
    bot.child.kill('SIGKILL');
    await relay.stop();
  }
}

/** TCP in front of a server, to be cut at any time. The server tells its address as this one's, since Host says so. */
async function startRelay(target: string) {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = connect(Number(port), hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => open.delete(one));
    }
  });
  const cut = () => {
    isCut = true;
    for (const socket of open) socket.destroy();
  };
  return {
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
