/** An http redirect on a loopback address: scheme and host, then the port if any, then the rest. */
const loopback = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]))(?::\d{1,5})?((?:\/[^@]*)?)$/;

const withoutPort = (uri: string): string | undefined => {
  const parts = loopback.exec(uri);
  return parts ? `${parts[1]}${parts[2]}` : undefined;
};

/**
 * Whether `presented` is one of the registered redirect URIs: compared as strings, character by character. On a loopback
 * address, and only there, the port may vary, because a native application gets a free one (RFC 8252 §7.3, RFC 9700 §2.1).
 */
export function isRegisteredRedirect(presented: string, registered: readonly string[] = []): boolean {
  if (registered.includes(presented)) return true;
  const presentedLoopback = withoutPort(presented);
  return presentedLoopback !== undefined && registered.some((uri) => withoutPort(uri) === presentedLoopback);
}
