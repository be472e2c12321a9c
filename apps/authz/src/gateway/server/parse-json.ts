const MAX_DEPTH = 32;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 text, or undefined when the bytes are none. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** A JSON object (RFC 8259) without members that come twice and not nested deeper than 32; undefined for everything else. */
export function parseJsonObject(source: string): Record<string, unknown> | undefined {
  const members = topLevelMembers(source);
  if (members === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  // JSON.parse keeps the last of several members of one name, however the name was spelt.
  return Object.keys(value).length === members ? (value as Record<string, unknown>) : undefined;
}

/** How many members the outermost object has, counted by their colons; undefined when it is nested too deeply. */
function topLevelMembers(source: string): number | undefined {
  let depth = 0;
  let members = 0;
  for (let at = 0; at < source.length; at += 1) {
    const character = source.charCodeAt(at);
    if (character === 0x22 /* " */) at = endOfString(source, at);
    else if (character === 0x7b /* { */ || character === 0x5b /* [ */) {
      if (++depth > MAX_DEPTH) return undefined;
    } else if (character === 0x7d /* } */ || character === 0x5d /* ] */) depth -= 1;
    else if (character === 0x3a /* : */ && depth === 1) members += 1;
  }
  return members;
}

function endOfString(source: string, start: number): number {
  for (let at = start + 1; at < source.length; at += 1) {
    const character = source.charCodeAt(at);
    if (character === 0x5c /* \ */) at += 1;
    else if (character === 0x22 /* " */) return at;
  }
  return source.length;
}
