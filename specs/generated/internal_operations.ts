// generated, do not edit: npm run generate
import { validateAppendMessagesAnswer, validateAppendMessagesRequest, validateCompareRoomsAnswer, validateCompareRoomsRequest, validateGetChangesAnswer, validateGetChangesRequest, validateGetJwksAnswer, validateGetJwksRequest, validateOpenRoomAnswer, validateOpenRoomRequest, validateReadEventsAnswer, validateReadEventsRequest } from './validators.js';

/** Every operation of the internal API. `request` checks `{path, query, body}`, `answer` the body of the 200. */
export const INTERNAL_OPERATIONS = {
  appendMessages: {
    method: 'POST',
    path: '/internal/messages',
    takesBody: true,
    integers: [],
    request: validateAppendMessagesRequest,
    answer: validateAppendMessagesAnswer,
  },
  openRoom: {
    method: 'GET',
    path: '/internal/rooms/{roomId}',
    takesBody: false,
    integers: [],
    request: validateOpenRoomRequest,
    answer: validateOpenRoomAnswer,
  },
  readEvents: {
    method: 'GET',
    path: '/internal/rooms/{roomId}/events',
    takesBody: false,
    integers: ['after', 'limit'],
    request: validateReadEventsRequest,
    answer: validateReadEventsAnswer,
  },
  compareRooms: {
    method: 'POST',
    path: '/internal/rooms/compare',
    takesBody: true,
    integers: [],
    request: validateCompareRoomsRequest,
    answer: validateCompareRoomsAnswer,
  },
  getChanges: {
    method: 'POST',
    path: '/internal/changes',
    takesBody: true,
    integers: [],
    request: validateGetChangesRequest,
    answer: validateGetChangesAnswer,
  },
  getJwks: {
    method: 'GET',
    path: '/internal/jwks',
    takesBody: false,
    integers: [],
    request: validateGetJwksRequest,
    answer: validateGetJwksAnswer,
  },
} as const;
