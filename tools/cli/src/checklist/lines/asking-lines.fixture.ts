/**
 * The lines of the two checklists that are a checkbox, a point of a list, a command or a contact, by their numbers. Read from the
 * checklists themselves; the texts are not repeated here.
 */
const numbers = {
  A: '9-14 16-20 22-25 28-33 35-39 41-46 49-56 58-62 64-68 71-75 77-82 84-88 95-98 100-104 107-110 112-115 117 119-121 124-127 129-132 135 138 141-143 146-149 152-156 158-161 168-172 174-178 181-186 188-192 195-199 208 211 214 217 220 224-226 233-235 238-241 244-248 255-258 261-264 267-271 277-281',
  S: '23-28 30-36 38-44 46-50 52-55 57-60 70 73 76 79 86-87 90 93-96 99 104 106 110 113 117 120 124-125 128 131 134 137 141 150-155 157 161 163 166-170 174-177 179-182 184-187 191-194 196-199 203-207 209-212 222-226 232 235 238 241 248-251 254 257 262-264 266-268 270-273 277-281 283-286 296-298 302-304 308-310 314-316 320-322 326-328 334-337 343-349 359-361 369-371',
};

/** `A9`, `A10`, … */
export const askingLines: readonly string[] = Object.entries(numbers).flatMap(([letter, text]) =>
  text.split(' ').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, at) => `${letter}${first + at}`);
  }),
);
