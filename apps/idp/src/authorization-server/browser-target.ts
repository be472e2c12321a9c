/** Thrown when authz names an address outside itself. Never sent to a browser. */
export class ForeignTarget extends Error {
  override readonly name = 'ForeignTarget';
}

/** The only addresses a browser is sent to from here: below the public URL of authz. Returns it normalised, so that what was checked is what is sent. */
export const browserTarget = (address: string, publicUrl: string): string => {
  const base = new URL(publicUrl);
  const target = URL.parse(address);
  const path = base.pathname.replace(/\/$/, '');
  const inside =
    target?.origin === base.origin && !target.username && !target.password && target.pathname.startsWith(`${path}/`);
  if (!inside) throw new ForeignTarget('authz answered an address that is not its own');
  return target.href;
};
