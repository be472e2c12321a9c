/** A form of a page as a person sees it: fields by their labels, buttons by their words. */
export interface HtmlForm {
  /** Where it goes, as written (may be relative or empty). */
  readonly action: string;
  readonly method: string;
  /** Name and value of hidden fields and of those that are filled in already. */
  readonly values: readonly (readonly [string, string])[];
  /** The names of fields by their labels. */
  readonly labels: ReadonlyMap<string, string>;
  /** Checkboxes: name, value, label. */
  readonly checkboxes: readonly { readonly name: string; readonly value: string; readonly label: string }[];
  /** What a button adds to the form when it is pressed, by its words. */
  readonly buttons: ReadonlyMap<string, { readonly name?: string; readonly value: string; readonly action?: string }>;
}

/** The forms of a page. Reads what our own pages are made of; it is no general HTML parser. */
export function formsOf(html: string): HtmlForm[] {
  return [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gis)].map(([, attributes = '', content = '']) =>
    readForm(attributes, content),
  );
}

/** The first form with a button of these words. Throws an error that names the buttons there are. */
export function formWithButton(html: string, words: string): HtmlForm {
  const forms = formsOf(html);
  const form = forms.find(({ buttons }) => buttons.has(words));
  if (form) return form;
  const seen = forms.flatMap(({ buttons }) => [...buttons.keys()]);
  throw new Error(
    `the page "${titleOf(html)}" has no button "${words}"${seen.length > 0 ? `, only ${seen.join(', ')}` : ''}`,
  );
}

/** The title of a page. */
export const titleOf = (html: string): string => text(/<title[^>]*>(.*?)<\/title>/is.exec(html)?.[1] ?? 'untitled');

function readForm(formAttributes: string, content: string): HtmlForm {
  const own = attributesOf(formAttributes);
  const inputs = [...content.matchAll(/<input\b([^>]*)>/gi)].map(([, attributes = '']) => attributesOf(attributes));
  const labelById = new Map(
    [...content.matchAll(/<label\b([^>]*)>(.*?)<\/label>/gis)].map(([, attributes = '', inner = '']) => {
      const inside = attributesOf(/<input\b([^>]*)>/i.exec(inner)?.[1] ?? '');
      return [attributesOf(attributes).for ?? inside.id ?? inside.name ?? '', text(inner)] as const;
    }),
  );
  const labelOf = (input: Record<string, string>): string =>
    labelById.get(input.id ?? '') ?? labelById.get(input.name ?? '') ?? '';
  const named = inputs.filter((input) => input.name);
  const isCheckbox = (input: Record<string, string>): boolean => input.type === 'checkbox';
  const isButton = (input: Record<string, string>): boolean => input.type === 'submit';
  const fields = named.filter((input) => !isCheckbox(input) && !isButton(input));
  return {
    action: own.action ?? '',
    method: (own.method ?? 'get').toUpperCase(),
    values: fields.map((input) => [input.name!, input.value ?? ''] as const),
    labels: new Map(fields.filter((input) => input.type !== 'hidden').map((input) => [labelOf(input), input.name!])),
    checkboxes: named
      .filter(isCheckbox)
      .map((input) => ({ name: input.name!, value: input.value ?? 'on', label: labelOf(input) })),
    buttons: new Map(
      [...content.matchAll(/<button\b([^>]*)>(.*?)<\/button>/gis)].map(([, attributes = '', words = '']) => {
        const { name, value = '', formaction } = attributesOf(attributes);
        return [text(words), { name, value, action: formaction }];
      }),
    ),
  };
}

function attributesOf(source: string): Record<string, string> {
  const found = source.matchAll(/([\w-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g);
  return Object.fromEntries(
    [...found].map(([, name = '', double, single, bare]) => [
      name.toLowerCase(),
      decode(double ?? single ?? bare ?? ''),
    ]),
  );
}

/** The text of a piece of HTML as it is shown. */
const text = (html: string): string =>
  decode(html.replace(/<(svg|style|script)\b.*?<\/\1>/gis, '').replace(/<[^<>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim();

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

const decode = (source: string): string =>
  source.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
    if (decimal) return String.fromCodePoint(Number(decimal));
    if (hex) return String.fromCodePoint(parseInt(hex, 16));
    return ENTITIES[name ?? ''] ?? whole;
  });
