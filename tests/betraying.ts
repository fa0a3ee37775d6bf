// Helpers for betrayals: they find the operation of a request, and change an answer, a problem or a frame.
import openapi from '@parlance/specs/openapi.json' with { type: 'json' };
import type { Answered, Asked } from './faulty_proxy.ts';

// biome-ignore lint/suspicious/noExplicitAny: bodies are whatever the server sent
export type Json = any;

export interface Operation {
  id: string;
  method: string;
  path: RegExp;
  query: string[];
  answers: string[];
}

const parameter = ({ $ref }: { $ref: string }) =>
  openapi.components.parameters[$ref.split('/').at(-1) as keyof typeof openapi.components.parameters];

export const OPERATIONS: Operation[] = Object.entries(openapi.paths).flatMap(([path, item]) =>
  Object.entries(item as Record<string, Json>).map(([method, { operationId, parameters = [], responses }]) => ({
    id: operationId,
    method: method.toUpperCase(),
    path: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/?]+')}(?=\\?|$)`),
    query: parameters.map(parameter).flatMap((one: Json) => (one.in === 'query' ? [one.name] : [])),
    answers: Object.keys(responses),
  })),
);

/** Whether a request calls the operation with this id. */
export const is = (id: string, { method, url }: Asked) =>
  OPERATIONS.some((one) => one.id === id && one.method === method && one.path.test(url));

/** Changes the JSON of the answers of one operation. */
export const body =
  (id: string, status: number, change: (body: Json) => void) => (answered: Answered, asked: Asked) => {
    if (!is(id, asked) || answered.status !== status) return;
    const value = JSON.parse(String(answered.body));
    change(value);
    answered.body = Buffer.from(JSON.stringify(value));
  };

/** Changes every frame of one type. */
export const frame = (type: string, change: (frame: Json) => Json[]) => () => (one: Json) =>
  one.type === type ? change(one) : [one];

/** Changes every frame that is an event. */
export const event = (change: (event: Json) => Json[]) => () => (one: Json) =>
  typeof one.seq === 'number' ? change(one) : [one];

/** Changes listEvents answers with fewer than 20 events: the rows check each event of those rooms. */
export const shortLog = (change: (events: Json[]) => Json[]) =>
  body('listEvents', 200, (page) => {
    if (page.events.length < 20) page.events = change(page.events);
  });

/** Changes every problem. */
export const problem = (change: (problem: Json) => void) => (answered: Answered) => {
  if (answered.headers['content-type'] !== 'application/problem+json') return;
  const value = JSON.parse(String(answered.body));
  change(value);
  answered.body = Buffer.from(JSON.stringify(value));
};

/** Replaces the id of a message that is sent again over HTTP, so that the server stores it twice. */
export function storeTwice(): (asked: Asked) => void {
  const sent = new Set<string>();
  return (asked) => {
    if (!is('sendMessage', asked)) return;
    const id = /"id":"([0-9a-f-]{36})"/.exec(String(asked.body))?.[1];
    if (id === undefined) return;
    const key = `${asked.url} ${id}`;
    if (sent.has(key)) asked.body = Buffer.from(String(asked.body).replace(id, crypto.randomUUID()));
    sent.add(key);
  };
}

/** Increments the count of a reaction after a user adds it a second time. */
export function countTwice(): (answered: Answered, asked: Asked) => void {
  const added = new Set<string>();
  const twice = new Set<string>();
  const count = (message: Json) => {
    for (const reaction of message.reactions ?? []) {
      if (twice.has(`${message.id} ${reaction.emoji}`)) reaction.count += 1;
    }
  };
  const inMessage = body('getMessage', 200, count);
  const inPage = body('listMessages', 200, ({ messages }) => messages.forEach(count));
  return (answered, asked) => {
    inMessage(answered, asked);
    inPage(answered, asked);
    if (!is('addReaction', asked) || answered.status !== 204) return;
    const key = `${asked.url} ${asked.headers.authorization}`;
    const [, id, emoji] = /messages\/([^/]+)\/reactions\/(.+)$/.exec(asked.url) ?? [];
    if (added.has(key)) twice.add(`${id} ${decodeURIComponent(emoji ?? '')}`);
    added.add(key);
  };
}
