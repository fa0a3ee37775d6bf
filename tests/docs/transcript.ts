// Replays a transcript of the documents against a server, frame by frame: what is sent goes out as it stands, what is
// received must come as it stands and in that order. presence.changed may come between where none is shown.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { openSocket, type Socket, sleep } from '../people.ts';
import { differences, type Names } from './alike.ts';
import type { Cast } from './cast.ts';

/** How long a frame may take, in milliseconds: typing ends after 5 s. */
const PATIENCE_MS = 8_000;

type Line = (match: RegExpMatchArray) => Promise<void> | void;

export async function replay(text: string, cast: Cast): Promise<void> {
  const sockets = new Map<string, { socket: Socket; read: number }>();
  const names: Names = new Map();
  const place = (shown: string) => shown.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, (id) => names.get(id) ?? id);
  const of = (who: string) => sockets.get(who) ?? assert.fail(`${who} is not connected`);

  const lines: [RegExp, Line][] = [
    [/^# .+$/, () => undefined],
    [
      /^(\w+) connects (\/ws\/\S+)$/,
      async ([, who, path]) => {
        const { token } = await cast.roomToken(who!);
        const socket = await openSocket(`${cast.url.replace('http', 'ws')}${place(path!)}`, token);
        sockets.set(who!, { socket, read: 0 });
      },
    ],
    [/^(\w+) > (.+)$/, ([, who, frame]) => of(who!).socket.send(place(frame!))],
    [
      /^(\w+) < (\{.+\})$/,
      async ([line, who, frame]) => {
        const shown = JSON.parse(frame!);
        const came = await next(of(who!), shown.type);
        assert.deepEqual(differences(shown, came, names), [], line);
      },
    ],
    [/^(\w+) closed (\d+)$/, async ([, who, code]) => assert.equal(await of(who!).socket.closed(), Number(code))],
    [/^(\w+) hangs up$/, ([, who]) => of(who!).socket.close()],
    [/^(\w+) says "(.+)" over HTTP$/, ([, who, content]) => cast.say(who!, { id: randomUUID(), content: content! })],
    [/^(\w+) logs out$/, ([, who]) => cast.logOut(who!)],
    [/^(\w+) deletes the room$/, ([, who]) => cast.deleteRoom(who!)],
  ];
  try {
    for (const line of text.split('\n')) {
      const [pattern, run] =
        lines.find(([known]) => known.test(line)) ?? assert.fail(`nobody knows how to do: ${line}`);
      await run(line.match(pattern)!);
    }
  } finally {
    for (const { socket } of sockets.values()) socket.ws.terminate();
  }
}

async function next(reader: { socket: Socket; read: number }, type: string): Promise<unknown> {
  for (let waited = 0; waited < PATIENCE_MS; waited += 10) {
    while (reader.read < reader.socket.frames.length) {
      const frame = reader.socket.frames[reader.read++];
      if (frame.type === type || frame.type !== 'presence.changed') return frame;
    }
    await sleep(10);
  }
  return assert.fail(`no ${type} came`);
}
