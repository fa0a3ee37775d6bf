// generated, do not edit: npm run generate
/** Every code that a problem (RFC 9457) can carry, with what a client should do. */
export const PROBLEMS = {
  /** The request is not as the contract says. Correct what `errors` points to. */
  invalid_request: { status: 400, title: "The request is not as the contract says", retry: "never", stored: "no", advice: "Correct what `errors` points to." },
  /** The body is not JSON. Send valid JSON in UTF-8. */
  invalid_json: { status: 400, title: "The body is not JSON", retry: "never", stored: "no", advice: "Send valid JSON in UTF-8." },
  /** A session is needed. Never with the same token or cookie: log in again, or create a new access token. */
  not_authenticated: { status: 401, title: "A session is needed", retry: "never", stored: "no", advice: "Never with the same token or cookie: log in again, or create a new access token." },
  /** Email and password do not fit an account. Ask the user again. */
  invalid_credentials: { status: 401, title: "Email and password do not fit an account", retry: "never", advice: "Ask the user again." },
  /** The token is missing, malformed, expired, used or not ours. Never with the same token. For a socket, ask for a new one with issueRoomToken; for a new password, ask for a new link. */
  invalid_token: { status: 401, title: "The token is missing, malformed, expired, used or not ours", retry: "never", advice: "Never with the same token. For a socket, ask for a new one with issueRoomToken; for a new password, ask for a new link." },
  /** This origin may not do that. Use the site itself, a bearer token, or ask the operator to allow the origin. */
  bad_origin: { status: 403, title: "This origin may not do that", retry: "never", stored: "no", advice: "Use the site itself, a bearer token, or ask the operator to allow the origin." },
  /** Only the owner of the room and administrators may do that. Do not try again. */
  not_room_owner: { status: 403, title: "Only the owner of the room and administrators may do that", retry: "never", advice: "Do not try again." },
  /** Only the author of the message may do that. Do not try again. A message is edited by its author alone, and deleted by its author, the owner of the room or an administrator. */
  not_message_author: { status: 403, title: "Only the author of the message may do that", retry: "never", stored: "no", advice: "Do not try again. A message is edited by its author alone, and deleted by its author, the owner of the room or an administrator." },
  /** The user is banned from this room. Leave the room; on a socket close 4503 follows. Its owner or an administrator can lift the ban. */
  banned: { status: 403, title: "The user is banned from this room", retry: "never", stored: "no", advice: "Leave the room; on a socket close 4503 follows. Its owner or an administrator can lift the ban." },
  /** This user cannot be banned or suspended. Do not try again: the owner of a room cannot be banned from it, administrators can be neither banned nor suspended. */
  protected_user: { status: 403, title: "This user cannot be banned or suspended", retry: "never", advice: "Do not try again: the owner of a room cannot be banned from it, administrators can be neither banned nor suspended." },
  /** Only administrators may do that. Do not try again. The operator makes a user an administrator. */
  not_administrator: { status: 403, title: "Only administrators may do that", retry: "never", advice: "Do not try again. The operator makes a user an administrator." },
  /** The account is suspended. Do not try again: an administrator can lift the suspension. */
  suspended: { status: 403, title: "The account is suspended", retry: "never", advice: "Do not try again: an administrator can lift the suspension." },
  /** Registration is closed. Nobody can register on this server. */
  registration_closed: { status: 403, title: "Registration is closed", retry: "never", advice: "Nobody can register on this server." },
  /** Registration needs a valid invitation. Ask the operator for an invitation. Each is valid once and for 7 days. */
  invalid_invitation: { status: 403, title: "Registration needs a valid invitation", retry: "never", advice: "Ask the operator for an invitation. Each is valid once and for 7 days." },
  /** The token is for another room. Ask for a token of this room. */
  wrong_room: { status: 403, title: "The token is for another room", retry: "never", advice: "Ask for a token of this room." },
  /** This server sends no mail. Tell the user to ask the operator of the server for a link that sets a new password. */
  mail_not_configured: { status: 403, title: "This server sends no mail", retry: "never", advice: "Tell the user to ask the operator of the server for a link that sets a new password." },
  /** There is nothing here. Look the path up in the contract. */
  not_found: { status: 404, title: "There is nothing here", retry: "never", advice: "Look the path up in the contract." },
  /** There is no such room. The room was deleted or never existed: stop. */
  room_not_found: { status: 404, title: "There is no such room", retry: "never", stored: "no", advice: "The room was deleted or never existed: stop." },
  /** There is no such user. Check the username. */
  user_not_found: { status: 404, title: "There is no such user", retry: "never", advice: "Check the username." },
  /** There is no such message in this room. Check the id and the room. A deleted message is still found. */
  message_not_found: { status: 404, title: "There is no such message in this room", retry: "never", stored: "no", advice: "Check the id and the room. A deleted message is still found." },
  /** There is no such session. It ended more than 10 minutes ago, or belongs to somebody else: list the sessions again. */
  session_not_found: { status: 404, title: "There is no such session", retry: "never", advice: "It ended more than 10 minutes ago, or belongs to somebody else: list the sessions again." },
  /** The method is not allowed here. Use a method that the `Allow` header names. */
  method_not_allowed: { status: 405, title: "The method is not allowed here", retry: "never", advice: "Use a method that the `Allow` header names." },
  /** The request took too long to arrive. Send it again. */
  request_timeout: { status: 408, title: "The request took too long to arrive", retry: "same-id", stored: "no", advice: "Send it again." },
  /** The email address is registered already. Log in instead. */
  email_taken: { status: 409, title: "The email address is registered already", retry: "never", advice: "Log in instead." },
  /** The username is taken. Choose another. */
  username_taken: { status: 409, title: "The username is taken", retry: "never", advice: "Choose another." },
  /** A room with this name, or one that looks the same, exists. Join it, or choose another name. */
  room_name_taken: { status: 409, title: "A room with this name, or one that looks the same, exists", retry: "never", advice: "Join it, or choose another name." },
  /** Another message has this id. A fault of the client: make a new id for each message. */
  id_conflict: { status: 409, title: "Another message has this id", retry: "never", stored: "no", advice: "A fault of the client: make a new id for each message." },
  /** The name belongs to another room. The room that the message was for is gone, and another one has its name: do not send the message there. */
  other_room: { status: 409, title: "The name belongs to another room", retry: "never", stored: "no", advice: "The room that the message was for is gone, and another one has its name: do not send the message there." },
  /** The message is deleted. Do not try again: a deletion is final. */
  message_deleted: { status: 409, title: "The message is deleted", retry: "never", stored: "no", advice: "Do not try again: a deletion is final." },
  /** The message has too many different reactions. Use an emoji that the message has already, or none. */
  too_many_reactions: { status: 409, title: "The message has too many different reactions", retry: "never", stored: "no", advice: "Use an emoji that the message has already, or none." },
  /** The room has too many bans. Lift bans that are not needed any more. */
  too_many_bans: { status: 409, title: "The room has too many bans", retry: "never", advice: "Lift bans that are not needed any more." },
  /** The message was edited meanwhile. Read the message, show both texts, and edit again with the new ETag. */
  stale_revision: { status: 412, title: "The message was edited meanwhile", retry: "never", stored: "no", advice: "Read the message, show both texts, and edit again with the new ETag." },
  /** The request is too large. Send less. */
  body_too_large: { status: 413, title: "The request is too large", retry: "never", stored: "no", advice: "Send less." },
  /** The media type is not supported. Send application/json in UTF-8. */
  unsupported_media_type: { status: 415, title: "The media type is not supported", retry: "never", stored: "no", advice: "Send application/json in UTF-8." },
  /** The server does not answer to this host name. Use the address that the operator gives. Operators set `PUBLIC_URL`, or list the name in `ALLOWED_HOSTS`. */
  misdirected_request: { status: 421, title: "The server does not answer to this host name", retry: "never", stored: "no", advice: "Use the address that the operator gives. Operators set `PUBLIC_URL`, or list the name in `ALLOWED_HOSTS`." },
  /** This is a WebSocket endpoint. Open it with a WebSocket client (RFC 6455, version 13). */
  upgrade_required: { status: 426, title: "This is a WebSocket endpoint", retry: "never", advice: "Open it with a WebSocket client (RFC 6455, version 13)." },
  /** Too many requests. Wait for the seconds that `Retry-After` names, up to a day. A limit was reached: requests of the address or the user, wrong passwords, registrations, password resets, or rooms per day. */
  too_many_requests: { status: 429, title: "Too many requests", retry: "later", advice: "Wait for the seconds that `Retry-After` names, up to a day. A limit was reached: requests of the address or the user, wrong passwords, registrations, password resets, or rooms per day." },
  /** Too many messages. Wait for `retryAfterMs` or `Retry-After`, then send the same request again, a message with its same id. This attempt does not count. It does not say whether an earlier attempt was stored. */
  rate_limited: { status: 429, title: "Too many messages", retry: "same-id", stored: "no", advice: "Wait for `retryAfterMs` or `Retry-After`, then send the same request again, a message with its same id. This attempt does not count. It does not say whether an earlier attempt was stored." },
  /** Too many sockets are open. Close some, or try later. */
  too_many_sockets: { status: 429, title: "Too many sockets are open", retry: "later", advice: "Close some, or try later." },
  /** The request header is too large. Send less. */
  headers_too_large: { status: 431, title: "The request header is too large", retry: "never", stored: "no", advice: "Send less." },
  /** The server made a mistake. Try again, a message with the same id; report the `requestId`. */
  internal_error: { status: 500, title: "The server made a mistake", retry: "same-id", stored: "unknown", advice: "Try again, a message with the same id; report the `requestId`." },
  /** A part of the server does not answer. Try again, a message with the same id. */
  bad_gateway: { status: 502, title: "A part of the server does not answer", retry: "same-id", stored: "unknown", advice: "Try again, a message with the same id." },
  /** The server cannot answer now. Wait for the seconds that `Retry-After` names, then try again. On a socket close 1012 follows: connect again, then send the same message with the same id. */
  unavailable: { status: 503, title: "The server cannot answer now", retry: "same-id", stored: "no", advice: "Wait for the seconds that `Retry-After` names, then try again. On a socket close 1012 follows: connect again, then send the same message with the same id." },
  /** It is unknown whether the message or the change was stored. Send the same request again, a message with its same id. Its event may still follow. */
  store_unavailable: { status: 503, title: "It is unknown whether the message or the change was stored", retry: "same-id", stored: "unknown", advice: "Send the same request again, a message with its same id. Its event may still follow." },
  /** A part of the server took too long. Try again, a message with the same id. */
  gateway_timeout: { status: 504, title: "A part of the server took too long", retry: "same-id", stored: "unknown", advice: "Try again, a message with the same id." },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** Every code that an error frame can carry, with what a client should do. */
export const SOCKET_ERRORS = {
  /** The body is not JSON. Send valid JSON in UTF-8. */
  invalid_json: { title: "The body is not JSON", retry: "never", stored: "no", advice: "Send valid JSON in UTF-8." },
  /** The user is banned from this room. Leave the room; on a socket close 4503 follows. Its owner or an administrator can lift the ban. */
  banned: { title: "The user is banned from this room", retry: "never", stored: "no", advice: "Leave the room; on a socket close 4503 follows. Its owner or an administrator can lift the ban." },
  /** Another message has this id. A fault of the client: make a new id for each message. */
  id_conflict: { title: "Another message has this id", retry: "never", stored: "no", advice: "A fault of the client: make a new id for each message." },
  /** Too many messages. Wait for `retryAfterMs` or `Retry-After`, then send the same request again, a message with its same id. This attempt does not count. It does not say whether an earlier attempt was stored. */
  rate_limited: { title: "Too many messages", retry: "same-id", stored: "no", advice: "Wait for `retryAfterMs` or `Retry-After`, then send the same request again, a message with its same id. This attempt does not count. It does not say whether an earlier attempt was stored." },
  /** The server made a mistake. Try again, a message with the same id; report the `requestId`. */
  internal_error: { title: "The server made a mistake", retry: "same-id", stored: "unknown", advice: "Try again, a message with the same id; report the `requestId`." },
  /** The server cannot answer now. Wait for the seconds that `Retry-After` names, then try again. On a socket close 1012 follows: connect again, then send the same message with the same id. */
  unavailable: { title: "The server cannot answer now", retry: "same-id", stored: "no", advice: "Wait for the seconds that `Retry-After` names, then try again. On a socket close 1012 follows: connect again, then send the same message with the same id." },
  /** It is unknown whether the message or the change was stored. Send the same request again, a message with its same id. Its event may still follow. */
  store_unavailable: { title: "It is unknown whether the message or the change was stored", retry: "same-id", stored: "unknown", advice: "Send the same request again, a message with its same id. Its event may still follow." },
  /** The frame is not as the contract says. Correct what `pointer` points to. After too many such frames the socket is closed with 4500. */
  invalid_frame: { title: "The frame is not as the contract says", retry: "never", stored: "no", advice: "Correct what `pointer` points to. After too many such frames the socket is closed with 4500." },
  /** Too many messages are waiting to be stored. Wait for acknowledgements and as told, then send the same message with the same id. */
  outbox_full: { title: "Too many messages are waiting to be stored", retry: "same-id", stored: "no", advice: "Wait for acknowledgements and as told, then send the same message with the same id." },
  /** The room was deleted. Stop; close 4502 follows. */
  room_gone: { title: "The room was deleted", retry: "never", stored: "no", advice: "Stop; close 4502 follows." },
  /** The session has ended. Log in again; close 4501 follows. */
  session_ended: { title: "The session has ended", retry: "never", stored: "no", advice: "Log in again; close 4501 follows." },
} as const;

export type SocketErrorCode = keyof typeof SOCKET_ERRORS;
