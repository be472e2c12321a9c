const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;

/** Whether JSON has more than `most` members, of which an element of an array is half a one; without parsing it. Of what is no JSON it means nothing. */
export function hasMoreParts(json: Buffer, most: number): boolean {
  let parts = 0;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === QUOTE) at = endOfText(json, at);
    else if (byte === COLON || byte === COMMA) parts += 1;
    // A member has one of each, an element a comma.
    if (parts > 2 * most) return true;
  }
  return false;
}

/** Where the string that begins here ends. */
function endOfText(json: Buffer, begin: number): number {
  let end = begin;
  do end = json.indexOf(QUOTE, end + 1);
  while (end > 0 && isEscaped(json, end));
  return end < 0 ? json.length : end;
}

function isEscaped(json: Buffer, at: number): boolean {
  let before = at;
  while (json[before - 1] === BACKSLASH) before -= 1;
  return (at - before) % 2 === 1;
}
