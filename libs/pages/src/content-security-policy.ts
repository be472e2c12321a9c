export interface PagePolicy {
  /** Where forms of the page may lead besides the page's own origin, as CSP sources. Browsers built on Chromium apply this to every redirect that follows a form post. */
  readonly formAction?: readonly string[];
}

/**
 * Value of `Content-Security-Policy` for a rendered page: no script at all, styles and images from the page's own origin, no framing,
 * no `<base>`, forms only to the own origin and the given sources. Throws `TypeError` for a source that could add a directive.
 */
export const pageContentSecurityPolicy = ({ formAction = [] }: PagePolicy = {}): string => {
  for (const source of formAction) {
    if (!/^[\x21-\x2b\x2d-\x3a\x3c-\x7e]+$/.test(source))
      throw new TypeError('A CSP source holds no space, comma or semicolon.');
  }
  return [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    `form-action ${["'self'", ...formAction].join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
};
