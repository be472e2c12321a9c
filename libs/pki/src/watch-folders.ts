import { watch } from 'node:fs';
import { dirname } from 'node:path';

/** Events that arrive within this time count as one (certificate and key are written one after the other). */
const SETTLE_MS = 100;
/** Some file systems tell nobody about changes; they are looked at this often. */
const POLL_MS = 60_000;

/**
 * Calls `onChange` when something changes in the folders of the files. Folders are watched instead of files because certificates
 * are usually replaced by renaming, and a watch on a file would follow the old one. Returns the function that ends it; keeps no
 * process alive.
 */
export function watchFolders(files: readonly string[], onChange: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const schedule = () => {
    clearTimeout(timer);
    timer = setTimeout(onChange, SETTLE_MS).unref();
  };
  const watchers = [...new Set(files.map((file) => dirname(file)))].map((folder) => {
    const watcher = watch(folder, { persistent: false }, schedule);
    // A folder that disappears ends its watch; polling goes on.
    watcher.on('error', () => watcher.close());
    return watcher;
  });
  const poll = setInterval(onChange, POLL_MS).unref();
  return () => {
    clearTimeout(timer);
    clearInterval(poll);
    for (const watcher of watchers) watcher.close();
  };
}
