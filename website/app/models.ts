// The tables as types, one property per column of db/init.sql and db/migrations/.
import type { ColumnType, Generated, GeneratedAlways } from 'kysely';

type CreatedAt = ColumnType<Date, never, never>;

export interface Tables {
  users: {
    id: GeneratedAlways<string>;
    email: string | null;
    email_key: string | null;
    username: string;
    username_key: GeneratedAlways<string>;
    hashed_password: string | null;
    created_at: CreatedAt;
    is_admin: Generated<boolean>;
    suspended_at: Date | null;
    deleted_at: Date | null;
  };
  sessions: {
    handle: Generated<string>;
    cookie_hash: Buffer | null;
    user_id: string;
    created_at: CreatedAt;
    expires_at: Date;
    ended_at: Date | null;
  };
  password_resets: {
    token_hash: Buffer;
    user_id: string;
    expires_at: Date;
  };
  erasures: {
    user_id: string;
    room_id: Generated<string>;
    seq: number | null;
    leased_until: Generated<Date>;
  };
  chat_rooms: {
    id: GeneratedAlways<string>;
    name: string;
    name_key: string;
    name_skeleton: string | null;
    key_skeleton: string | null;
    owner_id: string;
    created_at: CreatedAt;
    last_seq: Generated<number>;
    deleted_at: Date | null;
    message_count: Generated<number>;
    /** Usernames; null: nobody. */
    banned: string[] | null;
  };
  messages: {
    room_id: string;
    seq: number;
    id: string;
    username: string;
    content: string | null;
    timestamp: Date;
    content_seq: number | null;
    version: number | null;
    superseded_by: number | null;
    edited_at: Date | null;
    deleted_at: Date | null;
    deleted_by: string | null;
  };
  room_events: {
    room_id: string;
    seq: number;
    type: string;
    message_id: string;
    username: string;
    emoji: string | null;
    superseded_by: number | null;
    timestamp: Date;
  };
  reactions: {
    room_id: string;
    message_id: string;
    emoji: string;
    username: string;
    seq: number;
    since: number;
    named: boolean;
  };
  bans: {
    room_id: string;
    username: string;
    username_key: GeneratedAlways<string>;
    banned_by: string;
    created_at: Date;
    changed_at: Date;
    lifted_at: Date | null;
  };
  invitations: {
    token_hash: Buffer;
    created_at: CreatedAt;
    expires_at: Date;
    used_at: Date | null;
    used_by: string | null;
  };
  signing_keys: {
    kid: string;
    purpose: 'room' | 'access';
    private_key: string;
    created_at: CreatedAt;
  };
  rate_limits: {
    key: string;
    points: Generated<number>;
    expire: number | null;
  };
}
