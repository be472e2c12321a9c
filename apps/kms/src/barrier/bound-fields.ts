/**
 * Fields joined so that no two different lists give the same bytes: each is UTF-8 behind its length as four bytes.
 * What is bound by a MAC or as AAD is always built here.
 */
export const boundFields = (...fields: (string | number | Uint8Array)[]): Buffer =>
  Buffer.concat(
    fields.flatMap((field) => {
      const bytes = typeof field === 'object' ? field : Buffer.from(String(field), 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
