// The log of a room over HTTP: history, events, sending, editing, deleting, reacting. Sets status codes and headers.
// Never applies a domain rule; the services do.
import type { Log } from '@parlance/service/log.ts';
import type { operations } from '@parlance/specs/http.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import type { Request } from 'express';
import type { Databases } from '../database.ts';
import type { Limits } from '../limits.ts';
import type { Handlers } from '../operations.ts';
import { invalid } from '../problems.ts';
import { listEvents } from '../services/events.ts';
import { addReaction, deleteMessage, editMessage, entityTag, removeReaction } from '../services/message_changes.ts';
import type { Message } from '../services/message_state.ts';
import type { Target } from '../services/message_transaction.ts';
import { getMessage, listMessages, sendMessage } from '../services/messages.ts';
import { viewerOf } from '../viewer.ts';

type LogOperations = Pick<
  operations,
  | 'listMessages'
  | 'sendMessage'
  | 'getMessage'
  | 'editMessage'
  | 'deleteMessage'
  | 'addReaction'
  | 'removeReaction'
  | 'listEvents'
>;

export function messages(dbs: Databases, limits: Limits, log: Log): Handlers<LogOperations> {
  const db = dbs.general;
  /** Every change counts against the user's message rate limit in the room. */
  const target = (request: Request, path: { roomName: string; messageId: string }): Target => {
    const { user, sid } = viewerOf(request);
    limits.message(user.id, path.roomName);
    return { ...path, user, sid };
  };
  return {
    listMessages: async ({ path, query: { before, after, limit = LIMITS.pageDefault } }) => {
      if (before !== undefined && after !== undefined) throw invalid('/query/after', 'cannot be combined with before');
      return { status: 200, body: await listMessages(db, path.roomName, { before, after, limit }) };
    },

    listEvents: async ({ path, query: { after = 0, limit = LIMITS.pageDefault } }) => ({
      status: 200,
      body: await listEvents(db, path.roomName, { after, limit }),
    }),

    sendMessage: async ({ request, path, body }) => {
      const { user, sid } = viewerOf(request);
      limits.message(user.id, path.roomName);
      const sender = { username: user.username, sid };
      const { stored, message } = await sendMessage(dbs, path.roomName, sender, body, log);
      return { status: stored ? 201 : 200, body: message };
    },

    getMessage: async ({ path }) => tagged(await getMessage(db, path.roomName, path.messageId)),

    editMessage: async ({ request, path, body }) => {
      const edit = { content: body.content, ifMatch: request.get('If-Match') };
      return tagged(await editMessage(dbs, target(request, path), edit, log));
    },

    deleteMessage: async ({ request, path }) => {
      await deleteMessage(dbs, target(request, path), log);
      return { status: 204 };
    },

    addReaction: async ({ request, path }) => {
      await addReaction(dbs, target(request, path), path.emoji, log);
      return { status: 204 };
    },

    removeReaction: async ({ request, path }) => {
      await removeReaction(dbs, target(request, path), path.emoji, log);
      return { status: 204 };
    },
  };
}

const tagged = (message: Message) => ({
  status: 200 as const,
  body: message,
  headers: { ETag: entityTag(message.revision) },
});
