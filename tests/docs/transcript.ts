// Replays a transcript of the documents against a server: sends each frame as shown, and asserts that the received frames
// are as shown and in that order. A presence.changed that is not shown may arrive in between. A request is written as
// `ann > PATCH /api/… If-Match: "2" {…}`, its response as `ann < 200 ETag: "3" {…}`; an omitted body as `…`.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type Answer, enter, type Socket, sleep } from '../people.ts';
import { differences, type Names } from './alike.ts';
import type { Cast } from './cast.ts';

/** How long a frame may take, in milliseconds: typing ends after 5 s. */
const PATIENCE_MS = 8_000;

/** Headers and body of a request or an answer, as shown. */
const MESSAGE = String.raw`((?: [\w-]+: \S+)*)(?: (\{.+\}|…))?`;
const REQUEST = new RegExp(String.raw`^(\w+) > (GET|POST|PUT|PATCH|DELETE) (\/api\/\S+)${MESSAGE}$`);
const ANSWER = new RegExp(String.raw`^(\w+) < (\d{3})${MESSAGE}$`);

type Line = (match: RegExpMatchArray) => Promise<void> | void;

/** @param names the ids that are known in advance, as shown and as in the server. */
export async function replay(text: string, cast: Cast, names: Names = new Map()): Promise<void> {
  const sockets = new Map<string, { socket: Socket; read: number }>();
  const place = (shown: string) => shown.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, (id) => names.get(id) ?? id);
  const of = (who: string) => sockets.get(who) ?? assert.fail(`${who} is not connected`);

  const answers = new Map<string, Answer>();

  const lines: [RegExp, Line][] = [
    [/^# .+$/, () => undefined],
    [
      REQUEST,
      async ([, who, method, path, headers, body]) => {
        const options = {
          headers: Object.fromEntries(headersIn(headers!)),
          ...(body ? { body: JSON.parse(place(body)) } : {}),
        };
        answers.set(who!, await cast.request(who!, method!, place(path!), options));
      },
    ],
    [
      ANSWER,
      ([line, who, status, headers, body]) => {
        const received = answers.get(who!) ?? assert.fail(`${who} has sent no request`);
        answers.delete(who!);
        assert.equal(received.status, Number(status), `${line}\n${JSON.stringify(received.body)}`);
        for (const [name, value] of headersIn(headers!)) assert.equal(received.headers.get(name), value, line);
        if (body === '…') return;
        assert.deepEqual(differences(body ? JSON.parse(body) : '', received.body, names), [], line);
      },
    ],
    [
      /^(\w+) connects (\/ws\/\S+)$/,
      async ([, who, path]) => {
        const { token } = await cast.roomToken(who!);
        const socket = await enter(`${cast.url.replace('http', 'ws')}${place(path!)}`, token);
        sockets.set(who!, { socket, read: 0 });
      },
    ],
    [/^(\w+) > (.+)$/, ([, who, frame]) => of(who!).socket.send(place(frame!))],
    [
      /^(\w+) < (\{.+\})$/,
      async ([line, who, frame]) => {
        const shown = JSON.parse(frame!);
        const received = await next(of(who!), shown.type);
        assert.deepEqual(differences(shown, received, names), [], line);
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
        lines.find(([known]) => known.test(line)) ?? assert.fail(`not a line of a transcript: ${line}`);
      await run(line.match(pattern)!);
    }
  } finally {
    for (const { socket } of sockets.values()) socket.ws.terminate();
  }
}

const headersIn = (text: string) =>
  Array.from(text.matchAll(/ ([\w-]+): (\S+)/g), ([, name, value]) => [name!, value!] as const);

async function next(reader: { socket: Socket; read: number }, type: string): Promise<unknown> {
  for (let waited = 0; waited < PATIENCE_MS; waited += 10) {
    while (reader.read < reader.socket.frames.length) {
      const frame = reader.socket.frames[reader.read++];
      if (frame.type === type || frame.type !== 'presence.changed') return frame;
    }
    await sleep(10);
  }
  return assert.fail(`no ${type} was received`);
}
