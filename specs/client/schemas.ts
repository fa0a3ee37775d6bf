// The contract's objects by name, for those who use the client. No shape of its own.
import type { components } from '../generated/http.ts';

type Schemas = components['schemas'];
export type AccessToken = Schemas['AccessToken'];
export type Credentials = Schemas['Credentials'];
export type EventPage = Schemas['EventPage'];
export type Health = Schemas['Health'];
export type LogEvent = Schemas['LogEvent'];
export type Message = Schemas['Message'];
export type MessageCreated = Schemas['MessageCreated'];
export type MessageDeleted = Schemas['MessageDeleted'];
export type MessageEdit = Schemas['MessageEdit'];
export type MessageEdited = Schemas['MessageEdited'];
export type MessagePage = Schemas['MessagePage'];
export type NewMessage = Schemas['NewMessage'];
export type NewRoom = Schemas['NewRoom'];
export type NewUser = Schemas['NewUser'];
export type Problem = Schemas['Problem'];
export type Reaction = Schemas['Reaction'];
export type ReactionAdded = Schemas['ReactionAdded'];
export type ReactionRemoved = Schemas['ReactionRemoved'];
export type Room = Schemas['Room'];
export type RoomEvent = Schemas['RoomEvent'];
export type RoomList = Schemas['RoomList'];
export type RoomToken = Schemas['RoomToken'];
export type Session = Schemas['Session'];
export type User = Schemas['User'];
