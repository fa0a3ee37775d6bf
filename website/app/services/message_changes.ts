// Edits, deletions and reactions: checks preconditions, appends the event and updates the rows. Idempotent: a change
// without effect appends no event (G2). Never locks or assigns a seq; message_transaction.ts does.
import type { Log } from '@parlance/service/log.ts';
import { Problem } from '@parlance/service/problem.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { sql, type Updateable } from 'kysely';
import type { Databases } from '../database.ts';
import type { Tables } from '../models.ts';
import { type Message, type MessageRow, revisionOf } from './message_state.ts';
import { changeMessage, type MessageChange, type Target } from './message_transaction.ts';

/**
 * Replaces the text. `ifMatch` is an entity tag or `*`; it is not checked if the message already has this text
 * (RFC 9110, 13.1.1). Throws not_message_author, message_deleted, stale_revision, or what changeMessage throws.
 */
export const editMessage = (
  dbs: Databases,
  target: Target,
  edit: { content: string; ifMatch?: string | undefined },
  log: Log,
): Promise<Message> =>
  changeMessage(dbs, target, log, async (change) => {
    const { message, seq, at } = change;
    if (message.username !== target.user.username) throw new Problem('not_message_author');
    refuseDeleted(message);
    if (message.content === edit.content) return change.state();
    const { ifMatch = '*' } = edit;
    if (ifMatch !== '*' && strong(ifMatch) !== entityTag(revisionOf(message))) throw new Problem('stale_revision');
    const edited = { content: edit.content, content_seq: seq, edited_at: at };
    await change.append({ type: 'message.edited', ...withdrawn(change, edited) });
    return change.state();
  });

/**
 * Replaces text and reactions by a permanent tombstone: for the author, the owner of the room and administrators.
 * Throws not_message_author, or what changeMessage throws.
 */
export async function deleteMessage(dbs: Databases, target: Target, log: Log): Promise<void> {
  const { id, username, isAdmin } = target.user;
  await changeMessage(dbs, target, log, async (change) => {
    const { tx, roomId, message, seq, at } = change;
    if (message.username !== username && change.ownerId !== id && !isAdmin) throw new Problem('not_message_author');
    if (message.deleted_at !== null) return;
    const gone = { content: null, content_seq: seq, edited_at: null, deleted_at: at, deleted_by: username };
    const { message: columns, also } = withdrawn(change, gone);
    const reactions = tx.deleteFrom('reactions').where('room_id', '=', roomId).where('message_id', '=', message.id);
    const room = { message_count: sql<number>`message_count - 1` };
    await change.append({ type: 'message.deleted', message: columns, room, also: [...also, reactions] });
  });
}

/** Throws message_deleted, too_many_reactions, or what changeMessage throws. */
export async function addReaction(dbs: Databases, target: Target, emoji: string, log: Log): Promise<void> {
  const { username } = target.user;
  await changeMessage(dbs, target, log, async (change) => {
    const { tx, roomId, message, seq } = change;
    refuseDeleted(message);
    const all = tx.selectFrom('reactions').where('room_id', '=', roomId).where('message_id', '=', message.id);
    const same = all.where('emoji', '=', emoji);
    const others = await same
      .select(({ fn }) => ['since', fn.countAll<number>().filterWhere('named', '=', true).as('named')])
      .select(({ fn }) => fn.agg<boolean>('bool_or', [sql`username = ${username}`]).as('isMine'))
      .groupBy('since')
      .executeTakeFirst();
    if (others?.isMine) return;
    if (!others) {
      const different = await all.select('emoji').distinct().execute();
      if (different.length >= LIMITS.reactionsPerMessage) throw new Problem('too_many_reactions');
    }
    const since = others?.since ?? seq;
    const named = (others?.named ?? 0) < LIMITS.reactionNamed;
    const reaction = { room_id: roomId, message_id: message.id, emoji, username, seq, since, named };
    await change.append({ type: 'reaction.added', emoji, also: [tx.insertInto('reactions').values(reaction)] });
  });
}

/** Throws message_deleted, or what changeMessage throws. */
export async function removeReaction(dbs: Databases, target: Target, emoji: string, log: Log): Promise<void> {
  await changeMessage(dbs, target, log, async (change) => {
    refuseDeleted(change.message);
    const { tx, roomId, message } = change;
    const mine = tx.deleteFrom('reactions').where('room_id', '=', roomId).where('message_id', '=', message.id);
    const removed = mine.where('emoji', '=', emoji).where('username', '=', target.user.username);
    const { numDeletedRows } = await removed.executeTakeFirstOrThrow();
    if (numDeletedRows > 0n) await change.append({ type: 'reaction.removed', emoji });
  });
}

/** The ETag of a message with this revision. */
export const entityTag = (revision: number): string => `"${revision}"`;

/** Strips the `W/` that a compressing proxy adds to entity tags: the text is the same in any encoding. */
const strong = (tag: string): string => tag.replace(/^W\//, '');

function refuseDeleted(message: MessageRow): void {
  if (message.deleted_at !== null) throw new Problem('message_deleted');
}

/** With `columns`, sets `superseded_by` on the event that set the previous text: the creation or the last edit. */
function withdrawn({ tx, roomId, message, seq }: MessageChange, columns: Updateable<Tables['messages']>) {
  const superseded = { superseded_by: seq };
  if (message.content_seq === null) return { message: { ...columns, ...superseded }, also: [] };
  const edited = tx.updateTable('room_events').set(superseded).where('room_id', '=', roomId);
  return { message: columns, also: [edited.where('seq', '=', message.content_seq)] };
}
