import type { ComponentChildren } from 'preact';

interface WithChildren {
  readonly children: ComponentChildren;
}

/** The heading of a page and, under it, what it is about. */
export const Intro = ({ heading, children }: { heading: ComponentChildren; children?: ComponentChildren }) => (
  <div class="intro">
    <h1>{heading}</h1>
    {children === undefined ? null : <p class="lead">{children}</p>}
  </div>
);

export const Text = ({ children }: WithChildren) => <p class="text">{children}</p>;
export const SmallText = ({ children }: WithChildren) => <p class="small">{children}</p>;
export const Bullets = ({ items }: { items: readonly ComponentChildren[] }) => (
  <ul class="bullets">
    {items.map((item) => (
      <li>{item}</li>
    ))}
  </ul>
);

/** Text chosen by somebody else (a client's or a person's name), kept apart from the direction of the words around it. */
export const Quoted = ({ text }: { text: string }) => <bdi>{text}</bdi>;

/** A link to somebody else's page. Renders its text alone unless the address is http or https (a `javascript:` address never becomes a link). */
export const ExternalLink = ({ href, children }: WithChildren & { href: string }) =>
  /^https?:\/\//i.test(href) ? (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  ) : (
    <>{children}</>
  );
