// One process of the storm bench: opens sockets, each from its own address, which join and reconnect after chat was killed.
// Reports totals of all attempts to its parent. Patient clients are the SDK; impatient ones retry at a fixed interval.
import { Agent, request } from 'node:http';
import { createClient } from '@parlance/client';
import WebSocket from 'ws';

export interface CrowdOrder {
  kind: 'patient' | 'impatient';
  /** `http://127.0.0.1:port` of the website, `ws://127.0.0.1:port` of chat. */
  website: string;
  chat: string;
  /** One socket each. */
  members: { address: string; accessToken: string; room: string; roomId: string }[];
  /** Rate of the first joins. */
  joinsPerSecond: number;
}

/** Totals of this process's sockets since `reset`. */
export interface CrowdReport {
  joined: number;
  resumed: number;
  /** Sockets that have every event up to the seq that `reset` set for their room. */
  upToDate: number;
  tokenRequests: number;
  upgrades: number;
  /** Number of token requests and upgrades by outcome, e.g. `token 503`, `upgrade 1013`. */
  outcomes: Record<string, number>;
}

/** An impatient client's pause after every failure, and its timeout for a request, in ms. */
const IMPATIENT_PAUSE_MS = [100, 250] as const;
const IMPATIENT_REQUEST_MS = 10_000;

interface Member {
  address: string;
  accessToken: string;
  room: string;
  roomId: string;
  lastSeq: number;
  open: boolean;
  /** It joined since `reset`. */
  back: boolean;
  resumed: boolean;
}

let order: CrowdOrder;
let members: Member[] = [];
let report = emptyReport();
/** The seq that each room's log reaches during the storm, by room id. */
let goal: Record<string, number> = {};

function emptyReport(): CrowdReport {
  return { joined: 0, resumed: 0, upToDate: 0, tokenRequests: 0, upgrades: 0, outcomes: {} };
}

const count = (outcome: string) => {
  report.outcomes[outcome] = (report.outcomes[outcome] ?? 0) + 1;
};
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Answered {
  status: number;
  headers: Record<string, string>;
  body: string;
}

function post(
  agent: Agent,
  url: URL,
  headers: Record<string, string>,
  timeoutMs: number,
  method = 'POST',
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent, headers, signal: AbortSignal.timeout(timeoutMs) }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (chunk) => {
        body += chunk;
      });
      answer.on('end', () =>
        resolve({ status: answer.statusCode!, headers: answer.headers as Record<string, string>, body }),
      );
      answer.on('error', reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}

async function tokenRequest(run: () => Promise<Answered>): Promise<Answered> {
  report.tokenRequests += 1;
  try {
    const answer = await run();
    count(`token ${answer.status}`);
    return answer;
  } catch (error) {
    count(`token ${(error as NodeJS.ErrnoException).code ?? 'no answer'}`);
    throw error;
  }
}

/** Opens a socket from the member's address directly to chat: the bench has no proxy before website and chat. */
function dial(member: Member, path: string, protocols: string[], headers: Record<string, string>): WebSocket {
  report.upgrades += 1;
  const socket = new WebSocket(order.chat + path, protocols, {
    localAddress: member.address,
    headers,
    handshakeTimeout: IMPATIENT_REQUEST_MS,
  });
  let refused = false;
  socket.on('unexpected-response', (_request, response) => {
    refused = true;
    count(`upgrade ${response.statusCode}`);
    response.resume();
    socket.terminate();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (!refused && !member.open) count(`upgrade ${error.code ?? error.message}`);
  });
  socket.on('close', (code) => {
    if (code !== 1006 && !member.open) count(`upgrade closed with ${code}`);
    if (member.open) count(`closed with ${code}`);
    member.open = false;
  });
  return socket;
}

interface Frame {
  type: string;
  seq?: number;
  resumed?: boolean;
}

function take(member: Member, frame: Frame): void {
  if (frame.seq !== undefined) member.lastSeq = Math.max(member.lastSeq, frame.seq);
  if (frame.type !== 'room.joined') return;
  member.open = true;
  member.back = true;
  member.resumed = frame.resumed === true;
}

function beFriendly(member: Member): void {
  const agent = new Agent({ keepAlive: true, localAddress: member.address });
  const client = createClient({
    baseUrl: order.website,
    accessToken: member.accessToken,
    fetch: (async (input: Request) => {
      const headers = Object.fromEntries(input.headers);
      const answer = await tokenRequest(() => post(agent, new URL(input.url), headers, 60_000, input.method)).catch(
        () => {
          throw new TypeError('fetch failed');
        },
      );
      return new Response(answer.body, { status: answer.status, headers: answer.headers });
    }) as typeof fetch,
    // A function that returns an object can be called with `new`.
    WebSocket: function open(url: string, options: { protocols: string[]; headers: Record<string, string> }) {
      const { pathname, search } = new URL(url);
      const socket = dial(member, pathname + search, options.protocols, options.headers);
      socket.on('message', (data) => take(member, JSON.parse(String(data))));
      return socket;
    } as never,
  });
  client.joinRoom(member.room, { roomId: member.roomId, after: member.lastSeq });
}

async function beRude(member: Member): Promise<void> {
  const [least, most] = IMPATIENT_PAUSE_MS;
  const pauseMs = least + Math.random() * (most - least);
  const agent = new Agent({ keepAlive: true, localAddress: member.address });
  const path = `/api/rooms/${encodeURIComponent(member.room)}/tokens`;
  const headers = { authorization: `Bearer ${member.accessToken}` };
  for (;;) {
    try {
      const answer = await tokenRequest(() => post(agent, new URL(path, order.website), headers, IMPATIENT_REQUEST_MS));
      if (answer.status === 201) {
        const { token } = JSON.parse(answer.body);
        const query = `?after=${member.lastSeq}&roomId=${member.roomId}`;
        const socket = dial(member, `/ws/${encodeURIComponent(member.room)}${query}`, [], {
          authorization: `Bearer ${token}`,
        });
        socket.on('message', (data) => take(member, JSON.parse(String(data))));
        await new Promise((resolve) => socket.once('close', resolve));
      }
    } catch {
      // Retried after the pause, like every other failure.
    }
    await sleep(pauseMs);
  }
}

process.on('message', async (message: { order?: CrowdOrder; reset?: Record<string, number>; look?: true }) => {
  if (message.order) {
    order = message.order;
    members = order.members.map((member) => ({ ...member, lastSeq: 0, open: false, back: false, resumed: false }));
    for (const [index, member] of members.entries()) {
      if (order.kind === 'patient') beFriendly(member);
      else void beRude(member);
      if (index % 10 === 9) await sleep(10_000 / order.joinsPerSecond);
    }
  }
  if (message.reset) {
    goal = message.reset;
    report = emptyReport();
    for (const member of members) {
      member.back = false;
      member.resumed = false;
    }
  }
  if (message.look) {
    const here = members.filter(({ open, back }) => open && back);
    report.joined = here.length;
    report.resumed = here.filter(({ resumed }) => resumed).length;
    report.upToDate = here.filter(({ lastSeq, roomId }) => lastSeq >= (goal[roomId] ?? 0)).length;
    process.send!(report);
  }
});
process.on('disconnect', () => process.exit(0));
