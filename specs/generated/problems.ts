// generated, do not edit: npm run generate
/** Every code that a problem (RFC 9457) can carry, with advice for clients. */
export const PROBLEMS = {
  /** The request does not match the contract. Correct the request as `errors` says. */
  invalid_request: { status: 400, title: "The request does not match the contract", retry: "never", stored: "no", advice: "Correct the request as `errors` says." },
  /** The body is not JSON. Send valid JSON in UTF-8. */
  invalid_json: { status: 400, title: "The body is not JSON", retry: "never", stored: "no", advice: "Send valid JSON in UTF-8." },
  /** A session is required. Do not repeat it with the same token or cookie. Log in again, or create a new access token. */
  not_authenticated: { status: 401, title: "A session is required", retry: "never", stored: "no", advice: "Do not repeat it with the same token or cookie. Log in again, or create a new access token." },
  /** The email address or the password is wrong. Ask the user for the email address and the password again. */
  invalid_credentials: { status: 401, title: "The email address or the password is wrong", retry: "never", advice: "Ask the user for the email address and the password again." },
  /** The token is missing, malformed, expired, already used or not issued by this server. Do not repeat it with the same token. For a socket, get a new room token with issueRoomToken. For a new password, request a new link. */
  invalid_token: { status: 401, title: "The token is missing, malformed, expired, already used or not issued by this server", retry: "never", advice: "Do not repeat it with the same token. For a socket, get a new room token with issueRoomToken. For a new password, request a new link." },
  /** This origin is not allowed. Use the site itself, or a bearer token. The operator must allow the origin of any other page. */
  bad_origin: { status: 403, title: "This origin is not allowed", retry: "never", stored: "no", advice: "Use the site itself, or a bearer token. The operator must allow the origin of any other page." },
  /** Only the owner of the room and administrators can do this. Do not try again. */
  not_room_owner: { status: 403, title: "Only the owner of the room and administrators can do this", retry: "never", advice: "Do not try again." },
  /** Only the author of the message can do this. Do not try again. Only the author can edit a message. The author, the owner of the room and administrators can delete it. */
  not_message_author: { status: 403, title: "Only the author of the message can do this", retry: "never", stored: "no", advice: "Do not try again. Only the author can edit a message. The author, the owner of the room and administrators can delete it." },
  /** The user is banned from this room. Leave the room. A socket is then closed with 4503. The owner of the room or an administrator can lift the ban. */
  banned: { status: 403, title: "The user is banned from this room", retry: "never", stored: "no", advice: "Leave the room. A socket is then closed with 4503. The owner of the room or an administrator can lift the ban." },
  /** This user cannot be banned or suspended. Do not try again. The owner of a room cannot be banned from it, and administrators cannot be banned or suspended. */
  protected_user: { status: 403, title: "This user cannot be banned or suspended", retry: "never", advice: "Do not try again. The owner of a room cannot be banned from it, and administrators cannot be banned or suspended." },
  /** Only administrators can do this. Do not try again. The operator makes a user an administrator. */
  not_administrator: { status: 403, title: "Only administrators can do this", retry: "never", advice: "Do not try again. The operator makes a user an administrator." },
  /** The account is suspended. Do not try again. An administrator can lift the suspension. */
  suspended: { status: 403, title: "The account is suspended", retry: "never", advice: "Do not try again. An administrator can lift the suspension." },
  /** Registration is closed. Do not try again. Nobody can register on this server. */
  registration_closed: { status: 403, title: "Registration is closed", retry: "never", advice: "Do not try again. Nobody can register on this server." },
  /** Registration needs a valid invitation. Ask the operator for an invitation. An invitation is valid once and for 7 days. */
  invalid_invitation: { status: 403, title: "Registration needs a valid invitation", retry: "never", advice: "Ask the operator for an invitation. An invitation is valid once and for 7 days." },
  /** The token is for another room. Get a token for this room with issueRoomToken. */
  wrong_room: { status: 403, title: "The token is for another room", retry: "never", advice: "Get a token for this room with issueRoomToken." },
  /** This server sends no mail. Tell the user to ask the operator of the server for a link that sets a new password. */
  mail_not_configured: { status: 403, title: "This server sends no mail", retry: "never", advice: "Tell the user to ask the operator of the server for a link that sets a new password." },
  /** There is nothing at this path. Check the path against the contract. */
  not_found: { status: 404, title: "There is nothing at this path", retry: "never", advice: "Check the path against the contract." },
  /** There is no such room. Stop. The room was deleted or never existed. */
  room_not_found: { status: 404, title: "There is no such room", retry: "never", stored: "no", advice: "Stop. The room was deleted or never existed." },
  /** There is no such user. Check the username. */
  user_not_found: { status: 404, title: "There is no such user", retry: "never", advice: "Check the username." },
  /** There is no such message in this room. Check the id and the room. A deleted message can still be read. */
  message_not_found: { status: 404, title: "There is no such message in this room", retry: "never", stored: "no", advice: "Check the id and the room. A deleted message can still be read." },
  /** There is no such session. List the sessions again. The session ended more than 10 minutes ago, or it belongs to another user. */
  session_not_found: { status: 404, title: "There is no such session", retry: "never", advice: "List the sessions again. The session ended more than 10 minutes ago, or it belongs to another user." },
  /** The method is not allowed here. Use a method that the `Allow` header names. */
  method_not_allowed: { status: 405, title: "The method is not allowed here", retry: "never", advice: "Use a method that the `Allow` header names." },
  /** The request took too long to arrive. Send it again. */
  request_timeout: { status: 408, title: "The request took too long to arrive", retry: "same-id", stored: "no", advice: "Send it again." },
  /** The email address is already registered. Log in instead. */
  email_taken: { status: 409, title: "The email address is already registered", retry: "never", advice: "Log in instead." },
  /** The username is taken. Choose another username. */
  username_taken: { status: 409, title: "The username is taken", retry: "never", advice: "Choose another username." },
  /** A room with this name, or one that looks the same, exists. Join it, or choose another name. */
  room_name_taken: { status: 409, title: "A room with this name, or one that looks the same, exists", retry: "never", advice: "Join it, or choose another name." },
  /** Another message has this id. Correct the client: it must choose a new id for each message. */
  id_conflict: { status: 409, title: "Another message has this id", retry: "never", stored: "no", advice: "Correct the client: it must choose a new id for each message." },
  /** Another room has this name now. Do not send the message to this room. The room that the message was for is deleted, and another room has its name. */
  other_room: { status: 409, title: "Another room has this name now", retry: "never", stored: "no", advice: "Do not send the message to this room. The room that the message was for is deleted, and another room has its name." },
  /** The message is deleted. Do not try again. A deletion is final. */
  message_deleted: { status: 409, title: "The message is deleted", retry: "never", stored: "no", advice: "Do not try again. A deletion is final." },
  /** The message has too many different reactions. Use an emoji that the message already has. */
  too_many_reactions: { status: 409, title: "The message has too many different reactions", retry: "never", stored: "no", advice: "Use an emoji that the message already has." },
  /** The room has too many bans. Lift bans that are no longer needed. */
  too_many_bans: { status: 409, title: "The room has too many bans", retry: "never", advice: "Lift bans that are no longer needed." },
  /** The message has a newer revision. Read the message, show the user both texts, and edit again with the new ETag. */
  stale_revision: { status: 412, title: "The message has a newer revision", retry: "never", stored: "no", advice: "Read the message, show the user both texts, and edit again with the new ETag." },
  /** The request is too large. Send less. */
  body_too_large: { status: 413, title: "The request is too large", retry: "never", stored: "no", advice: "Send less." },
  /** The media type is not supported. Send application/json in UTF-8. */
  unsupported_media_type: { status: 415, title: "The media type is not supported", retry: "never", stored: "no", advice: "Send application/json in UTF-8." },
  /** The server does not serve this host name. Use the address that the operator has published. Operators set `PUBLIC_URL`, or list the name in `ALLOWED_HOSTS`. */
  misdirected_request: { status: 421, title: "The server does not serve this host name", retry: "never", stored: "no", advice: "Use the address that the operator has published. Operators set `PUBLIC_URL`, or list the name in `ALLOWED_HOSTS`." },
  /** This is a WebSocket endpoint. Connect with a WebSocket client (RFC 6455, version 13). */
  upgrade_required: { status: 426, title: "This is a WebSocket endpoint", retry: "never", advice: "Connect with a WebSocket client (RFC 6455, version 13)." },
  /** Too many requests. Wait for the number of seconds in `Retry-After`, up to a day. A limit was reached: requests of the address or the user, wrong passwords, registrations, password resets, or rooms per day. */
  too_many_requests: { status: 429, title: "Too many requests", retry: "later", advice: "Wait for the number of seconds in `Retry-After`, up to a day. A limit was reached: requests of the address or the user, wrong passwords, registrations, password resets, or rooms per day." },
  /** Too many messages. Wait for `retryAfterMs` or `Retry-After`, then send the same request again, a message with the same id. This attempt does not count towards the limit. The error does not say whether an earlier attempt was stored. */
  rate_limited: { status: 429, title: "Too many messages", retry: "same-id", stored: "no", advice: "Wait for `retryAfterMs` or `Retry-After`, then send the same request again, a message with the same id. This attempt does not count towards the limit. The error does not say whether an earlier attempt was stored." },
  /** Too many sockets are open. Close sockets that are not needed, or try again later. */
  too_many_sockets: { status: 429, title: "Too many sockets are open", retry: "later", advice: "Close sockets that are not needed, or try again later." },
  /** The request header is too large. Send less. */
  headers_too_large: { status: 431, title: "The request header is too large", retry: "never", stored: "no", advice: "Send less." },
  /** Internal server error. Try again, a message with the same id. Report the `requestId` to the operator. */
  internal_error: { status: 500, title: "Internal server error", retry: "same-id", stored: "unknown", advice: "Try again, a message with the same id. Report the `requestId` to the operator." },
  /** A part of the server does not respond. Try again, a message with the same id. */
  bad_gateway: { status: 502, title: "A part of the server does not respond", retry: "same-id", stored: "unknown", advice: "Try again, a message with the same id." },
  /** The server is temporarily unavailable. Wait for the number of seconds in `Retry-After`, then try again. A socket is then closed with 1012: reconnect and send the same message with the same id. */
  unavailable: { status: 503, title: "The server is temporarily unavailable", retry: "same-id", stored: "no", advice: "Wait for the number of seconds in `Retry-After`, then try again. A socket is then closed with 1012: reconnect and send the same message with the same id." },
  /** It is unknown whether the message or the change was stored. Send the same request again, a message with the same id. The event of this attempt can still follow. */
  store_unavailable: { status: 503, title: "It is unknown whether the message or the change was stored", retry: "same-id", stored: "unknown", advice: "Send the same request again, a message with the same id. The event of this attempt can still follow." },
  /** A part of the server took too long. Try again, a message with the same id. */
  gateway_timeout: { status: 504, title: "A part of the server took too long", retry: "same-id", stored: "unknown", advice: "Try again, a message with the same id." },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** Every code that an error frame can carry, with advice for clients. */
export const SOCKET_ERRORS = {
  /** The body is not JSON. Send valid JSON in UTF-8. */
  invalid_json: { title: "The body is not JSON", retry: "never", stored: "no", advice: "Send valid JSON in UTF-8." },
  /** The user is banned from this room. Leave the room. A socket is then closed with 4503. The owner of the room or an administrator can lift the ban. */
  banned: { title: "The user is banned from this room", retry: "never", stored: "no", advice: "Leave the room. A socket is then closed with 4503. The owner of the room or an administrator can lift the ban." },
  /** Another message has this id. Correct the client: it must choose a new id for each message. */
  id_conflict: { title: "Another message has this id", retry: "never", stored: "no", advice: "Correct the client: it must choose a new id for each message." },
  /** Too many messages. Wait for `retryAfterMs` or `Retry-After`, then send the same request again, a message with the same id. This attempt does not count towards the limit. The error does not say whether an earlier attempt was stored. */
  rate_limited: { title: "Too many messages", retry: "same-id", stored: "no", advice: "Wait for `retryAfterMs` or `Retry-After`, then send the same request again, a message with the same id. This attempt does not count towards the limit. The error does not say whether an earlier attempt was stored." },
  /** Internal server error. Try again, a message with the same id. Report the `requestId` to the operator. */
  internal_error: { title: "Internal server error", retry: "same-id", stored: "unknown", advice: "Try again, a message with the same id. Report the `requestId` to the operator." },
  /** The server is temporarily unavailable. Wait for the number of seconds in `Retry-After`, then try again. A socket is then closed with 1012: reconnect and send the same message with the same id. */
  unavailable: { title: "The server is temporarily unavailable", retry: "same-id", stored: "no", advice: "Wait for the number of seconds in `Retry-After`, then try again. A socket is then closed with 1012: reconnect and send the same message with the same id." },
  /** It is unknown whether the message or the change was stored. Send the same request again, a message with the same id. The event of this attempt can still follow. */
  store_unavailable: { title: "It is unknown whether the message or the change was stored", retry: "same-id", stored: "unknown", advice: "Send the same request again, a message with the same id. The event of this attempt can still follow." },
  /** The frame does not match the contract. Correct the part of the frame that `pointer` names. After too many such frames the socket is closed with 4500. */
  invalid_frame: { title: "The frame does not match the contract", retry: "never", stored: "no", advice: "Correct the part of the frame that `pointer` names. After too many such frames the socket is closed with 4500." },
  /** Too many messages are waiting to be stored. Wait for acknowledgements and for `retryAfterMs`, then send the same message with the same id. */
  outbox_full: { title: "Too many messages are waiting to be stored", retry: "same-id", stored: "no", advice: "Wait for acknowledgements and for `retryAfterMs`, then send the same message with the same id." },
  /** The room was deleted. Stop. The socket is then closed with 4502. */
  room_gone: { title: "The room was deleted", retry: "never", stored: "no", advice: "Stop. The socket is then closed with 4502." },
  /** The session has ended. Log in again. The socket is then closed with 4501. */
  session_ended: { title: "The session has ended", retry: "never", stored: "no", advice: "Log in again. The socket is then closed with 4501." },
} as const;

export type SocketErrorCode = keyof typeof SOCKET_ERRORS;
