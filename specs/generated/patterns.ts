// generated, do not edit: npm run generate
/** The message for a text that does not match, by the pattern or the name of the format. */
export const PATTERN_SAYS: Readonly<Record<string, string>> = {
  "^[^\\u0000\\p{Cs}]*$": "must have neither U+0000 nor unpaired surrogates",
  "^[A-Za-z0-9_-]+$": "must be the nextCursor of another page",
  "^(?:\\*|(?:W/)?\"[0-9]{1,16}\")$": "must be one ETag of a message, such as \"42\", or *",
  "^(?:keep|erase)$": "must be keep or erase",
  "^(?=[\\s\\S]*[^\\s\\p{Cc}\\p{Cf}])[^\\u0000\\p{Cs}]*$": "must have a visible character, and neither U+0000 nor unpaired surrogates",
  "^[^\\s@\\p{C}]+@[^\\s@\\p{C}]+$": "must be two parts joined by one @, without spaces and control characters",
  "rgi-emoji": "must be one emoji, fully qualified",
  "^[A-Za-z0-9_-]{43}$": "must be 43 letters, digits, - and _",
  "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$": "must be a lower-case UUID",
  "^(?!.*\\p{Default_Ignorable_Code_Point})(?!.*\\p{M}{5})(?!.* {2})[\\p{L}\\p{N}](?:[\\p{L}\\p{M}\\p{N} _.-]*[\\p{L}\\p{M}\\p{N}_.-])?$": "must be letters, digits, marks, single spaces, \"_\", \".\" and \"-\", begin with a letter or a digit, not end with a space, and have no invisible characters and at most 4 combining marks in a row",
  "^[\\p{L}\\p{N}](?:[\\p{L}\\p{M}\\p{N} _.-]*[\\p{L}\\p{M}\\p{N}_.-])?$": "must be letters, digits, marks, spaces, \"_\", \".\" and \"-\", begin with a letter or a digit and not end with a space",
  "^[A-Za-z0-9_.-]+$": "must be letters (a to z, A to Z), digits, \"_\", \".\" and \"-\"",
  "^[0-9]{1,16}$": "must be an integer, digits only, at most 16 of them",
};
