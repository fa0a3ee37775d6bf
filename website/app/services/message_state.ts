// The state of a message: selects it and maps it to the contract. Never writes; message_changes.ts does.
import type { components } from '@parlance/specs/http.ts';
import { type Expression, type ExpressionBuilder, sql } from 'kysely';
import type { Tables } from '../models.ts';

export type Message = components['schemas']['Message'];
type Reaction = components['schemas']['Reaction'];

type Selecting = ExpressionBuilder<Tables & { m: Tables['messages'] }, 'm'>;

/** The columns of a row of `messages as m`. */
export const rowColumns = [
  'm.seq',
  'm.id',
  'm.username',
  'm.content',
  'm.timestamp',
  'm.content_seq',
  'm.version',
  'm.edited_at',
  'm.deleted_at',
  'm.deleted_by',
] as const;

/** The columns that `messageOf` needs. A message without a version never changed, so it has no reactions. */
export const stateColumns = (eb: Selecting) =>
  [...rowColumns, eb.case().when('m.version', 'is not', null).then(reactions).end().as('reactions')] as const;

/** One entry per emoji (schema Reaction), from the current rows; equals the fold of the reaction events. */
const reactions: Expression<Reaction[] | null> = sql`(
  select json_agg(json_build_object('emoji', emoji, 'count', count, 'usernames', usernames) order by since)
  from (
    select emoji, since, count(*) as count,
      coalesce(json_agg(username order by seq) filter (where named), '[]') as usernames
    from reactions where room_id = m.room_id and message_id = m.id group by emoji, since
  ) entry)`;

export interface MessageRow {
  seq: number;
  id: string;
  username: string;
  content: string | null;
  timestamp: Date;
  content_seq: number | null;
  version: number | null;
  edited_at: Date | null;
  deleted_at: Date | null;
  deleted_by: string | null;
}

export interface StateRow extends MessageRow {
  reactions: Reaction[] | null;
}

/** The seq of the event that set the content: the creation, until the first edit. */
export const revisionOf = (row: Pick<StateRow, 'seq' | 'content_seq'>): number => row.content_seq ?? row.seq;

export function messageOf(row: StateRow, room: string): Message {
  const { seq, id, username, content, timestamp, version, edited_at, deleted_at, deleted_by } = row;
  return {
    id,
    seq,
    version: version ?? seq,
    room,
    username,
    timestamp: timestamp.toISOString(),
    revision: revisionOf(row),
    ...(content === null ? {} : { content, reactions: row.reactions ?? [] }),
    ...(edited_at === null ? {} : { editedAt: edited_at.toISOString() }),
    ...(deleted_at === null ? {} : { deletedAt: deleted_at.toISOString(), deletedBy: deleted_by! }),
  };
}
