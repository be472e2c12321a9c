/** The two copies of the suite of which one is active. */
export const colours = ['blue', 'green'] as const;

export type Colour = (typeof colours)[number];

/** The colour that is not this one. */
export const otherColour = (colour: Colour): Colour => (colour === 'blue' ? 'green' : 'blue');

/** Whether a text names a colour. */
export const isColour = (text: string | undefined): text is Colour =>
  (colours as readonly string[]).includes(text ?? '');
