import type { VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';

/** Renders a `Page` to a whole HTML document. Every text and attribute value is escaped by the renderer. */
export const renderPage = (page: VNode): string => `<!doctype html>${renderToString(page)}`;
