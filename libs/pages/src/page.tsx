import type { ComponentChildren } from 'preact';
import { Mark } from './icons.js';
import { assetPaths } from './page-assets.js';

export interface PageProps {
  /** Title of the document; the product name is appended. */
  readonly title: string;
  /** Host name and port people should see in the address bar, shown as advice beside the page. */
  readonly host?: string;
  readonly children: ComponentChildren;
}

const Advice = ({ host }: { host: string }) => (
  <>
    This page belongs to <b>{host}</b>. Enter your password only when the address bar shows that name.
  </>
);

/** The frame of every page: document head, brand, one main landmark. Works without script; colours follow the system. */
export const Page = ({ title, host, children }: PageProps) => (
  <html lang="en">
    <head>
      <meta charSet="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="robots" content="noindex, nofollow" />
      <meta name="color-scheme" content="light dark" />
      <title>{`${title} – cryptoutil`}</title>
      <link rel="icon" type="image/svg+xml" href={assetPaths.mark} />
      <link rel="stylesheet" href={assetPaths.styles} />
    </head>
    <body>
      <div class="shell">
        <header class="brand">
          <p class="brand-name">
            <Mark />
            <span>cryptoutil</span>
          </p>
          {host === undefined ? null : (
            <p class="brand-note">
              <Advice host={host} />
            </p>
          )}
        </header>
        <main class="main">
          <div class="content">{children}</div>
        </main>
        {host === undefined ? null : (
          <footer class="foot">
            <p>
              <Advice host={host} />
            </p>
          </footer>
        )}
      </div>
    </body>
  </html>
);
