/** A session ends when nobody used it for this long, in milliseconds. */
export const IDLE_MS = 30 * 60_000;
/** It ends this long after the authentication in any case, in milliseconds. */
export const ABSOLUTE_MS = 12 * 60 * 60_000;
/** Use is written down at most this often, in milliseconds. */
export const TOUCH_EVERY_MS = 60_000;
