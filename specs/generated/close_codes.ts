// generated, do not edit: npm run generate
/** The meaning of each close code, with advice for clients. */
export const CLOSE_CODES = {
  /** The client closed the socket. Nothing to do. */
  1000: { name: "normal", meaning: "The client closed the socket.", client: "stop", advice: "Nothing to do." },
  /** The page or the program that held the socket is going away. A program reconnects and resumes, with backoff. A page does so when it is shown again. */
  1001: { name: "going_away", meaning: "The page or the program that held the socket is going away.", client: "reconnect", backoff: "normal", advice: "A program reconnects and resumes, with backoff. A page does so when it is shown again." },
  /** The peer broke the WebSocket protocol (RFC 6455). Correct the client's WebSocket library. */
  1002: { name: "protocol_error", meaning: "The peer broke the WebSocket protocol (RFC 6455).", client: "fix", advice: "Correct the client's WebSocket library." },
  /** The client sent a binary frame. Frames are text. Send text frames. */
  1003: { name: "unsupported_data", meaning: "The client sent a binary frame. Frames are text.", client: "fix", advice: "Send text frames." },
  /** A text frame was not UTF-8. Send UTF-8. */
  1007: { name: "invalid_payload", meaning: "A text frame was not UTF-8.", client: "fix", advice: "Send UTF-8." },
  /** A frame was larger than the limit. Send smaller frames; the largest legal message fits. */
  1009: { name: "message_too_big", meaning: "A frame was larger than the limit.", client: "fix", advice: "Send smaller frames; the largest legal message fits." },
  /** The server had an internal error. Reconnect and resume, with backoff. */
  1011: { name: "internal_error", meaning: "The server had an internal error.", client: "reconnect", backoff: "normal", advice: "Reconnect and resume, with backoff." },
  /** The server is restarting. Reconnect and resume, with backoff. */
  1012: { name: "service_restart", meaning: "The server is restarting.", client: "reconnect", backoff: "normal", advice: "Reconnect and resume, with backoff." },
  /** The server cannot accept the socket now. Reconnect and resume, with the longer backoff. */
  1013: { name: "try_again_later", meaning: "The server cannot accept the socket now.", client: "reconnect", backoff: "longer", advice: "Reconnect and resume, with the longer backoff." },
  /** The client read too slowly and fell behind. Reconnect and resume after the last seq that you handled, with backoff. */
  4000: { name: "too_slow", meaning: "The client read too slowly and fell behind.", client: "reconnect", backoff: "normal", advice: "Reconnect and resume after the last seq that you handled, with backoff." },
  /** The client did not answer a ping in time. Reconnect and resume, with backoff. */
  4001: { name: "ping_timeout", meaning: "The client did not answer a ping in time.", client: "reconnect", backoff: "normal", advice: "Reconnect and resume, with backoff." },
  /** The client sent more frames than the limit `framesPer10s` allows. Send less. Reconnect and resume, with the longer backoff. */
  4002: { name: "flood", meaning: "The client sent more frames than the limit `framesPer10s` allows.", client: "reconnect", backoff: "longer", advice: "Send less. Reconnect and resume, with the longer backoff." },
  /** The user or the address has too many sockets open. Close sockets that are not needed. Reconnect and resume, with the longer backoff. */
  4003: { name: "too_many_sockets", meaning: "The user or the address has too many sockets open.", client: "reconnect", backoff: "longer", advice: "Close sockets that are not needed. Reconnect and resume, with the longer backoff." },
  /** The client sent too many frames that do not match the contract. Correct the client. */
  4500: { name: "too_many_off_spec_frames", meaning: "The client sent too many frames that do not match the contract.", client: "stop", advice: "Correct the client." },
  /** The session ended: by a logout, by expiry, from another session, because the password was changed or reset, or because the account was deleted or suspended. Log in again and resume; the cursor is still valid. If the login is refused with 401 or 403 `suspended`, stop. */
  4501: { name: "session_ended", meaning: "The session ended: by a logout, by expiry, from another session, because the password was changed or reset, or because the account was deleted or suspended.", client: "stop", advice: "Log in again and resume; the cursor is still valid. If the login is refused with 401 or 403 `suspended`, stop." },
  /** The room was deleted. Leave the room. */
  4502: { name: "room_deleted", meaning: "The room was deleted.", client: "stop", advice: "Leave the room." },
  /** The user was banned from the room. Leave the room. */
  4503: { name: "banned", meaning: "The user was banned from the room.", client: "stop", advice: "Leave the room." },
} as const;

export type CloseCode = keyof typeof CLOSE_CODES;

/** The close codes by name. */
export const CLOSE = {
  /** The client closed the socket. Nothing to do. */
  normal: 1000,
  /** The page or the program that held the socket is going away. A program reconnects and resumes, with backoff. A page does so when it is shown again. */
  going_away: 1001,
  /** The peer broke the WebSocket protocol (RFC 6455). Correct the client's WebSocket library. */
  protocol_error: 1002,
  /** The client sent a binary frame. Frames are text. Send text frames. */
  unsupported_data: 1003,
  /** A text frame was not UTF-8. Send UTF-8. */
  invalid_payload: 1007,
  /** A frame was larger than the limit. Send smaller frames; the largest legal message fits. */
  message_too_big: 1009,
  /** The server had an internal error. Reconnect and resume, with backoff. */
  internal_error: 1011,
  /** The server is restarting. Reconnect and resume, with backoff. */
  service_restart: 1012,
  /** The server cannot accept the socket now. Reconnect and resume, with the longer backoff. */
  try_again_later: 1013,
  /** The client read too slowly and fell behind. Reconnect and resume after the last seq that you handled, with backoff. */
  too_slow: 4000,
  /** The client did not answer a ping in time. Reconnect and resume, with backoff. */
  ping_timeout: 4001,
  /** The client sent more frames than the limit `framesPer10s` allows. Send less. Reconnect and resume, with the longer backoff. */
  flood: 4002,
  /** The user or the address has too many sockets open. Close sockets that are not needed. Reconnect and resume, with the longer backoff. */
  too_many_sockets: 4003,
  /** The client sent too many frames that do not match the contract. Correct the client. */
  too_many_off_spec_frames: 4500,
  /** The session ended: by a logout, by expiry, from another session, because the password was changed or reset, or because the account was deleted or suspended. Log in again and resume; the cursor is still valid. If the login is refused with 401 or 403 `suspended`, stop. */
  session_ended: 4501,
  /** The room was deleted. Leave the room. */
  room_deleted: 4502,
  /** The user was banned from the room. Leave the room. */
  banned: 4503,
} as const;
